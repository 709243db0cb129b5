using System.Security.Cryptography;

namespace Rondo.Sdk;

/// <summary>
/// Where a <see cref="TrackedRun"/> is told to, and what it may use for that. What is not set is read from the environment:
/// <c>RONDO_SERVER</c> or <c>MLFLOW_TRACKING_URI</c>, <c>RONDO_TOKEN</c> or <c>MLFLOW_TRACKING_TOKEN</c>, <c>RONDO_SPOOL</c>.
/// </summary>
public sealed record TrackingSettings
{
    /// <summary>The server's address. By default <c>RONDO_SERVER</c>, then <c>MLFLOW_TRACKING_URI</c>, then the server of this folder (<c>rondo up</c>), then http://127.0.0.1:7860.</summary>
    public Uri? Server { get; init; }

    /// <summary>The credential, where the server asks for one.</summary>
    public string? Token { get; init; }

    /// <summary>The folder that keeps what has not been sent. By default <c>RONDO_SPOOL</c>, then <c>.rondo/spool</c> in the user's own folder.</summary>
    public string? SpoolFolder { get; init; }

    /// <summary>
    /// How many bytes all runs may keep in that folder, copies of artifacts included: 4 GiB. Beyond it what is logged is dropped, counted,
    /// warned of, and the count becomes the tag <c>rondo.dropped</c> of the run. The end of a run is kept always.
    /// </summary>
    public long SpoolBytesMax { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>How long what was logged is gathered before it is sent: one second.</summary>
    public TimeSpan SendEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the end of a run waits at most until everything is sent: one minute. What is left then is sent by the next run, or by <c>rondo tracking flush</c>.</summary>
    public TimeSpan EndWaitMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Hears what goes wrong without ending the program, a sentence each. By default it is written to the standard error.</summary>
    public Action<string> Warn { get; init; } = words => Console.Error.WriteLine("rondo tracking: " + words);

    /// <summary>The clock of points, starts and ends.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Makes the ids of runs.</summary>
    internal Func<string> NewId { get; init; } = () => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>What stands between the client and the network.</summary>
    internal Func<HttpMessageHandler> Handler { get; init; } =
        () =>
            new SocketsHttpHandler
            {
                // Elsewhere a POST would arrive as a GET, or at a page to log in.
                AllowAutoRedirect = false,
                ConnectTimeout = TimeSpan.FromSeconds(5),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            };

    /// <summary>What stands between the client and the disk.</summary>
    internal SpoolWrite Write { get; init; } = RandomAccess.Write;

    /// <summary>Reads an environment variable.</summary>
    internal Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>These settings with everything decided that was left open.</summary>
    internal TrackingSettings Resolved()
    {
        if (SpoolBytesMax <= 0 || SendEvery <= TimeSpan.Zero || EndWaitMax < TimeSpan.Zero)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{nameof(SpoolBytesMax)} and {nameof(SendEvery)} are more than zero, and {nameof(EndWaitMax)} is not less."
            );
        }

        var warn = Warn;
        return this with
        {
            Warn = words => Tell(warn, words),
            Server = TrackingAddress.Find(Server, Variable),
            Token = Token ?? Set("RONDO_TOKEN") ?? Set("MLFLOW_TRACKING_TOKEN"),
            SpoolFolder = Path.GetFullPath(SpoolFolder ?? Set("RONDO_SPOOL") ?? DefaultFolder()),
        };
    }

    // It is called on threads that nobody else watches: what it throws would end the program.
    private static void Tell(Action<string> warn, string words)
    {
        try
        {
            warn(words);
        }
        catch (Exception)
        {
            // Who does not hear is not told.
        }
    }

    private static string DefaultFolder()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length > 0
            ? Path.Combine(home, ".rondo", "spool")
            : throw new RondoException(
                ErrorCode.FailedPrecondition,
                "This user has no folder of its own, so there is no place for what a run logs.",
                "Name one with RONDO_SPOOL."
            );
    }

    private string? Set(string name) => Variable(name) is { Length: > 0 } value ? value : null;
}
