using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>partitions</c>, <c>backfill</c>, <c>backfills</c>: what has become of each partition, and how a range of them is filled.</summary>
internal static class BackfillCommands
{
    private const int WaitSeconds = 5;
    private const int NotDoneMax = 50;

    private static readonly Argument<string> s_pipeline = new("pipeline");
    private static readonly Argument<string> s_backfill = new("backfill");
    private static readonly Option<int> s_limit = GlobalOptions.Limit(30);
    private static readonly Option<string?> s_after = new("--after")
    {
        Description = "Those after this partition in the list.",
    };

    private static readonly Option<string> s_from = new("--from")
    {
        Description = "The first partition, such as 2024-05-01.",
        Required = true,
    };

    private static readonly Option<string> s_to = new("--to")
    {
        Description = "The last partition, which is run too.",
        Required = true,
    };

    private static readonly Option<int> s_parallel = new("--parallel")
    {
        Description = "How many runs are under way at once.",
        DefaultValueFactory = _ => 2,
    };

    private static readonly Option<string> s_only = Only();

    private static readonly Option<bool> s_fresh = new("--fresh")
    {
        Description = "Compute every step, also where an identical one was computed before.",
    };

    private static readonly Option<int?> s_priority = new("--priority")
    {
        Description = "Of its runs; else lower than that of the pipeline's others.",
    };

    private static readonly Option<string[]> s_parameters = new("--set")
    {
        Description = "A parameter of every run as name=value; may be given several times.",
    };

    private static readonly Option<string?> s_reason = new("--reason") { Description = "Why; kept as evidence." };
    private static readonly Option<bool> s_follow = new("--follow", "-f")
    {
        Description = "Go on until it has finished.",
    };

    private static readonly Column[] s_partitionColumns =
    [
        Column.Id("partition", "key"),
        Column.Time("from", "from"),
        Column.Time("to", "to"),
        new("state", row => row.Text("state") + (row.Text("complete") == "no" ? " (not complete yet)" : "")),
        Column.Id("newest run", "runId"),
    ];

    private static readonly Column[] s_backfillColumns =
    [
        Column.Id("backfill", "id"),
        Column.Of("pipeline", "pipeline"),
        Column.Of("in", "environment"),
        new("partitions", row => $"{row.Text("from")} … {row.Text("to")} ({row.Text("only")})"),
        Column.Of("state", "state"),
        new("progress", Progress),
        Column.Of("by", "actor"),
        Column.Time("created", "createdAt"),
    ];

    public static IEnumerable<Command> Create() =>
        [
            CommandBuilding.Make(
                "partitions",
                "The partitions of a pipeline and what has become of each.",
                ListPartitionsAsync,
                s_pipeline,
                GlobalOptions.Environment,
                s_after,
                s_limit
            ),
            CommandBuilding.Make(
                "backfill",
                "Run a pipeline for a range of its partitions.",
                CreateAsync,
                s_pipeline,
                GlobalOptions.Environment,
                s_from,
                s_to,
                s_parallel,
                s_only,
                s_fresh,
                s_priority,
                s_parameters,
                s_reason,
                s_follow
            ),
            CommandBuilding.Make(
                "backfills",
                "The backfills, newest first.",
                ListAsync,
                s_limit,
                CommandBuilding.Make(
                    "show",
                    "One backfill: how far it is, and which partitions it could not fill.",
                    ShowAsync,
                    s_backfill
                ),
                CommandBuilding.Make(
                    "cancel",
                    "Start no more of its runs, and cancel those under way.",
                    CancelAsync,
                    s_backfill
                )
            ),
        ];

    private static Option<string> Only()
    {
        var option = new Option<string>("--only")
        {
            Description = "missing: without a run; failed: the newest failed; all.",
            DefaultValueFactory = _ => "missing",
        };
        option.AcceptOnlyFromAmong("missing", "failed", "all");
        return option;
    }

    private static async Task ListPartitionsAsync(Invocation call)
    {
        var page = await call.Api.GetAsync(
            $"{await call.ProjectPathAsync()}/pipelines/{Segment.Of(call.Get(s_pipeline))}/partitions"
                + $"?environment={call.Get(GlobalOptions.Environment)}&limit={call.Get(s_limit)}"
                + Words.After("&after=", call.Get(s_after) is { } after ? Uri.EscapeDataString(after) : null),
            call.Cancellation
        );
        call.Screen.Markup($"{page.Text("total")} {page.Text("kind")} partitions: {Counts(page.At("states"))}");
        call.Screen.List(page, "None has begun yet.", s_partitionColumns);
    }

    private static async Task<int> CreateAsync(Invocation call)
    {
        var backfill = await call.Api.PostAsync(
            $"{await call.ProjectPathAsync()}/pipelines/{Segment.Of(call.Get(s_pipeline))}/backfills",
            new
            {
                environment = call.Get(GlobalOptions.Environment),
                from = call.Get(s_from),
                to = call.Get(s_to),
                parallel = call.Get(s_parallel),
                only = call.Get(s_only),
                fresh = call.Get(s_fresh),
                priority = call.Get(s_priority),
                parameters = RunCommands.Parameters(call.Get(s_parameters)),
                reason = call.Get(s_reason),
            },
            call.Cancellation
        );
        var id = backfill.Text("id");
        if (!call.Get(s_follow))
        {
            call.Screen.Done(
                backfill,
                $"Backfill [bold]{id}[/] of {backfill.Text("total")} partitions has started. See it: rondo backfills show {id}"
            );
            return 0;
        }

        var ended = await FollowAsync(call, id!);
        await ShowAsync(call, ended);
        return ended.Text("state") == "succeeded" ? 0 : 1;
    }

    private static async Task<JsonElement> FollowAsync(Invocation call, string id)
    {
        var after = "";
        var told = "";
        while (true)
        {
            var backfill = await call.Api.GetAsync($"/api/v1/backfills/{id}", call.Cancellation);
            if (Progress(backfill) is { } progress && progress != told)
            {
                call.Screen.Progress($"{progress}");
                told = progress;
            }

            if (backfill.Text("finishedAt") is not null)
            {
                return backfill;
            }

            // Something has happened, or the time is up: look again.
            var events = await call.Api.GetAsync(
                $"/api/v1/events?limit=1000&wait={WaitSeconds}{(after.Length == 0 ? "&newest=true" : "&after=" + after)}",
                call.Cancellation
            );
            after = events.Text("next") ?? after;
        }
    }

    private static async Task ListAsync(Invocation call) =>
        call.Screen.List(
            await call.Api.GetAsync(
                $"{await call.ProjectPathAsync()}/backfills?limit={call.Get(s_limit)}",
                call.Cancellation
            ),
            "There was none yet. Begin one: rondo backfill PIPELINE --from KEY --to KEY.",
            s_backfillColumns
        );

    private static async Task ShowAsync(Invocation call) =>
        await ShowAsync(
            call,
            await call.Api.GetAsync($"/api/v1/backfills/{Segment.Of(call.Get(s_backfill))}", call.Cancellation)
        );

    private static async Task ShowAsync(Invocation call, JsonElement backfill)
    {
        call.Screen.Details(
            backfill,
            Column.Of("backfill", "id"),
            new Column("pipeline", row => $"{row.Text("project")}/{row.Text("pipeline")} in {row.Text("environment")}"),
            new Column("partitions", row => $"{row.Text("from")} … {row.Text("to")} ({row.Text("only")})"),
            Column.Of("state", "state"),
            new Column("progress", Progress),
            Column.Of("at once", "parallel"),
            Column.Of("priority", "priority"),
            Column.Of("fresh", "fresh"),
            Column.Of("by", "actor"),
            Column.Of("reason", "reason"),
            Column.Time("created", "createdAt"),
            Column.Time("finished", "finishedAt")
        );
        if (call.Screen.Json)
        {
            return;
        }

        foreach (var state in new[] { "running", "failed", "stopped", "refused" })
        {
            var page = await call.Api.GetAsync(
                $"/api/v1/backfills/{backfill.Text("id")}/partitions?state={state}&limit={NotDoneMax}",
                call.Cancellation
            );
            call.Screen.Table(
                state,
                page.Items(),
                Column.Id("partition", "key"),
                Column.Id("run", "runId"),
                Column.Of("message", "message")
            );
        }
    }

    private static async Task CancelAsync(Invocation call)
    {
        var id = call.Get(s_backfill);
        var backfill = await call.Api.PostAsync(
            $"/api/v1/backfills/{Segment.Of(id)}/cancel",
            new { },
            call.Cancellation
        );
        call.Screen.Done(backfill, $"Backfill [bold]{id}[/] is {backfill.Text("state")}: {Progress(backfill)}.");
    }

    private static string? Progress(JsonElement backfill) =>
        $"{Counts(backfill.At("partitions"))} of {backfill.Text("total")}";

    private static string Counts(JsonElement? counts) =>
        counts is { ValueKind: JsonValueKind.Object } found
            ? string.Join(
                ", ",
                found
                    .EnumerateObject()
                    .Where(count => count.Value.GetInt64() > 0)
                    .Select(count => $"{count.Value.GetInt64()} {count.Name}")
            )
            : "";
}
