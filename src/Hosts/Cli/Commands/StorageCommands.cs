using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>gc</c>, <c>blobs verify</c>, <c>openlineage</c>: what the server stores and whether it is whole, what of it nothing needs, and what it tells others.</summary>
internal static class StorageCommands
{
    private const int BlobsPerRequest = 100;

    private static readonly Option<bool> s_dryRun = new("--dry-run")
    {
        Description = "Only say what would be removed.",
    };

    public static IEnumerable<Command> Create() =>
        [
            CommandBuilding.Make("gc", "Remove what nothing needs any more, now.", CollectAsync, s_dryRun),
            CommandBuilding.Make(
                "blobs",
                "The stored bytes.",
                null,
                CommandBuilding.Make(
                    "verify",
                    "Read all stored bytes and compare them with their digests.",
                    VerifyAsync
                )
            ),
            CommandBuilding.Make("openlineage", "How telling others of runs in OpenLineage's words goes.", TellAsync),
        ];

    private static async Task TellAsync(Invocation call) =>
        call.Screen.Details(
            await call.Api.GetAsync("/api/v1/openlineage", call.Cancellation),
            new Column("to", row => row.Text("target") ?? "nobody: set RONDO_OPENLINEAGE_URL"),
            Column.Of("waiting", "waiting"),
            Column.Of("sent", "sent"),
            Column.Of("dropped", "dropped"),
            Column.Of("refused", "refused"),
            Column.Of("failures", "failures"),
            Column.Of("last error", "lastError"),
            Column.Time("last sent", "lastSentAt")
        );

    private static async Task CollectAsync(Invocation call)
    {
        var dryRun = call.Get(s_dryRun);
        var report = await call.Api.PostAsync(
            "/api/v1/gc" + (dryRun ? "?dryRun=true" : ""),
            new { },
            call.Cancellation
        );
        var kinds = (report.At("kinds")?.EnumerateArray() ?? default).Where(kind => kind.Number("items") > 0).ToList();
        if (call.Screen.Json)
        {
            call.Screen.Document(report);
            return;
        }

        call.Screen.Line(
            kinds.Count == 0 ? "There is nothing that nothing needs."
            : dryRun ? "This would be removed:"
            : "This was removed:"
        );
        call.Screen.Table(
            "",
            kinds,
            Column.Of("what", "kind"),
            Column.Number("how many", "items"),
            new Column("bytes", row => Words.Bytes(row.Number("bytes") ?? 0), RightAligned: true),
            new Column("such as", row => Words.Names(row.At("examples")))
        );
        call.Screen.Line(
            $"{report.Text("blobsSeen")} blobs were looked at; {report.Text("blobsYoung")} of them are too young to go."
        );
    }

    private static async Task<int> VerifyAsync(Invocation call)
    {
        long blobs = 0;
        double bytes = 0;
        var bad = new List<JsonElement>();
        var after = "";
        while (true)
        {
            var part = await call.Api.GetAsync(
                $"/api/v1/blobs/verify?limit={BlobsPerRequest}{Words.After("&after=", after)}",
                call.Cancellation
            );
            blobs += (long)(part.Number("blobs") ?? 0);
            bytes += part.Number("bytes") ?? 0;
            bad.AddRange(part.At("bad")?.EnumerateArray() ?? default);
            if (part.Text("next") is not { } next)
            {
                break;
            }

            after = next;
        }

        if (call.Screen.Json)
        {
            call.Screen.Document(
                new
                {
                    blobs,
                    bytes,
                    bad,
                }
            );
        }

        call.Screen.Table("Not whole", bad, Column.Id("digest", "digest"), Column.Of("why", "reason"));
        call.Screen.Line($"{blobs} blobs ({Words.Bytes(bytes)}) were read; {bad.Count} of them are not whole.");
        return bad.Count == 0 ? 0 : 1;
    }
}
