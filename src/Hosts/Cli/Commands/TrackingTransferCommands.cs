using System.CommandLine;
using System.Text.Json;
using Rondo.Cli.Output;
using Rondo.Cli.Transfer;
using Column = Rondo.Cli.Output.Column;

namespace Rondo.Cli.Commands;

/// <summary><c>tracking import</c> and <c>tracking export</c>: whole experiments into a server and out of it.</summary>
internal static class TrackingTransferCommands
{
    private const int ExitIncomplete = 5;
    private const int ProblemsShown = 20;

    private static readonly Argument<string> s_source = new("source")
    {
        Description =
            "MLflow's mlflow.db or mlruns folder, postgresql://USER@HOST/DATABASE (PGPASSWORD), or a .zip that 'export' wrote.",
    };

    private static readonly Option<string?> s_artifacts = new("--artifacts")
    {
        Description = "The folder that MLflow's server keeps artifacts in (its --artifacts-destination).",
    };

    private static readonly Option<string[]> s_experiments = new("--experiment")
    {
        Description = "Only this experiment, by its name; more than once for several.",
    };

    private static readonly Option<bool> s_dryRun = new("--dry-run")
    {
        Description = "Read everything, write nothing.",
    };

    private static readonly Argument<string> s_experiment = new("experiment") { Description = "Its name." };
    private static readonly Argument<string> s_file = new("file") { Description = "The .zip to be written." };

    public static Command Import() =>
        CommandBuilding.Make(
            "import",
            "Bring experiments, runs, models and files from an MLflow, or from an export; again for what is new there.",
            ImportAsync,
            s_source,
            s_artifacts,
            s_experiments,
            s_dryRun
        );

    public static Command Export() =>
        CommandBuilding.Make(
            "export",
            "Write an experiment with its runs, logged models and files into one file.",
            ExportAsync,
            s_experiment,
            s_file
        );

    private static async Task<int> ImportAsync(Invocation call)
    {
        await using var source = await TransferSources.OpenAsync(
            call.Get(s_source),
            call.Get(s_artifacts),
            call.Get(s_experiments) ?? [],
            call.Cancellation
        );
        var answer = await TrackingTransfer.RunAsync(
            source,
            call.Get(s_dryRun) ? null : call.Api,
            words => call.Screen.Progress($"[grey]{words}[/]"),
            call.Cancellation
        );
        Show(call.Screen, answer);
        return answer.ProblemsTotal == 0 ? 0 : ExitIncomplete;
    }

    private static void Show(Screen screen, TransferAnswer answer)
    {
        if (screen.Json)
        {
            screen.Document(answer);
            return;
        }

        screen.Table(
            answer.DryRun ? "Nothing was written" : "Imported",
            [.. answer.Kinds.Select(row => JsonSerializer.SerializeToElement(row, Rondo.Data.RondoJson.Options))],
            new Column("what", row => Words(row.GetProperty("kind").GetString())),
            Column.Number("read", "read"),
            Column.Number("written", "written"),
            Column.Number("changed", "changed"),
            Column.Number("as before", "there")
        );
        foreach (var note in answer.Notes)
        {
            screen.Line(note);
        }

        foreach (var problem in answer.Problems.Take(ProblemsShown))
        {
            screen.Line($"Not brought: {Words(problem.Kind)} {problem.Id}: {problem.Why}");
        }

        if (answer.ProblemsTotal > ProblemsShown)
        {
            screen.Line($"{answer.ProblemsTotal - ProblemsShown} more were not brought: see --output json.");
        }
    }

    private static string Words(string? kind) =>
        kind switch
        {
            "points" => "points of metrics",
            "input" => "datasets of runs",
            "runModel" => "models of runs",
            "loggedModel" => "logged models",
            "modelPoints" => "points of logged models",
            "registeredModel" => "registered models",
            "modelVersion" => "model versions",
            "aliases" => "aliases",
            _ => kind + "s",
        };

    private static async Task<int> ExportAsync(Invocation call)
    {
        WrittenFile.Require(call.Get(s_file));
        var file = Path.GetFullPath(call.Get(s_file));
        var counts = await new ExperimentExport(
            call.Api,
            words => call.Screen.Progress($"[grey]{words}[/]")
        ).WriteAsync(call.Get(s_experiment), file, call.Cancellation);
        var told = string.Join(
            ", ",
            counts.Select(pair => FormattableString.Invariant($"{pair.Value} {Words(pair.Key)}"))
        );
        call.Screen.Done(new { file, counts }, $"Wrote {told} to {file}.");
        return 0;
    }
}
