using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;

namespace Rondo.Cli.Commands;

/// <summary><c>tracking find</c>, <c>compare</c>, <c>move</c> and <c>gc</c>: what people do with runs that were tracked.</summary>
internal static class TrackedRunCommands
{
    private static readonly Argument<string[]> s_runs = new("run")
    {
        Description = "The ids of runs: of tracking (32 digits), or of pipelines.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> s_html = new("--html")
    {
        Description = "Write the comparison, with the curves of the metrics, as one page of HTML to this file.",
    };

    private static readonly Argument<string> s_run = new("run")
    {
        Description = "The id of a run: of tracking (32 digits), or of a pipeline.",
    };

    private static readonly Option<string> s_experiment = new("--experiment")
    {
        Description = "The experiment to move it to: its id, or its name.",
        Required = true,
    };

    private static readonly Option<double> s_olderThan = Days();

    private static readonly Option<bool> s_dryRun = new("--dry-run") { Description = "Only say what would go." };

    private static Option<double> Days()
    {
        const int most = 36_500;
        var option = new Option<double>("--older-than")
        {
            Description = "Days since it was deleted.",
            DefaultValueFactory = _ => 30,
        };
        GlobalOptions.Require(
            option,
            word =>
                double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var days)
                && days is >= 0 and <= most,
            $"--older-than is a number of days: at least 0, for all that was deleted, and at most {most}."
        );
        return option;
    }

    public static IReadOnlyList<Command> Create() =>
        [
            WordSearch.Make(
                "Experiments and runs by the words of their names, tags and notes.",
                "/api/v1/tracking/find",
                Column.Of("kind", "kind"),
                Column.Of("name", "name"),
                Column.Of("experiment", "experiment"),
                Column.Time("began", "at"),
                Column.Of("where", "where"),
                Column.Of("text", "excerpt"),
                Column.Id("id", "id")
            ),
            CommandBuilding.Make(
                "compare",
                "Runs side by side; what differs comes first.",
                CompareAsync,
                s_runs,
                s_html
            ),
            CommandBuilding.Make(
                "move",
                "Move a run, and the runs nested in it, to another experiment.",
                MoveAsync,
                s_run,
                s_experiment
            ),
            CommandBuilding.Make(
                "gc",
                "Remove for good what was deleted a while ago: runs, logged models, experiments, and their files.",
                RemoveAsync,
                s_olderThan,
                s_dryRun
            ),
        ];

    private static async Task CompareAsync(Invocation call)
    {
        WrittenFile.Require(call.Get(s_html));
        var runs = string.Join('&', (call.Get(s_runs) ?? []).Select(run => "run=" + Segment.Of(run)));
        if (call.Get(s_html) is { } file)
        {
            var page = await call.Api.GetTextAsync($"/api/v1/tracking/compare?{runs}&format=html", call.Cancellation);
            WrittenFile.Write(file, page);
            call.Screen.Done(new { file }, $"The comparison is in [bold]{file}[/].");
            return;
        }

        var comparison = await call.Api.GetAsync($"/api/v1/tracking/compare?{runs}", call.Cancellation);
        if (call.Screen.Json)
        {
            call.Screen.Document(comparison);
            return;
        }

        string[] names = [.. comparison.At("runs")!.Value.EnumerateArray().Select(run => run.Text("name") ?? "")];
        foreach (var section in new[] { "metrics", "params", "datasets", "tags" })
        {
            JsonElement[] rows =
            [
                .. comparison.At(section)!.Value.EnumerateArray().OrderBy(row => row.Text("same") == "yes"),
            ];
            call.Screen.Table(section, rows, [Column.Of(section, "key"), .. names.Select(ColumnOf)]);
        }
    }

    private static Column ColumnOf(string name, int index) => new(name, row => Shown(row.At("values")!.Value[index]));

    private static string? Shown(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.Number => value.GetDouble().ToString("G6", CultureInfo.InvariantCulture),
            _ => value.ToString(),
        };

    private static async Task MoveAsync(Invocation call)
    {
        var moved = await call.Api.PostAsync(
            $"/api/v1/tracking/runs/{Segment.Of(call.Get(s_run))}/experiment",
            new { experimentId = await ExperimentAsync(call, call.Get(s_experiment)!) },
            call.Cancellation
        );
        call.Screen.Done(moved, $"{moved.Text("runs")} runs are in experiment [bold]{moved.Text("experimentId")}[/].");
    }

    // What has only digits is an id: a name that does is moved to by its id.
    private static async Task<string> ExperimentAsync(Invocation call, string experiment) =>
        experiment.All(char.IsAsciiDigit)
            ? experiment
            : (
                await call.Api.GetAsync(
                    "/api/2.0/mlflow/experiments/get-by-name?experiment_name=" + Uri.EscapeDataString(experiment),
                    call.Cancellation
                )
            ).Text("experiment.experiment_id")!;

    private static async Task RemoveAsync(Invocation call)
    {
        var report = await call.Api.PostAsync(
            "/api/v1/tracking/gc",
            new { olderThanDays = call.Get(s_olderThan), dryRun = call.Get(s_dryRun) },
            call.Cancellation
        );
        call.Screen.Details(
            report,
            Column.Number(report.Text("dryRun") == "yes" ? "runs that would go" : "runs removed", "runs"),
            Column.Number("logged models", "models"),
            Column.Number("experiments", "experiments"),
            Column.Time("deleted before", "before")
        );
        call.Screen.Table(
            "What stays, and why",
            [.. report.At("held")!.Value.EnumerateArray()],
            Column.Of("id", "id"),
            Column.Of("why", "reason")
        );
    }
}
