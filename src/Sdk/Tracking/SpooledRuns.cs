namespace Rondo.Sdk;

/// <summary>What became of the spools that processes have left behind.</summary>
internal sealed record SpooledRuns(int Sent, int Kept, int ForOthers)
{
    private const int SpoolsMax = 1000;
    private const string Killed = "KILLED";

    /// <summary>
    /// Sends what was left behind for a server, oldest first. A run whose process is gone has ended; spools that another process holds are
    /// left to it, those for other servers to whoever talks to these.
    /// </summary>
    public static async Task<SpooledRuns> SendAsync(TrackingSettings asked, CancellationToken cancellation)
    {
        var settings = asked.Resolved();
        using var api = new TrackingApi(settings);
        var result = new SpooledRuns(0, 0, 0);
        var away = false;
        foreach (var path in SpoolFile.List(settings.SpoolFolder!, SpoolsMax))
        {
            cancellation.ThrowIfCancellationRequested();
            if (SpoolFile.TryOpen(path) is not { } spool)
            {
                continue;
            }

            using var file = spool.File;
            if (spool.Start.Server != NameOf(settings.Server!))
            {
                result = result with { ForOthers = result.ForOthers + 1 };
                continue;
            }

            var outcome = away ? SendOutcome.Away : await SendAsync(spool, api, settings.Warn, cancellation);
            away = outcome == SendOutcome.Away;
            result =
                outcome == SendOutcome.Sent
                    ? result with
                    {
                        Sent = result.Sent + 1,
                    }
                    : result with
                    {
                        Kept = result.Kept + 1,
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
