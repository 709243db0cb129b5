namespace Rondo.Sdk;

/// <summary>What became of the spools that processes have left behind.</summary>
internal sealed record SpooledRuns(int Sent, int Kept, int ForOthers)
{
    private const int SpoolsSeenMax = 100_000;
    private const int RunsMax = 1000;
    private const int AwayInARowMax = 3;
    private const string Killed = "KILLED";

    /// <summary>
    /// Sends what was left behind for a server, oldest first. A run whose process is gone has ended; spools that another process holds are
    /// left to it, those for other servers to whoever talks to these.
    /// </summary>
    public static async Task<SpooledRuns> SendAsync(
        TrackingSettings asked,
        CancellationToken cancellation,
        int runsMax = RunsMax
    )
    {
        var settings = asked.Resolved();
        using var api = new TrackingApi(settings);
        var result = new SpooledRuns(0, 0, 0);
        var awayInARow = 0;
        // What the server takes nothing of stays, and must not keep what is younger from it.
        var counted = 0;
        foreach (var path in SpoolFile.List(settings.SpoolFolder!, SpoolsSeenMax))
        {
            cancellation.ThrowIfCancellationRequested();
            SendOutcome? outcome;
            try
            {
                if (SpoolFile.TryOpen(path, settings) is not { } spool)
                {
                    continue;
                }

                using var file = spool.File;
                outcome =
                    spool.Start.Server != NameOf(settings.Server!) ? null
                    : awayInARow >= AwayInARowMax || counted >= runsMax ? SendOutcome.Away
                    : await SendAsync(spool, api, settings.Warn, cancellation);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                settings.Warn($"{path} cannot be read or written, and is left as it is: {e.Message}");
                outcome = SendOutcome.Broken;
            }

            counted += outcome is null or SendOutcome.Refused ? 0 : 1;
            // A server may fail at one run and not at others.
            awayInARow = outcome switch
            {
                SendOutcome.Away => awayInARow + 1,
                SendOutcome.Sent or SendOutcome.Refused => 0,
                _ => awayInARow,
            };
            result = outcome switch
            {
                null => result with { ForOthers = result.ForOthers + 1 },
                SendOutcome.Sent => result with { Sent = result.Sent + 1 },
                _ => result with { Kept = result.Kept + 1 },
            };
        }

        return result;
    }

    /// <summary>A server as spools name it.</summary>
    public static string NameOf(Uri server) => server.GetLeftPart(UriPartial.Authority);

    private static async Task<SendOutcome> SendAsync(
        (SpoolFile File, SpoolStart Start) spool,
        TrackingApi api,
        Action<string> warn,
        CancellationToken cancellation
    )
    {
        var (file, start) = spool;
        End(file, start);
        using var sender = new RunSender(file, start, api, warn);
        var outcome = await sender.SendAsync(cancellation);
        if (outcome == SendOutcome.Sent)
        {
            file.Delete();
        }

        return outcome;
    }

    private static void End(SpoolFile file, SpoolStart start)
    {
        var last = SpoolOperation.Read(file.LastLine());
        if (last is not { Kind: SpoolOperationKind.End })
        {
            var line = new System.Buffers.ArrayBufferWriter<byte>();
            using var json = new System.Text.Json.Utf8JsonWriter(line);
            new SpoolOperation(SpoolOperationKind.End, Killed, last?.At ?? start.At).Write(line, json);
            file.Append(line.WrittenSpan);
        }
    }
}
