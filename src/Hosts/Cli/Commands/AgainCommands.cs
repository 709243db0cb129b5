using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>runs resume</c>, <c>runs rerun</c>, <c>runs compare</c> and <c>runs rows</c>: once more from where a run failed, once more from the start, and what came of it.</summary>
internal static class AgainCommands
{
    private static readonly Argument<string> s_run = new("run");
    private static readonly Argument<string> s_other = new("other");

    private static readonly Argument<string?> s_beside = new("other")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = "A run of the same pipeline, or of a copy of it.",
    };

    private static readonly Option<bool> s_current = new("--current")
    {
        Description = "With the code that is deployed now, not with that of the run.",
    };

    public static IEnumerable<Command> Create() =>
        [
            CommandBuilding.Make(
                "resume",
                "Go on where a run failed: what it has published and is still the same is not computed again.",
                call => StartAsync(call, "resume"),
                s_run,
                s_current
            ),
            CommandBuilding.Make(
                "rerun",
                "Do a run again from its recorded inputs, computing every step.",
                call => StartAsync(call, "rerun"),
                s_run,
                s_current
            ),
            CommandBuilding.Make(
                "compare",
                "The metrics of two runs side by side, and which outputs are equal.",
                CompareAsync,
                s_run,
                s_other
            ),
            CommandBuilding.Make(
                "rows",
                "How many rows each step took, made, and left out; beside another run if one is named.",
                RowsAsync,
                s_run,
                s_beside
            ),
        ];

    private static async Task StartAsync(Invocation call, string how)
    {
        var run = await call.Api.PostAsync(
            $"/api/v1/runs/{Segment.Of(call.Get(s_run))}/{how}?current={(call.Get(s_current) ? "true" : "false")}",
            new { },
            call.Cancellation
        );
        call.Screen.Done(run, $"Run [bold]{run.Text("id")}[/] has started. See it: rondo logs {run.Text("id")} -f");
    }

    private static async Task RowsAsync(Invocation call)
    {
        var rows = await call.Api.GetAsync($"/api/v1/runs/{Segment.Of(call.Get(s_run))}/rows", call.Cancellation);
        var beside = call.Optional(s_beside) is { } other
            ? await call.Api.GetAsync($"/api/v1/runs/{Segment.Of(other)}/rows", call.Cancellation)
            : (JsonElement?)null;
        if (call.Screen.Json)
        {
            call.Screen.Document(beside is null ? rows : new { rows, beside });
            return;
        }

        Column[] columns =
        [
            Column.Of("step", "nodeId"),
            Column.Number("rows in", "rowsIn"),
            Column.Number("out", "rowsOut"),
            new Column("left out", Reasons),
            Column.Number("lost", "unexplained"),
            new Column("usual loss", row => Share(row, "usualLoss"), RightAligned: true),
            new Column("", row => row.Text("isSuspicious") == "yes" ? "more than usual: look at this step" : null),
        ];
        if (beside is { } there)
        {
            var theirs = there.EnumerateArray().ToDictionary(row => row.Text("nodeId")!, StringComparer.Ordinal);
            columns =
            [
                .. columns,
                new Column("there: in", row => There(theirs, row, "rowsIn"), RightAligned: true),
                new Column("out", row => There(theirs, row, "rowsOut"), RightAligned: true),
            ];
        }

        call.Screen.List(rows, "No step of this run takes and makes tables.", columns);
    }

    private static string? There(Dictionary<string, JsonElement> theirs, JsonElement row, string name) =>
        theirs.TryGetValue(row.Text("nodeId")!, out var other) ? other.Text(name) : null;

    private static string? Reasons(JsonElement row) =>
        row.At("reasons") is { ValueKind: JsonValueKind.Object } reasons
            ? string.Join(", ", reasons.EnumerateObject().Select(reason => $"{reason.Value} {reason.Name}"))
            : null;

    private static string? Share(JsonElement row, string name) =>
        row.Number(name) is { } share ? share.ToString("P1", CultureInfo.InvariantCulture) : null;

    private static async Task CompareAsync(Invocation call)
    {
        var answer = await call.Api.GetAsync(
            $"/api/v1/runs/{Segment.Of(call.Get(s_run))}/compare/{Segment.Of(call.Get(s_other))}",
            call.Cancellation
        );
        if (call.Screen.Json)
        {
            call.Screen.Document(answer);
            return;
        }

        call.Screen.Table(
            "Metrics",
            Items(answer, "metrics"),
            Column.Of("step", "nodeId"),
            Column.Of("metric", "metric"),
            Column.Number("before", "before"),
            Column.Number("after", "after"),
            new Column("difference", Difference, RightAligned: true)
        );
        call.Screen.Table(
            "Outputs",
            Items(answer, "outputs"),
            Column.Of("step", "nodeId"),
            Column.Of("output", "port"),
            Column.Of("equal", "equal")
        );
    }

    private static List<JsonElement> Items(JsonElement answer, string member) =>
        [.. answer.At(member)?.EnumerateArray() ?? default];

    private static string? Difference(JsonElement row) =>
        row.At("before") is { ValueKind: JsonValueKind.Number } before
        && row.At("after") is { ValueKind: JsonValueKind.Number } after
            ? (after.GetDouble() - before.GetDouble()).ToString("+0.######;-0.######;0", CultureInfo.InvariantCulture)
            : null;
}
