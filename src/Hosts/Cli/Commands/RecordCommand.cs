using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>runs record</c>: everything that is kept of a run.</summary>
internal static class RecordCommand
{
    private static readonly Argument<string> s_run = new("run");

    public static Command Create() =>
        CommandBuilding.Make(
            "record",
            "What is kept of a run: versions, times, who, parameters, artifacts, models before, metrics.",
            ShowAsync,
            s_run
        );

    private static async Task ShowAsync(Invocation call)
    {
        var record = await call.Api.GetAsync($"/api/v1/runs/{Segment.Of(call.Get(s_run))}/record", call.Cancellation);
        call.Screen.Details(
            record,
            Column.Of("run", "run"),
            new Column(
                "of",
                row => $"{row.Text("project")}/{row.Text("versions.pipeline")} in {row.Text("environment")}"
            ),
            new Column("ended", row => row.Text("state") + Words.After(": ", row.Text("reason"))),
            new Column(
                "started by",
                row =>
                    $"{row.Text("executedBy.actor")} ({row.Text("executedBy.trigger")}){Words.After(": ", Words.Evidence(row.At("executedBy.evidence")))}"
            ),
            Column.Time("started", "times.startedAt"),
            Column.Time("finished", "times.finishedAt"),
            new Column("took", row => Took(row)),
            new Column("parameters", row => Words.Pairs(row.At("parameters"))),
            Column.Of("commit", "versions.commit"),
            Column.Of("package", "versions.package"),
            Column.Of("pipeline version", "versions.pipelineVersion")
        );
        var steps = List(record, "steps");
        call.Screen.Table(
            "Code",
            List(record, "versions.components"),
            Column.Of("node", "node"),
            Column.Of("step", "step"),
            new Column("code", row => Words.Digest(row.Text("codeDigest")))
        );
        call.Screen.Table(
            "Steps",
            steps,
            Column.Of("node", "node"),
            Column.Of("state", "state"),
            Column.Of("decision", "decision"),
            Column.Time("started", "times.startedAt"),
            new Column("took", Took, RightAligned: true),
            new Column("arguments", row => Words.Pairs(row.At("arguments"))),
            new Column("metrics", row => Words.Figures(row.At("metrics")))
        );
        call.Screen.Table(
            "Artifacts",
            [.. steps.SelectMany(step => List(step, "outputs").Select(output => Of(step, output)))],
            Column.Of("node", "node"),
            Column.Of("port", "port"),
            Column.Of("for", "role"),
            Column.Id("artifact", "artifact")
        );
        call.Screen.Table(
            "Models",
            List(record, "models"),
            new Column("model", row => row.Text("version") ?? row.Text("model")),
            new Column("training", row => Words.Figures(row.At("trainMetrics"))),
            new Column("test", row => Words.Figures(row.At("testMetrics"))),
            Column.Of("trained before", "trainedBefore.version"),
            Column.Of("served before", "servedBefore.version")
        );
    }

    private static IReadOnlyList<JsonElement> List(JsonElement element, string path) =>
        element.At(path) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];

    private static JsonElement Of(JsonElement step, JsonElement output) =>
        JsonSerializer.SerializeToElement(
            new
            {
                node = step.Text("node"),
                port = output.Text("port"),
                role = output.Text("role"),
                artifact = $"{output.Text("artifact.type")}:{output.Text("artifact.digest")}",
            }
        );

    private static string? Took(JsonElement row) =>
        row.Number("times.durationMs") is { } ms ? Times.Seconds(TimeSpan.FromMilliseconds(ms)) : null;
}
