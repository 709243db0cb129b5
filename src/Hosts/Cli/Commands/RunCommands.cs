using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>pipelines</c>, <c>run</c>, <c>runs</c>, <c>logs</c>.</summary>
internal static class RunCommands
{
    private const int WaitSeconds = 20;

    private static readonly Argument<string> s_pipeline = new("pipeline");
    private static readonly Argument<string> s_run = new("run");
    private static readonly Argument<string?> s_node = new("step") { Arity = ArgumentArity.ZeroOrOne };

    private static readonly Option<string[]> s_parameters = new("--set")
    {
        Description = "A parameter as name=value; may be given several times.",
    };

    private static readonly Option<string?> s_reason = new("--reason")
    {
        Description = "Why it is started by hand; kept as the run's evidence.",
    };

    private static readonly Option<string?> s_partition = new("--partition")
    {
        Description = "The partition to run for, where the pipeline has partitions.",
    };

    private static readonly Option<bool> s_fresh = new("--fresh") { Description = "Compute every step again." };

    private static readonly Option<int?> s_priority = new("--priority")
    {
        Description = "In the place of the pipeline's own; higher is more urgent.",
    };

    private static readonly Option<bool> s_failSlow = new("--fail-slow")
    {
        Description = "When a step fails, go on with what does not need it.",
    };

    private static readonly Option<bool> s_follow = new("--follow", "-f")
    {
        Description = "Go on until it has finished.",
    };
    private static readonly Option<int> s_limit = GlobalOptions.Limit(30);

    private static readonly Option<string?> s_onlyPipeline = new("--pipeline") { Description = "Only those of it." };

    private static readonly Option<string?> s_state = States();

    private static readonly Column[] s_runColumns =
    [
        Column.Id("run", "id"),
        Column.Of("pipeline", "pipeline"),
        Column.Of("in", "environment"),
        Column.Of("state", "state"),
        Column.Of("trigger", "trigger"),
        new("as of", row => Words.Day(row, "asOf")),
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
                s_reason,
                s_partition,
                s_fresh,
                s_priority,
                s_failSlow,
                s_follow
            ),
            CommandBuilding.Make(
                "runs",
                "The runs, newest first.",
                ListAsync,
                [
                    s_limit,
                    s_onlyPipeline,
                    GlobalOptions.OnlyEnvironment,
                    s_state,
                    CommandBuilding.Make("show", "One run: its cause, its steps, what they made.", ShowAsync, s_run),
                    RecordCommand.Create(),
                    CommandBuilding.Make("cancel", "Stop a run; nothing is published after it.", CancelAsync, s_run),
                    .. AgainCommands.Create(),
                ]
            ),
            CommandBuilding.Make("logs", "What a run printed.", LogsAsync, s_run, s_node, s_follow),
        ];

    private static Option<string?> States()
    {
        var option = new Option<string?>("--state") { Description = "Only those in one state." };
        option.AcceptOnlyFromAmong(
            "queued",
            "created",
            "running",
            "finishing",
            "succeeded",
            "failed",
            "stopped",
            "cancelled"
        );
        return option;
    }

    private static async Task ListPipelinesAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync($"{await call.ProjectPathAsync()}/pipelines", call.Cancellation),
            "Nothing is deployed yet. Push a project: git push SERVER/git/PROJECT.git main.",
            Column.Of("pipeline", "name"),
            Column.Of("in", "environment"),
            new Column("commit", row => Words.Digest(row.Text("commit"))),
            Column.Time("deployed", "deployedAt"),
            new Column("starts on", row => Lines(row.At("triggers"), Words.Trigger)),
            new Column("parameters", row => Lines(row.At("parameters"), Parameter))
        );

    private static string Lines(JsonElement? list, Func<JsonElement, string> line) =>
        string.Join('\n', (list?.EnumerateArray() ?? default).Select(line));

    private static string Parameter(JsonElement parameter) =>
        $"{parameter.Text("name")} ({parameter.Text("type")}{Words.After(", else ", parameter.Text("default"))})";

    private static async Task<int> StartAsync(Invocation call)
    {
        var project = await call.ProjectAsync();
        var pipeline = call.Get(s_pipeline);
        var run = await call.Api.PostAsync(
            $"/api/v1/projects/{project}/pipelines/{Segment.Of(pipeline)}/runs",
            new
            {
                environment = call.Get(GlobalOptions.Environment),
                parameters = Parameters(call.Get(s_parameters)),
                reason = call.Get(s_reason),
                partition = call.Get(s_partition),
                fresh = call.Get(s_fresh),
                priority = call.Get(s_priority),
                failurePolicy = call.Get(s_failSlow) ? "slow" : null,
            },
            call.Cancellation
        );
        if (!call.Get(s_follow))
        {
            call.Screen.Done(run, $"Run [bold]{run.Text("id")}[/] has started. See it: rondo logs {run.Text("id")} -f");
            return 0;
        }

        var ended = await FollowAsync(call, run.Text("id")!);
        Show(call, ended);
        return ended.Text("state") == "succeeded" ? 0 : 1;
    }

    // For programs the answer is the run as it ended: its log is a stream of its own.
    private static async Task<JsonElement> FollowAsync(Invocation call, string run)
    {
        var after = "0";
        while (call.Screen.Json)
        {
            var page = await call.Api.GetAsync(
                $"/api/v1/runs/{run}/logs?after={after}&wait={WaitSeconds}",
                call.Cancellation
            );
            after = page.Text("next") ?? after;
            if (page.Text("finished") == "yes" && page.At("lines")?.GetArrayLength() is null or 0)
            {
                break;
            }
        }

        if (!call.Screen.Json)
        {
            await PrintLogsAsync(call, run, node: null, follow: true);
        }

        return await call.Api.GetAsync($"/api/v1/runs/{run}", call.Cancellation);
    }

    private static async Task ListAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync(
                $"/api/v1/runs?limit={call.Get(s_limit)}"
                    + await call.ProjectFilterAsync()
                    + Filter("environment", call.Get(GlobalOptions.OnlyEnvironment))
                    + Filter("pipeline", call.Get(s_onlyPipeline))
                    + Filter("state", call.Get(s_state)),
                call.Cancellation
            ),
            "No such run yet.",
            s_runColumns
        );

    private static string Filter(string name, string? value) =>
        value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static async Task ShowAsync(Invocation call) =>
        Show(call, await call.Api.GetAsync($"/api/v1/runs/{Segment.Of(call.Get(s_run))}", call.Cancellation));

    private static void Show(Invocation call, JsonElement run)
    {
        call.Screen.Details(
            run,
            Column.Of("run", "id"),
            new Column("pipeline", row => $"{row.Text("project")}/{row.Text("pipeline")} in {row.Text("environment")}"),
            Column.Of("partition", "partition"),
            new Column("state", row => row.Text("state") + Words.After(": ", Words.Pairs(row.At("counts")))),
            Column.Of("reason", "reason"),
            Column.Of("resumes", "resumes"),
            Column.Of("does again", "reruns"),
            new Column("result", Result),
            new Column("trigger", row => row.Text("trigger") + Words.After(": ", Words.Evidence(row.At("evidence")))),
            new Column("by", row => row.Text("actor") + Words.After(", because of event ", row.Text("cause"))),
            Column.Of("commit", "commit"),
            Column.Of("package", "package"),
            new Column("parameters", row => Words.Pairs(row.At("parameters"))),
            new Column("data", Sources),
            Column.Time("created", "createdAt"),
            new Column("took", Took)
        );
        call.Screen.Table(
            "Steps",
            run.At("steps") is { } steps ? [.. steps.EnumerateArray()] : [],
            Column.Of("step", "nodeId"),
            new Column("state", row => row.Text("state") + Words.After(", ", Progress(row))),
            Column.Number("attempt", "attempt"),
            new Column("reused", row => row.Text("reused") == "yes" ? "yes" : ""),
            new Column("took", Took, RightAligned: true),
            new Column("made", Made),
            new Column("metrics and message", Said)
        );
    }

    private static string? Progress(JsonElement step) =>
        step.At("items") is { ValueKind: JsonValueKind.Object } items
            ? $"{items.Text("done")} of {items.Text("total")} items"
            : null;

    // What the run took from outside: dataset versions and the model that served.
    private static string? Sources(JsonElement run) =>
        run.At("sources") is { ValueKind: JsonValueKind.Object } sources && sources.EnumerateObject().Any()
            ? string.Join(
                ", ",
                sources
                    .EnumerateObject()
                    .Select(source => source.Value)
                    .Select(source =>
                        source.Text("version") is { } version
                            ? $"{source.Text("name")} version {version}{Words.After(" to ", Words.Day(source, "asOf"))}"
                            : $"no {source.Text("name")} yet"
                    )
            )
            : null;

    private static string Made(JsonElement step) =>
        string.Join(
            ", ",
            (step.At("outputs")?.EnumerateArray() ?? default)
                .GroupBy(output => Words.ArtifactType(output, "artifact.type"), StringComparer.Ordinal)
                .Select(group => group.Count() == 1 ? group.Key : $"{group.Count()} × {group.Key}")
        );

    private static string Said(JsonElement step) =>
        string.Join(
            "\n",
            new[] { Words.Figures(step.At("metrics")), Verdict(step), step.Text("message"), step.Text("mend") }.Where(
                text => !string.IsNullOrEmpty(text)
            )
        );

    // What the gate of a step decided.
    private static string? Verdict(JsonElement step) =>
        Summaries(step, "passed")
            .Select(summary =>
                (summary.Text("passed") == "yes" ? "passed" : "not passed") + Words.After(": ", summary.Text("reason"))
            )
            .FirstOrDefault();

    // A run that succeeded has registered its model only when the gate let it through.
    private static string? Result(JsonElement run) =>
        (run.At("steps")?.EnumerateArray() ?? default)
            .SelectMany(step => Summaries(step, "model"))
            .Select(summary =>
                summary.Text("passed") == "yes"
                    ? $"{summary.Text("model")} passed its gate and was registered"
                    : $"{summary.Text("model")} did not pass its gate and was not registered"
            )
            .FirstOrDefault();

    private static IEnumerable<JsonElement> Summaries(JsonElement step, string member) =>
        (step.At("outputs")?.EnumerateArray() ?? default)
            .Select(output => output.At("summary") ?? default)
            .Where(summary => summary.At("passed") is not null && summary.At(member) is not null);

    private static async Task CancelAsync(Invocation call)
    {
        var run = call.Get(s_run);
        await call.Api.PostAsync($"/api/v1/runs/{Segment.Of(run)}/cancel", new { }, call.Cancellation);
        var now = await call.Api.GetAsync($"/api/v1/runs/{Segment.Of(run)}", call.Cancellation);
        call.Screen.Done(now, $"Run [bold]{run}[/] is {now.Text("state")}.");
    }

    private static async Task LogsAsync(Invocation call)
    {
        if (call.Optional(s_node) is { } step)
        {
            await RequireStepAsync(call, step);
        }

        if (!await PrintLogsAsync(call, call.Get(s_run), call.Optional(s_node), call.Get(s_follow)))
        {
            call.Screen.Progress($"[grey]Nothing was printed.[/]");
        }
    }

    private static async Task RequireStepAsync(Invocation call, string step)
    {
        var run = await call.Api.GetAsync($"/api/v1/runs/{Segment.Of(call.Get(s_run))}", call.Cancellation);
        var steps = (run.At("steps")?.EnumerateArray() ?? default).Select(item => item.Text("nodeId")).ToList();
        if (!steps.Contains(step, StringComparer.Ordinal))
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"Run {call.Get(s_run)} has no step '{step}'.",
                $"Its steps are: {string.Join(", ", steps)}."
            );
        }
    }

    private static async Task<bool> PrintLogsAsync(Invocation call, string run, string? node, bool follow)
    {
        var after = "0";
        var any = false;
        var kept = new List<JsonElement>();
        while (true)
        {
            var query = $"?after={after}" + (node is null ? "" : "&node=" + Uri.EscapeDataString(node));
            var page = await call.Api.GetAsync(
                $"/api/v1/runs/{Segment.Of(run)}/logs{query}" + (follow ? $"&wait={WaitSeconds}" : ""),
                call.Cancellation
            );
            var lines = page.At("lines") is { } list ? list.EnumerateArray().ToList() : [];
            foreach (var line in lines)
            {
                if (call.Screen.Json && !follow)
                {
                    kept.Add(line);
                }
                else if (call.Screen.Json)
                {
                    call.Screen.DocumentLine(line);
                }

                call.Screen.Line($"{line.Text("nodeId")} | {line.Text("text")}");
            }

            any |= lines.Count > 0;
            after = page.Text("next") ?? after;
            if (lines.Count == 0 && (!follow || page.Text("finished") == "yes"))
            {
                break;
            }
        }

        if (call.Screen.Json && !follow)
        {
            call.Screen.Document(new { lines = kept });
        }

        return any;
    }

    /// <summary>What a person wrote as name=value, by name.</summary>
    internal static Dictionary<string, JsonElement> Parameters(string[]? pairs)
    {
        var parameters = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var pair in pairs ?? [])
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
}
