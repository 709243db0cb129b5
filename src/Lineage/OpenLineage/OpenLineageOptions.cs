namespace Rondo.Lineage.OpenLineage;

/// <summary>Where OpenLineage events go. Not a record: whatever prints one of these must not print the key.</summary>
public sealed class OpenLineageOptions
{
    private const string DefaultPath = "api/v1/lineage";

    private OpenLineageOptions(Uri? target, string? apiKey, string space)
    {
        Target = target;
        ApiKey = apiKey;
        Namespace = space;
    }

    /// <summary>The same, with room for so many events that wait.</summary>
    internal OpenLineageOptions With(int waitingMax) =>
        new(Target, ApiKey, Namespace)
        {
            WaitingMax = waitingMax,
            Timeout = Timeout,
            RetryDelay = RetryDelay,
            RetryDelayMax = RetryDelayMax,
        };

    /// <summary>Nothing is told to anybody.</summary>
    public static OpenLineageOptions None { get; } = new(null, null, "rondo");

    /// <summary>An HTTP address that events are posted to, or a file that they are appended to, one a line; null: neither.</summary>
    public Uri? Target { get; }

    /// <summary>The namespace of jobs and datasets: it tells this server's from those of others.</summary>
    public string Namespace { get; }

    /// <summary>How many events may wait. What comes on top is dropped, and counted.</summary>
    public int WaitingMax { get; init; } = 100_000;

    /// <summary>How long one answer may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The wait after a failure; it doubles each time.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait after a failure.</summary>
    public TimeSpan RetryDelayMax { get; init; } = TimeSpan.FromMinutes(5);

    internal string? ApiKey { get; }

    /// <summary>
    /// Reads <c>RONDO_OPENLINEAGE_URL</c> (an address that begins with <c>http:</c>, <c>https:</c> or <c>file:</c>; one without a path gets
    /// <c>/api/v1/lineage</c>), <c>RONDO_OPENLINEAGE_API_KEY</c> (sent as a bearer token) and <c>RONDO_OPENLINEAGE_NAMESPACE</c>.
    /// </summary>
    public static OpenLineageOptions FromEnvironment(Func<string, string?> read)
    {
        if (read("RONDO_OPENLINEAGE_URL") is not { Length: > 0 } text)
        {
            return None;
        }

        if (
            !Uri.TryCreate(text, UriKind.Absolute, out var target)
            || target.Scheme is not ("http" or "https" or "file")
            || target.UserInfo.Length > 0
        )
        {
            // The text may hold a password: it is not repeated.
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "RONDO_OPENLINEAGE_URL is not an address that events can be sent to.",
                "Write http://HOST:PORT, https://HOST or file:///PATH; a key goes into RONDO_OPENLINEAGE_API_KEY."
            );
        }

        if (!target.IsFile && target.AbsolutePath == "/")
        {
            target = new Uri(target, DefaultPath);
        }

        var space = read("RONDO_OPENLINEAGE_NAMESPACE") is { Length: > 0 } named ? named : None.Namespace;
        return new OpenLineageOptions(target, read("RONDO_OPENLINEAGE_API_KEY"), space);
    }

    public override string ToString() => Target?.ToString() ?? "nobody";
}
