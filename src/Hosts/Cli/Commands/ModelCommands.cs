using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;
using Rondo.Kernel.Projects;

namespace Rondo.Cli.Commands;

/// <summary><c>models</c>: what is registered, and what each version is worth.</summary>
internal static class ModelCommands
{
    private static readonly Argument<string> s_model = new("model");
    private static readonly Option<long?> s_version = new("--version-number", "-v") { Description = "One version." };

    private static readonly Argument<long> s_number = new("version") { Description = "The number of the version." };

    private static readonly Option<string> s_reason = new("--reason")
    {
        Description = "Why; kept with the decision.",
        Required = true,
    };

    private static readonly Option<string?> s_evidence = new("--evidence")
    {
        Description = "A JSON file that the decision rests on; kept with it.",
    };

    private const int SliceFiguresMax = 4;

    private static readonly Column[] s_ofPipelines =
    [
        Column.Of("version", "id"),
        Column.Of("state", "state"),
        Column.Of("algorithm", "proposal.description.algorithm"),
        Column.Of("format", "proposal.description.format"),
        new Column("trained on", row => Words.Span(row, "proposal.dataFrom", "proposal.dataTo")),
        new Column("training", row => Words.Figures(row.At("proposal.trainMetrics"))),
        new Column("test", row => Words.Figures(row.At("proposal.testMetrics"))),
        new Column("inputs", row => Tensors(row.At("proposal.description.signature.inputs"))),
        new Column("outputs", row => Tensors(row.At("proposal.description.signature.outputs"))),
        new Column("example", row => Example(row.At("proposal.description.example"))),
        new Column("made with", row => MadeWith(row.At("proposal.runtime"))),
        Column.Of("run", "origin.runId"),
        Column.Of("commit", "origin.commit"),
        Column.Of("data", "origin.datasetVersion"),
        Column.Number("registered before", "before.registered"),
        Column.Number("served then", "before.serving"),
        Column.Time("registered", "createdAt"),
        new Column("deleted", row => Times.Short(row.At("deletedAt")) + Words.After(" by ", row.Text("deletedBy"))),
    ];

    // A client says where its model is; what the model is stands in its files.
    private static readonly Column[] s_ofClients =
    [
        Column.Of("version", "id"),
        Column.Of("state", "state"),
        Column.Of("source", "source"),
        new Column("files", FilesOf),
        new Column("loaded as", row => Words.Names(row.At("files.description.flavors"))),
        new Column("takes", row => ModelColumns(row.At("files.description.inputs"))),
        new Column("answers", row => ModelColumns(row.At("files.description.outputs"))),
        new Column("parameters", row => ModelColumns(row.At("files.description.parameters"))),
        Column.Of("python", "files.description.pythonVersion"),
        new Column("needs", row => Words.Names(row.At("files.description.requirements"))),
        Column.Of("not described", "files.problem"),
        Column.Of("run", "runId"),
        Column.Time("registered", "createdAt"),
    ];

    public static Command Create() =>
        CommandBuilding.Make(
            "models",
            "The models and the versions under their aliases.",
            ListAsync,
            [
                .. ListPages.Options,
                CommandBuilding.Make(
                    "show",
                    "The versions of a model, or one of them.",
                    ShowAsync,
                    [s_model, s_version, GlobalOptions.OnlyEnvironment, .. ListPages.Options]
                ),
                CommandBuilding.Make(
                    "rejections",
                    "What was trained for a model and its gate did not let through, newest first, and why.",
                    RejectionsAsync,
                    [s_model, GlobalOptions.OnlyEnvironment, .. ListPages.Options]
                ),
                WordSearch.Make(
                    "Models and versions by the words of their names, tags, descriptions and cards.",
                    "/api/v1/models/find",
                    Column.Of("project", "project"),
                    Column.Of("in", "environment"),
                    Column.Of("model", "model"),
                    Column.Number("version", "version"),
                    Column.Of("where", "where"),
                    Column.Of("text", "excerpt")
                ),
                ModelOverviewCommand.Create(),
                ModelCardCommand.Create(),
                Decide("approve", "approved", "Let a version be served; who does so, and why, is kept."),
                Decide(
                    "reject",
                    "rejected",
                    "Let a version never be served; an endpoint that answers with it goes back."
                ),
                Decide("reopen", "pending", "Let a version be decided on again, such as one that was rejected."),
                Decide("archive", "archived", "Put a version away; it is kept, and can be approved again."),
                CommandBuilding.Make(
                    "history",
                    "From state to state: when, by whom, and why.",
                    HistoryAsync,
                    s_model,
                    s_number,
                    GlobalOptions.Environment
                ),
                CommandBuilding.Make(
                    "deployments",
                    "Where and when a version was served: since when, until when, with which share of the traffic, and how it ended.",
                    DeploymentsAsync,
                    s_model,
                    s_number,
                    GlobalOptions.Environment
                ),
                ModelAliasCommand.Create(),
                CommandBuilding.Make(
                    "delete",
                    "Delete a version that nothing needs; what is known of it stays.",
                    DeleteAsync,
                    s_model,
                    s_number,
                    GlobalOptions.Environment
                ),
            ]
        );

    private static async Task ListAsync(Invocation call)
    {
        call.Screen.List(
            await ListPages.GetAsync(call, $"{await call.ProjectPathAsync()}/models"),
            ("No model is registered yet. A pipeline that ends with Register does it.", ListPages.More),
            [
                Column.Of("model", "model"),
                Column.Of("in", "environment"),
                Column.Number("newest", "newest"),
                new Column("aliases", row => Words.Names(row.At("aliases"))),
            ]
        );
        if (await call.OthersOfClientsAsync())
        {
            call.Screen.Progress($"[grey]Those of MLflow's clients: rondo models --project {Project.OfClients}[/]");
        }
    }

    private static async Task ShowAsync(Invocation call)
    {
        var path = $"{await call.ModelPathAsync(call.Get(s_model))}/versions";
        var environment = call.Get(GlobalOptions.OnlyEnvironment) is { } asked ? "?environment=" + asked : "";
        if (call.Get(s_version) is { } version)
        {
            ShowVersion(call, await call.Api.GetAsync($"{path}/{version}{environment}", call.Cancellation));
            return;
        }

        call.Screen.List(
            await ListPages.GetAsync(call, path + environment),
            ("This model has no version.", ListPages.More),
            [
                Column.Number("version", "version"),
                Column.Of("in", "environment"),
                Column.Of("state", "state"),
                new Column("algorithm or source", row => row.Text("algorithm") ?? row.Text("source")),
                new Column("aliases", row => Words.Names(row.At("aliases"))),
                new Column("test rmse", row => Words.Figure(row, "testMetrics.rmse"), RightAligned: true),
                new Column("data", row => Words.Span(row, "dataFrom", "dataTo")),
                new Column("run", row => row.Text("origin.runId") ?? row.Text("runId"), Whole: true),
                Column.Time("deleted", "deletedAt"),
            ]
        );
    }

    private static async Task RejectionsAsync(Invocation call)
    {
        var environment = call.Get(GlobalOptions.OnlyEnvironment) is { } asked ? "?environment=" + asked : "";
        call.Screen.List(
            await ListPages.GetAsync(call, $"{await call.ModelPathAsync(call.Get(s_model))}/rejections{environment}"),
            ("Nothing that was trained for this model was rejected by its gate.", ListPages.More),
            [
                Column.Time("when", "createdAt"),
                Column.Of("in", "environment"),
                Column.Of("algorithm", "algorithm"),
                new Column("test", row => Words.Figures(row.At("testMetrics"))),
                new Column("why", Words.FailedChecks),
                Column.Number("served then", "before.serving"),
                new Column("run", row => row.Text("origin.runId"), Whole: true),
            ]
        );
    }

    private static Command Decide(string name, string state, string description) =>
        CommandBuilding.Make(
            name,
            description,
            call => DecideAsync(call, state),
            s_model,
            s_number,
            s_reason,
            s_evidence,
            GlobalOptions.Environment
        );

    private static async Task DecideAsync(Invocation call, string state)
    {
        var evidence = call.Get(s_evidence) is { } file ? Inputs.Parse(file) : (JsonElement?)null;
        var decided = await call.Api.PostAsync(
            $"{await VersionPathAsync(call)}/state?environment={call.Get(GlobalOptions.Environment)}",
            new
            {
                state,
                reason = call.Get(s_reason),
                evidence,
            },
            call.Cancellation
        );
        var (id, from) = (decided.Text("id"), decided.Text("from"));
        if (from == state)
        {
            call.Screen.Done(decided, $"[bold]{id}[/] stays {state}; its history has who says so, and why.");
            return;
        }

        call.Screen.Done(decided, $"[bold]{id}[/] was {from} and is {state}.");
    }

    private static async Task HistoryAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync(
                $"{await VersionPathAsync(call)}/history?environment={call.Get(GlobalOptions.Environment)}",
                call.Cancellation
            ),
            "This version has made no move yet.",
            Column.Time("when", "at"),
            Column.Of("from", "from"),
            Column.Of("to", "to"),
            Column.Of("by", "by"),
            Column.Of("why", "reason"),
            new Column(
                "evidence",
                row =>
                    row.At("evidence")?.GetRawText() is { Length: > 60 } long_
                        ? long_[..57] + "…"
                        : row.At("evidence")?.GetRawText()
            )
        );

    private static async Task DeploymentsAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync(
                $"{await VersionPathAsync(call)}/deployments?environment={call.Get(GlobalOptions.Environment)}",
                call.Cancellation
            ),
            "This version was never served.",
            Column.Of("endpoint", "endpoint"),
            Column.Of("state", "state"),
            Column.Time("from", "from"),
            Column.Time("until", "until"),
            Column.Number("then", "replacedBy"),
            Column.Number("traffic %", "reached"),
            Column.Of("by", "by"),
            Column.Of("why", "reason")
        );

    private static async Task<string> VersionPathAsync(Invocation call) =>
        $"{await call.ModelPathAsync(call.Get(s_model))}/versions/{call.Get(s_number)}";

    private static async Task DeleteAsync(Invocation call)
    {
        var deleted = await call.Api.DeleteAsync(
            $"{await call.ModelPathAsync(call.Get(s_model))}/versions/{call.Get(s_number)}?environment={call.Get(GlobalOptions.Environment)}",
            call.Cancellation
        );
        var id = deleted.Text("id")!;
        if (id.StartsWith(Project.OfClients + "/", StringComparison.Ordinal))
        {
            call.Screen.Done(
                deleted,
                $"[bold]{id}[/] is deleted. Its files stay where they are: they are those of its run."
            );
            return;
        }

        call.Screen.Done(
            deleted,
            $"[bold]{id}[/] is deleted. Its bytes go when nothing else needs them: rondo gc --dry-run."
        );
    }

    private static void ShowVersion(Invocation call, JsonElement version)
    {
        call.Screen.Details(version, version.Text("source") is null ? s_ofPipelines : s_ofClients);
        call.Screen.Table(
            "Gate",
            ListAt(version, "proposal.verdict.checks"),
            Column.Of("check", "name"),
            Column.Of("passed", "passed"),
            Column.Of("why", "reason")
        );
        ShowConversion(call, version);
        call.Screen.Table(
            "Slices of the test data",
            ListAt(version, "proposal.slices"),
            Column.Of("slice", "slice"),
            Column.Of("value", "value"),
            Column.Number("rows", "n"),
            new Column("metrics", row => Words.Figures(row.At("metrics"), SliceFiguresMax))
        );
    }

    private static void ShowConversion(Invocation call, JsonElement version)
    {
        JsonElement?[] forms = [version.At("proposal.conversion.from"), version.At("proposal.conversion.to")];
        call.Screen.Table(
            "Conversion",
            [.. forms.OfType<JsonElement>().Where(form => form.ValueKind == JsonValueKind.Object)],
            Column.Of("format", "format"),
            Column.Number("bytes", "sizeBytes"),
            Column.Number("one row: median µs", "medianUs"),
            Column.Number("p99 µs", "p99Us")
        );
        call.Screen.Table(
            "Parity with the original",
            ListAt(version, "proposal.conversion.parity.verdict.checks"),
            Column.Of("check", "name"),
            Column.Of("passed", "passed"),
            Column.Of("why", "reason")
        );
    }

    private static IReadOnlyList<JsonElement> ListAt(JsonElement version, string path) =>
        version.At(path) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];

    // Grouped by type: a model may take fifty numbers of one kind.
    private static string Tensors(JsonElement? tensors) =>
        string.Join(
            "; ",
            (tensors?.EnumerateArray() ?? default)
                .GroupBy(tensor => tensor.Text("dataType") ?? "", StringComparer.Ordinal)
                .Select(group => $"{group.Key}: {string.Join(", ", group.Select(tensor => tensor.Text("name")))}")
        );

    private static string? Example(JsonElement? example) =>
        example is not { ValueKind: JsonValueKind.Object }
            ? null
            : $"{Values(example.Value.At("inputs"))} → {Values(example.Value.At("outputs"))}";

    private static string Values(JsonElement? values) =>
        values is not { ValueKind: JsonValueKind.Object }
            ? ""
            : string.Join(", ", values.Value.EnumerateObject().Select(value => $"{value.Name} {value.Value}"));

    private static string? MadeWith(JsonElement? runtime) =>
        runtime is not { ValueKind: JsonValueKind.Object }
            ? null
            : $"{runtime.Value.Text("framework")}, {runtime.Value.Text("platform")}; {Values(runtime.Value.At("packages"))}";

    private static string? FilesOf(JsonElement version) =>
        version.At("files") is not { ValueKind: JsonValueKind.Object } files
            ? null
            : $"{files.Text("files")}, {Words.Bytes(files.Number("bytes") ?? 0)}";

    private static string ModelColumns(JsonElement? columns) =>
        string.Join(
            ", ",
            (columns?.EnumerateArray() ?? default).Select(column =>
                string.Join(' ', new[] { column.Text("name"), column.Text("type") }.Where(word => word is not null))
                + (column.At("shape") is { ValueKind: JsonValueKind.Array } shape ? shape.GetRawText() : "")
                + (column.At("required") is { ValueKind: JsonValueKind.False } ? "?" : "")
            )
        );
}
