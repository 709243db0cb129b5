using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>runs resume</c>, <c>runs rerun</c> and <c>runs compare</c>: once more from where a run failed, once more from the start, and what came of it.</summary>
internal static class AgainCommands
{
    private static readonly Argument<string> s_run = new("run");
    private static readonly Argument<string> s_other = new("other");

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
