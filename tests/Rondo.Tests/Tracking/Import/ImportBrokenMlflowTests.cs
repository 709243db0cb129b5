using Rondo.Mlflow.Transfer;

namespace Rondo.Tests.Tracking.Import;

/// <summary>A database that somebody has repaired by hand, or that lost rows: what cannot be read is told, and everything else is brought.</summary>
public sealed class ImportBrokenMlflowTests
{
    private const string Lost = "77777777777777777777777777777777";

    [Fact]
    public async Task A_value_that_is_none_is_told_by_its_place_and_is_the_problem_of_one_run()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await database.ExecuteAsync(
            $"update runs set start_time = 'yesterday' where run_uuid = '{MlflowContent.Child}'"
        );

        var answer = await import.ImportAsync();

        Assert.Equal(
            $"'yesterday' in the column start_time is no whole number, in the row that begins with '{MlflowContent.Child}'.",
            WhyOf(answer.Problems, RunRecord.KindName, MlflowContent.Child)
        );
        Assert.Equal(4, answer.Kinds.Single(row => row.Kind == RunRecord.KindName).Written);
        await ImportMlflowTests.RequireLoggedModelAsync(import);
        await ImportMlflowTests.RequireRegistryAsync(import);

        await database.ExecuteAsync($"update runs set start_time = 5 where run_uuid = '{MlflowContent.Child}'");
        await import.ImportAsync();
        await ImportMlflowTests.RequireRunsAsync(import);
    }

    [Fact]
    public async Task Points_that_are_none_are_one_problem_of_their_run_and_the_others_are_brought()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await database.ExecuteAsync(
            $"""
            update metrics set value = 'x' || step where run_uuid = '{MlflowContent.Big}' and key = 'loss' and step < 100;
            update logged_model_metrics set metric_step = 'third'
            """
        );

        var answer = await import.ImportAsync();

        Assert.Matches(
            "^'x[0-9]+' in the column value is no number, in the row that begins with 'loss'. Points like it were left out.$",
            WhyOf(answer.Problems, RunRecord.KindName, MlflowContent.Big)
        );
        Assert.Contains(
            "'third' in the column metric_step",
            WhyOf(answer.Problems, LoggedModelRecord.KindName, MlflowContent.Model),
            StringComparison.Ordinal
        );
        var history = await import.Server.GetAsync(
            $"metrics/get-history?run_id={MlflowContent.Big}&metric_key=loss&max_results=25000"
        );
        Assert.Equal(MlflowContent.Points - 100, history.GetProperty("metrics").GetArrayLength());
    }

    [Fact]
    public async Task Bytes_are_no_text_and_are_told_by_the_table_that_has_them()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await database.ExecuteAsync(
            $"""
            update params set value = x'00ff' where key = 'empty';
            update experiment_tags set value = x'0102030405';
            update model_version_tags set value = x'01';
            update registered_models set description = x'0101'
            """
        );

        var answer = await import.ImportAsync();

        Assert.Equal(
            $"A value of 2 bytes in the column value is no text, in the row that begins with '{MlflowContent.Big}'.",
            WhyOf(answer.Problems, RunRecord.KindName, MlflowContent.Big)
        );
        Assert.StartsWith(
            "A value of 5 bytes in the column value",
            WhyOf(answer.Problems, ExperimentRecord.KindName, MlflowContent.Main)
        );
        Assert.StartsWith(
            "A value of 2 bytes in the column description",
            WhyOf(answer.Problems, RegisteredModelRecord.KindName, "price")
        );
        var big = (await import.RunAsync(MlflowContent.Big)).GetProperty("data");
        Assert.Equal("learning rate", Assert.Single(ImportHarness.Pairs(big, "params")).Key);
    }

    [Fact]
    public async Task What_hangs_on_nothing_is_told()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await database.ExecuteAsync(
            $"""
            pragma foreign_keys = off;
            insert into runs (run_uuid, name, status, lifecycle_stage, experiment_id) values
                ('{Lost}', 'lost', 'FINISHED', 'active', 17), ('', 'nameless', 'FINISHED', 'active', 1);
            update logged_models set experiment_id = 18;
            update inputs set source_id = 'd-gone' where source_type = 'DATASET';
            insert into model_versions (name, version, source) values ('nobody', 1, 's3://bucket/x')
            """
        );

        var answer = await import.ImportAsync();

        Assert.Equal(
            "It belongs to experiment 17, which is not in the database; MLflow does not show it either.",
            WhyOf(answer.Problems, RunRecord.KindName, Lost)
        );
        Assert.Contains("experiment 18", WhyOf(answer.Problems, LoggedModelRecord.KindName, MlflowContent.Model));
        Assert.Contains("d-gone", WhyOf(answer.Problems, RunRecord.KindName, MlflowContent.Big));
        Assert.Contains("'nobody'", WhyOf(answer.Problems, ModelVersionRecord.KindName, "nobody 1"));
        Assert.NotEmpty(WhyOf(answer.Problems, RunRecord.KindName, ""));
        await ImportMlflowTests.RequireRunsAsync(import);
    }

    [Fact]
    public async Task Who_asks_for_one_experiment_is_not_told_of_others()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await database.ExecuteAsync(
            $"""
            pragma foreign_keys = off;
            update runs set experiment_id = 17 where run_uuid = '{MlflowContent.Child}';
            update params set value = x'00ff' where key = 'empty';
            insert into model_versions (name, version, source) values ('nobody', 1, 's3://bucket/x')
            """
        );

        var answer = await import.ImportAsync(null, "cloud");

        Assert.Equal(
            ["price 1", "price 3", "price 5", "price@champion"],
            answer.Problems.Select(problem => problem.Id).Order()
        );
    }

    private static string WhyOf(IEnumerable<TransferProblem> problems, string kind, string id) =>
        Assert.Single(problems, problem => problem.Kind == kind && problem.Id == id).Why;

    private static async Task<MlflowDatabase> FillAsync(ImportHarness import)
    {
        var database = await MlflowDatabase.CreateAsync(import.File);
        await MlflowContent.FillAsync(database, import.Folder);
        return database;
    }
}
