using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>pipelines</c>, <c>run</c>, <c>runs</c>, <c>logs</c>, <c>lineage</c>.</summary>
internal static class RunCommands
{
    private const int WaitSeconds = 20;

    private static readonly Argument<string> s_pipeline = new("pipeline");
    private static readonly Argument<string> s_run = new("run");
    private static readonly Argument<string?> s_node = new("step") { Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string> s_of = new("of")
    {
        Description = "A model version (project/environment/model/version), dataset version, run or artifact.",
    };

    private static readonly Option<string[]> s_parameters = new("--set")
    {
        Description = "A parameter as name=value; may be given several times.",
    };

    private static readonly Option<bool> s_follow = new("--follow", "-f")
    {
        Description = "Go on until it has finished.",
    };
    private static readonly Option<bool> s_down = new("--down")
    {
        Description = "What was made from it, not what it was made from.",
    };
    private static readonly Option<int> s_limit = new("--limit")
    {
        Description = "The most rows to show.",
        DefaultValueFactory = _ => 30,
    };

    private static readonly Column[] s_runColumns =
    [
        Column.Of("run", "id"),
        Column.Of("pipeline", "pipeline"),
        Column.Of("in", "environment"),
        Column.Of("state", "state"),
        Column.Of("trigger", "trigger"),
        Column.Of("actor", "actor"),
        new("commit", row => Short(row.Text("commit"))),
        Column.Time("created", "createdAt"),
        new("took", Took, RightAligned: true),
    ];

    public static IEnumerable<Command> Create() =>
        [
            CommandBuilding.Make("pipelines", "The deployed pipelines and what starts them.", ListPipelinesAsync),
            CommandBuilding.Make(
                "run",
                "Start a deployed pipeline.",
                StartAsync,
                s_pipeline,
                GlobalOptions.Environment,
                s_parameters,
                s_follow
            ),
            CommandBuilding.Make(
                "runs",
                "The runs, newest first.",
                ListAsync,
                s_limit,
                CommandBuilding.Make("show", "One run: its cause, its steps, what they made.", ShowAsync, s_run),
                CommandBuilding.Make("cancel", "Stop a run; nothing is published after it.", CancelAsync, s_run)
            ),
            CommandBuilding.Make("logs", "What a run printed.", LogsAsync, s_run, s_node, s_follow),
            CommandBuilding.Make("lineage", "Where something comes from.", LineageAsync, s_of, s_down),
        ];

    private static async Task ListPipelinesAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync($"/api/v1/projects/{await call.ProjectAsync()}/pipelines", call.Cancellation),
            "Nothing is deployed yet. Push a project: git push SERVER/git/PROJECT.git main.",
            Column.Of("pipeline", "pipeline"),
            Column.Of("in", "environment"),
            new Column("commit", row => Short(row.Text("commit"))),
            Column.Of("triggers", "triggers")
        );

    private static async Task<int> StartAsync(Invocation call)
    {
        var project = await call.ProjectAsync();
        var pipeline = call.Get(s_pipeline);
        var run = await call.Api.PostAsync(
            $"/api/v1/projects/{project}/pipelines/{Uri.EscapeDataString(pipeline)}/runs",
            new { environment = call.Get(GlobalOptions.Environment), parameters = ParametersOf(call) },
            call.Cancellation
        );
        if (!call.Get(s_follow))
        {
            if (call.Screen.Json)
            {
                call.Screen.Document(run);
            }

            call.Screen.Markup($"Run [bold]{run.Text("id")}[/] has started. See it: rondo logs {run.Text("id")} -f");
            return 0;
        }

        await PrintLogsAsync(call, run.Text("id")!, node: null, follow: true);
        var ended = await call.Api.GetAsync($"/api/v1/runs/{run.Text("id")}", call.Cancellation);
        Show(call, ended);
        return ended.Text("state") == "succeeded" ? 0 : 1;
    }

    private static async Task ListAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync($"/api/v1/runs?limit={call.Get(s_limit)}", call.Cancellation),
            "Nothing has run yet.",
            s_runColumns
        );

    private static async Task ShowAsync(Invocation call) =>
        Show(call, await call.Api.GetAsync($"/api/v1/runs/{Uri.EscapeDataString(call.Get(s_run))}", call.Cancellation));

    private static void Show(Invocation call, JsonElement run)
    {
        call.Screen.Details(
            run,
            Column.Of("run", "id"),
            new Column("pipeline", row => $"{row.Text("project")}/{row.Text("pipeline")} in {row.Text("environment")}"),
            Column.Of("state", "state"),
            Column.Of("reason", "reason"),
            Column.Of("trigger", "trigger"),
            Column.Of("evidence", "evidence"),
            Column.Of("actor", "actor"),
            Column.Of("commit", "commit"),
            Column.Of("package", "package"),
            Column.Of("parameters", "parameters"),
            Column.Time("created", "createdAt"),
            new Column("took", Took)
        );
        call.Screen.Table(
            "Steps",
            run.At("steps") is { } steps ? [.. steps.EnumerateArray()] : [],
            Column.Of("step", "nodeId"),
            Column.Of("state", "state"),
            Column.Number("attempt", "attempt"),
            new Column("reused", row => row.Text("reused") == "yes" ? "yes" : ""),
            new Column("took", Took, RightAligned: true),
            new Column("metrics", row => Figures(row.At("metrics"))),
            Column.Of("message", "message")
        );
    }

    private static async Task CancelAsync(Invocation call)
    {
        var run = call.Get(s_run);
        await call.Api.PostAsync($"/api/v1/runs/{Uri.EscapeDataString(run)}/cancel", new { }, call.Cancellation);
        call.Screen.Markup($"Run [bold]{run}[/] is cancelled.");
    }

    private static Task LogsAsync(Invocation call) =>
        PrintLogsAsync(call, call.Get(s_run), call.Get(s_node), call.Get(s_follow));

    private static async Task PrintLogsAsync(Invocation call, string run, string? node, bool follow)
    {
        var after = "0";
        while (true)
        {
            var query = $"?after={after}" + (node is null ? "" : "&node=" + Uri.EscapeDataString(node));
            var page = await call.Api.GetAsync(
                $"/api/v1/runs/{Uri.EscapeDataString(run)}/logs{query}" + (follow ? $"&wait={WaitSeconds}" : ""),
                call.Cancellation
            );
            var lines = page.At("lines") is { } list ? list.EnumerateArray().ToList() : [];
            foreach (var line in lines)
            {
                if (call.Screen.Json)
                {
                    Console.Out.WriteLine(line.GetRawText());
                }

                call.Screen.Line($"{line.Text("nodeId")} | {line.Text("text")}");
            }

            after = page.Text("next") ?? after;
            if (lines.Count == 0 && (!follow || page.Text("finished") == "yes"))
            {
                return;
            }
        }
    }

    private static async Task LineageAsync(Invocation call)
    {
        var direction = call.Get(s_down) ? "down" : "up";
        var lineage = await call.Api.GetAsync(
            $"/api/v1/lineage?direction={direction}&of={Uri.EscapeDataString(call.Get(s_of))}",
            call.Cancellation
        );
        if (call.Screen.Json)
        {
            call.Screen.Document(lineage);
        }

        LineageTree.Show(lineage, call.Screen);
    }

    private static Dictionary<string, JsonElement> ParametersOf(Invocation call)
    {
        var parameters = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var pair in call.Get(s_parameters) ?? [])
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"'{pair}' sets no parameter.",
                    "Write --set name=value."
                );
            }

            parameters[pair[..equals]] = JsonReading.Scalar(pair[(equals + 1)..]);
        }

        return parameters;
    }

    private static string? Took(JsonElement row) =>
        row.Text("startedAt") is { } from && row.Text("finishedAt") is { } to
            ? Times.Seconds(
                DateTimeOffset.Parse(to, CultureInfo.InvariantCulture)
                    - DateTimeOffset.Parse(from, CultureInfo.InvariantCulture)
            )
            : null;

    private static string? Figures(JsonElement? metrics) =>
        metrics is { } map
            ? string.Join("  ", map.EnumerateObject().Select(item => $"{item.Name} {map.Text(item.Name)}"))
            : null;

    private static string? Short(string? digest) => digest is { Length: > 10 } ? digest[..10] : digest;
}
