using System.Net;
using Rondo.Cli.Transfer;

namespace Rondo.Tests.Tracking.Import;

/// <summary>An MLflow without a database: a folder <c>mlruns</c> with files.</summary>
public sealed class ImportFileStoreTests
{
    [Fact]
    public async Task All_that_a_file_store_has_is_there_afterwards()
    {
        await using var import = await ImportHarness.StartAsync();
        var store = await FillAsync(import);

        var answer = await import.ImportAsync(store);

        var problem = Assert.Single(answer.Problems);
        Assert.Equal(("modelVersion", "price 3"), (problem.Kind, problem.Id));
        Assert.Empty(answer.Notes);
        Assert.Equal(MlflowContent.Points + 5, answer.Kinds.Single(row => row.Kind == "points").Written);
        await ImportMlflowTests.RequireExperimentsAsync(import);
        await ImportMlflowTests.RequireRunsAsync(import);
        await ImportMlflowTests.RequireLoggedModelAsync(import);
        await ImportMlflowTests.RequireRegistryAsync(import);
    }

    [Fact]
    public async Task It_is_the_same_as_the_database_that_MLflow_would_have_had()
    {
        await using var import = await ImportHarness.StartAsync();
        var store = await FillAsync(import);
        await import.ImportAsync(store);

        var again = await import.ImportAsync(import.File);

        Assert.All(
            again.Kinds.Where(row => row.Kind != "modelVersion"),
            row => Assert.Equal((row.Kind, 0L, 0L, row.Read), (row.Kind, row.Written, row.Changed, row.There))
        );
    }

    [Fact]
    public async Task A_store_that_was_brought_from_another_machine_has_its_files_with_it()
    {
        await using var import = await ImportHarness.StartAsync();
        var store = await FillAsync(import);
        var moved = Path.Combine(import.Folder, "brought", "mlruns");
        Directory.CreateDirectory(Path.GetDirectoryName(moved)!);
        Directory.Move(store, moved);
        MlflowFileStore.Put(
            Path.Combine(moved, ".trash", "2", MlflowContent.OfDeleted, "artifacts", "gone.txt"),
            "still"
        );
        var meta = Path.Combine(moved, ".trash", "2", MlflowContent.OfDeleted, "meta.yaml");
        File.WriteAllText(
            meta,
            File.ReadAllText(meta)
                .Replace("mlflow-artifacts:/2", "file:///C:/Users/Ann%20Lee/mlruns/2", StringComparison.Ordinal)
        );

        var answer = await import.ImportAsync("file://" + moved);

        Assert.Empty(answer.Notes);
        Assert.Equal(5, answer.Kinds.Single(row => row.Kind == TransferTally.Files).Written);
        Assert.Equal("still", await ImportMlflowTests.FileAsync(import, MlflowContent.OfDeleted, "gone.txt"));
        await ImportMlflowTests.RequireRegistryAsync(import);
    }

    [Fact]
    public async Task What_is_broken_is_told_by_its_place_and_all_else_is_brought()
    {
        await using var import = await ImportHarness.StartAsync();
        var store = await FillAsync(import);
        var big = Path.Combine(store, "1", MlflowContent.Big);
        File.AppendAllText(Path.Combine(big, "metrics", "loss"), "7000 what 3\n9000 0.5");
        File.WriteAllText(Path.Combine(store, "1", MlflowContent.Child, "meta.yaml"), "run_id: [");
        MlflowFileStore.Put(
            Path.Combine(store, "1", new string('8', 32), "meta.yaml"),
            $"run_id: {new string('9', 32)}"
        );
        MlflowFileStore.Put(Path.Combine(store, "77", "meta.yaml"), "");
        MlflowFileStore.Put(Path.Combine(store, "78", "meta.yaml"), "experiment_id: '78'");
        MlflowFileStore.Put(Path.Combine(store, "0", "traces", "tr-1", "trace_info.yaml"), "request_id: tr-1");
        MlflowFileStore.Put(Path.Combine(big, "tags", ".DS_Store"), "of the Finder");
        File.CreateSymbolicLink(Path.Combine(big, "params", "secret"), import.File);

        var answer = await import.ImportAsync(store);

        Assert.Equal("Left out, for there is no place for them here: 1 trace.", Assert.Single(answer.Notes));
        var why = answer.Problems.ToLookup(problem => problem.Id, problem => problem.Why);
        Assert.Contains($"Line {MlflowContent.Points + 1} of {big}", Assert.Single(why[MlflowContent.Big]));
        Assert.Contains("meta.yaml is not YAML: line ", Assert.Single(why[MlflowContent.Child]));
        Assert.Contains("has the meta.yaml of run '999", Assert.Single(why[new string('8', 32)]));
        Assert.Contains("is empty or not one map", Assert.Single(why["77"]));
        Assert.EndsWith("has no name.", Assert.Single(why["78"]));
        var run = (await import.RunAsync(MlflowContent.Big)).GetProperty("data");
        Assert.DoesNotContain(".DS_Store", ImportHarness.Pairs(run, "tags").Keys);
        Assert.DoesNotContain("secret", ImportHarness.Pairs(run, "params").Keys);
        // The last line had no step, as those of the first versions.
        var history = await import.Server.GetAsync(
            $"metrics/get-history?run_id={MlflowContent.Big}&metric_key=loss&max_results=25000"
        );
        Assert.Equal(MlflowContent.Points, history.GetProperty("metrics").GetArrayLength());
        Assert.True(history.TryGetProperty("next_page_token", out _));
    }

    [Fact]
    public async Task Of_two_folders_with_one_id_the_first_is_brought_whole_and_the_other_is_told()
    {
        await using var import = await ImportHarness.StartAsync();
        var store = await FillAsync(import);
        var copy = Path.Combine(store, "3", MlflowContent.Big);
        MlflowFileStore.Put(
            Path.Combine(copy, "meta.yaml"),
            $"run_id: {MlflowContent.Big}\nrun_name: copy\nexperiment_id: '3'\nartifact_uri: {copy}/artifacts\n"
        );
        var model = Path.Combine(store, "3", "models", MlflowContent.Model);
        MlflowFileStore.Put(Path.Combine(model, "meta.yaml"), $"model_id: {MlflowContent.Model}\nname: copy\n");

        var answer = await import.ImportAsync(store);
        var again = await import.ImportAsync(store);

        var why = answer.Problems.ToLookup(problem => problem.Id, problem => problem.Why);
        Assert.StartsWith(copy + " has the id of ", Assert.Single(why[MlflowContent.Big]));
        Assert.StartsWith(model + " has the id of ", Assert.Single(why[MlflowContent.Model]));
        Assert.All(again.Kinds, row => Assert.Equal((row.Kind, 0L), (row.Kind, row.Changed)));
        await ImportMlflowTests.RequireRunsAsync(import);
        await ImportMlflowTests.RequireLoggedModelAsync(import);
        await ImportMlflowTests.RequireRegistryAsync(import);
    }

    [Fact]
    public async Task What_stands_behind_a_link_is_told()
    {
        await using var import = await ImportHarness.StartAsync();
        var store = await FillAsync(import);
        var away = Path.Combine(import.Folder, "away");
        Directory.CreateDirectory(away);
        string[] places =
        [
            "3",
            Path.Combine("1", MlflowContent.Child),
            Path.Combine("1", "models", MlflowContent.Model),
            Path.Combine("models", "price", "version-4"),
        ];
        foreach (var place in places)
        {
            var target = Path.Combine(away, Path.GetFileName(place));
            Directory.Move(Path.Combine(store, place), target);
            Directory.CreateSymbolicLink(Path.Combine(store, place), target);
        }

        var answer = await import.ImportAsync(store);

        Assert.Equal(
            places.Select(place => Path.Combine(store, place)).Order(StringComparer.Ordinal),
            answer
                .Problems.Where(problem => problem.Why.Contains("is a link", StringComparison.Ordinal))
                .Select(problem => problem.Why[..problem.Why.IndexOf(" is a link", StringComparison.Ordinal)])
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(3, answer.Kinds.Single(row => row.Kind == "run").Written);
    }

    [Fact]
    public async Task One_experiment_is_brought_alone_and_one_that_is_not_there_is_told()
    {
        await using var import = await ImportHarness.StartAsync();
        var store = await FillAsync(import);

        var unknown = await Assert.ThrowsAsync<RondoException>(() => import.ImportAsync(store, "nowhere"));
        var answer = await import.ImportAsync(store, "cloud");

        Assert.Equal(ErrorCode.NotFound, unknown.Code);
        Assert.Equal(1, answer.Kinds.Single(row => row.Kind == "run").Written);
        var (status, _) = await import.Server.SendAsync("GET", "runs/get?run_id=" + MlflowContent.Big);
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("models")]
    public async Task A_part_of_a_store_is_no_store_and_the_store_is_named(string part)
    {
        await using var import = await ImportHarness.StartAsync();
        var store = await FillAsync(import);

        var error = await Assert.ThrowsAsync<RondoException>(() => import.ImportAsync(Path.Combine(store, part) + "/"));

        Assert.Contains($"Name the store itself, such as {store};", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_experiments_with_one_name_the_deleted_one_gives_way()
    {
        await using var import = await ImportHarness.StartAsync();
        var store = await FillAsync(import);
        MlflowFileStore.Put(
            Path.Combine(store, ".trash", "8", "meta.yaml"),
            "experiment_id: '8'\nname: cloud\nlifecycle_stage: deleted\n"
        );

        var answer = await import.ImportAsync(store);

        Assert.Equal("active", (await import.ExperimentAsync("cloud")).GetProperty("lifecycle_stage").GetString());
        Assert.Equal("deleted", (await import.ExperimentAsync("cloud (8)")).GetProperty("lifecycle_stage").GetString());
        Assert.Contains("'cloud (8)'", Assert.Single(answer.Notes), StringComparison.Ordinal);
    }

    // The database is what the store is written from; then it is out of the way.
    private static async Task<string> FillAsync(ImportHarness import)
    {
        await using var database = await MlflowDatabase.CreateAsync(import.File);
        await MlflowContent.FillAsync(database, import.Folder);
        var store = Path.Combine(import.Folder, "mlruns");
        await MlflowFileStore.WriteAsync(import.File, store);
        return store;
    }
}
