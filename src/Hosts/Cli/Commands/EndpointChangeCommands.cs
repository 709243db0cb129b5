using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>endpoints change</c> and <c>endpoints changes</c>: settings of many endpoints at once, wave by wave, and back.</summary>
internal static class EndpointChangeCommands
{
    private static readonly Argument<string> s_change = new("change") { Description = "The id of the change." };

    private static readonly Option<string> s_where = new("--where")
    {
        Description = "Which endpoints: names with * and ?, separated by commas.",
        Required = true,
    };

    private static readonly Option<string[]> s_set = new("--set")
    {
        Description =
            "SETTING=VALUE, such as drift.psi=0.3, canary.steps=10,50,100 or rollback.p99=250ms; may be given several times.",
        Required = true,
    };

    private static readonly Option<string> s_waves = new("--waves")
    {
        Description = "How many endpoints at a time: numbers and percentages up to 100%.",
        DefaultValueFactory = _ => "1,25%,100%",
    };

    private static readonly Option<string> s_bake = new("--bake")
    {
        Description = "How long each wave is watched before the next: 90s, 10m, 2h.",
        DefaultValueFactory = _ => "10m",
    };

    private static readonly Option<string> s_stopWhen = new("--stop-when")
    {
        Description =
            "What puts everything back: alert, rollback, errors (over the endpoint's own limit), errors=SHARE; or none.",
        DefaultValueFactory = _ => "alert,rollback,errors",
    };

    private static readonly Option<string?> s_risk = new("--risk")
    {
        Description = "Only endpoints whose model's card says so: low, medium, high, or unknown.",
    };

    private static readonly Option<string> s_reason = new("--reason")
    {
        Description = "Why; kept with the change.",
        Required = true,
    };

    private static readonly Option<bool> s_dryRun = new("--dry-run") { Description = "Only say what would change." };

    private static readonly Option<int> s_limit = GlobalOptions.Limit(50);

    public static IEnumerable<Command> Create() =>
        [
            CommandBuilding.Make(
                "change",
                "Change settings of many endpoints, wave by wave; trouble puts all of them back.",
                ChangeAsync,
                s_where,
                s_set,
                s_waves,
                s_bake,
                s_stopWhen,
                s_risk,
                s_reason,
                s_dryRun
            ),
            CommandBuilding.Make(
                "changes",
                "Changes of settings, newest first.",
                ListAsync,
                s_limit,
                CommandBuilding.Make("show", "One change: how far it is at each endpoint.", ShowAsync, s_change),
                CommandBuilding.Make(
                    "undo",
                    "Put everything back that a change has changed, whether it has ended or not.",
                    UndoAsync,
                    s_change,
                    s_reason
                )
            ),
        ];

    private static async Task ChangeAsync(Invocation call)
    {
        var dryRun = call.Get(s_dryRun);
        var change = await call.Api.PostAsync(
            await PathAsync(call),
            new
            {
                where = call.Get(s_where),
                risk = call.Get(s_risk),
                set = Settings(call.Get(s_set) ?? []),
                waves = call.Get(s_waves),
                bake = call.Get(s_bake),
                stopWhen = call.Get(s_stopWhen),
                reason = call.Get(s_reason),
                dryRun,
            },
            call.Cancellation
        );
        if (call.Screen.Json)
        {
            call.Screen.Document(change);
            return;
        }

        ShowEndpoints(call, change);
        call.Screen.Line(
            dryRun
                ? "Nothing was changed: this was a dry run."
                : $"Change {change.Text("id")} goes on by itself. See: rondo endpoints changes show {change.Text("id")}"
        );
    }

    private static async Task ListAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync($"{await PathAsync(call)}?limit={call.Get(s_limit)}", call.Cancellation),
            "No settings were changed yet.",
            Column.Id("change", "id"),
            new Column("state", State),
            Column.Of("where", "where"),
            new Column("set", row => Words.Pairs(row.At("set"))),
            new Column("endpoints", Counts),
            Column.Of("by", "actor"),
            Column.Time("when", "createdAt"),
            new Column("why", row => row.Text("reason") + Words.After("; ", row.Text("evidence.text")))
        );

    private static async Task ShowAsync(Invocation call)
    {
        var path = $"{await PathAsync(call)}/{Segment.Of(call.Get(s_change))}";
        var change = await call.Api.GetAsync(path, call.Cancellation);
        call.Screen.Details(
            change,
            Column.Of("change", "id"),
            new Column("state", State),
            Column.Of("put back because", "evidence.text"),
            Column.Of("event", "evidence.event"),
            Column.Of("where", "where"),
            Column.Of("risk", "risk"),
            new Column("set", row => Words.Pairs(row.At("set"))),
            new Column("endpoints", Counts),
            new Column("waves", row => $"{row.Text("waves")}, each watched {row.Text("bake")}"),
            Column.Of("stops when", "stopWhen"),
            Column.Of("why", "reason"),
            Column.Of("by", "actor"),
            Column.Time("started", "createdAt"),
            Column.Time("ended", "finishedAt")
        );
        ShowEndpoints(call, change);
    }

    private static async Task UndoAsync(Invocation call)
    {
        var id = call.Get(s_change);
        var undone = await call.Api.PostAsync(
            $"{await PathAsync(call)}/{Segment.Of(id)}/undo",
            new { reason = call.Get(s_reason) },
            call.Cancellation
        );
        call.Screen.Done(
            undone,
            $"[bold]{undone.Text("counts.changed")}[/] endpoints of {id} go back to what they had. See: rondo endpoints changes show {id}"
        );
    }

    private static async Task<string> PathAsync(Invocation call) => await call.ProjectPathAsync() + "/endpoint-changes";

    private static void ShowEndpoints(Invocation call, JsonElement change) =>
        call.Screen.Table(
            "Endpoints",
            change.At("endpoints")?.Items() ?? [],
            Column.Of("endpoint", "endpoint"),
            new Column("wave", row => row.Text("wave") is "0" ? null : row.Text("wave"), RightAligned: true),
            Column.Of("state", "state"),
            new Column("setting", row => Each(row, setting => setting.Text("setting"))),
            new Column("before", row => Each(row, setting => setting.Text("before"))),
            new Column("after", row => Each(row, setting => setting.Text("after"))),
            Column.Of("note", "note"),
            Column.Time("changed", "changedAt")
        );

    private static string Each(JsonElement row, Func<JsonElement, string?> read) =>
        string.Join('\n', (row.At("settings")?.Items() ?? []).Select(read));

    private static string? State(JsonElement change) =>
        change.Text("state") switch
        {
            "running" => $"wave {change.Text("wave")} of {change.Text("waveCount")}",
            "rollingBack" => "going back",
            "rolledBack" => "put back",
            var other => other,
        };

    private static string Counts(JsonElement change) =>
        string.Join(
            ", ",
            new[] { "changed", "waiting", "skipped", "restored" }
                .Select(state => (State: state, Count: change.Number("counts." + state) ?? 0))
                .Where(count => count.Count > 0)
                .Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Count} {count.State}"))
        );

    private static Dictionary<string, string> Settings(IReadOnlyList<string> texts)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1 || !settings.TryAdd(text[..equals], text[(equals + 1)..]))
            {
                throw new RondoException(
                    ErrorCode.InvalidArgument,
                    equals < 1 ? $"'{text}' sets nothing." : $"'{text[..equals]}' is set twice.",
                    "Write --set SETTING=VALUE, each setting once, such as --set drift.psi=0.3."
                );
            }
        }

        return settings;
    }
}
