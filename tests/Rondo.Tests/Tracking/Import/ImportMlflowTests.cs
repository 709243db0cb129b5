using System.Net;
using System.Text.Json;
using Rondo.Cli.Transfer;

namespace Rondo.Tests.Tracking.Import;

public sealed class ImportMlflowTests
{
    [Fact]
    public async Task All_that_an_MLflow_has_is_there_afterwards()
    {
        await using var import = await ImportHarness.StartAsync();
        await FillAsync(import);

        var answer = await import.ImportAsync();

        var problem = Assert.Single(answer.Problems);
        Assert.Equal(("modelVersion", "price 3"), (problem.Kind, problem.Id));
        Assert.Equal(MlflowContent.Points + 5, answer.Kinds.Single(row => row.Kind == "points").Written);
        await RequireExperimentsAsync(import);
        await RequireRunsAsync(import);
        await RequireLoggedModelAsync(import);
        await RequireRegistryAsync(import);
    }

    [Fact]
    public async Task What_is_imported_twice_is_there_once()
    {
        await using var import = await ImportHarness.StartAsync();
        await FillAsync(import);
        await import.ImportAsync();
        var before = await import.RecordsAsync(MlflowContent.Main);
        var versions = await import.Server.GetAsync("model-versions/search");

        var again = await import.ImportAsync();

        Assert.All(
            again.Kinds,
            row => Assert.Equal((row.Kind, 0L, 0L, row.Read), (row.Kind, row.Written, row.Changed, row.There))
        );
        Assert.Equal(before, await import.RecordsAsync(MlflowContent.Main));
        Assert.Equal(versions.ToString(), (await import.Server.GetAsync("model-versions/search")).ToString());
    }

    [Fact]
    public async Task What_has_grown_since_is_brought_and_what_Rondo_has_gained_stays()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await import.ImportAsync();
        var server = import.Server;
        await server.PostAsync(
            "runs/set-tag",
            new
            {
                run_id = MlflowContent.Cloud,
                key = "own",
                value = "mine",
            }
        );
        await server.PostAsync(
            "runs/set-tag",
            new
            {
                run_id = MlflowContent.Cloud,
                key = "here",
                value = "new",
            }
        );
        await server.PostAsync("runs/update", new { run_id = MlflowContent.Child, status = "KILLED" });
        await database.ExecuteAsync(
            $"""
            update runs set status = 'FINISHED', end_time = 3000 where run_uuid = '{MlflowContent.Cloud}';
            update tags set value = 'two' where run_uuid = '{MlflowContent.Cloud}';
            update registered_model_aliases set version = 4;
            update model_versions set current_stage = 'Archived', last_updated_time = 900 where version = 1;
            update experiments set lifecycle_stage = 'active' where name = 'gone';
            """
        );
        await database.AddAsync("metrics", MlflowContent.Point(MlflowContent.Cloud, "loss", 0.125, (9, 1)));
        await MlflowContent.VersionAsync(
            database,
            6,
            $"file://{import.Folder}/mlruns/1/{MlflowContent.Big}/artifacts/model",
            MlflowContent.Big
        );

        await import.ImportAsync();

        var cloud = await import.RunAsync(MlflowContent.Cloud);
        Assert.Equal("FINISHED", cloud.GetProperty("info").GetProperty("status").GetString());
        Assert.Equal(3000, cloud.GetProperty("info").GetProperty("end_time").GetInt64());
        var tags = ImportHarness.Pairs(cloud.GetProperty("data"), "tags");
        Assert.Equal(("two", "mine", "new"), (tags["phase"], tags["own"], tags["here"]));
        Assert.Equal("0.125", ImportHarness.Pairs(cloud.GetProperty("data"), "metrics")["loss"]);
        var child = await import.RunAsync(MlflowContent.Child);
        Assert.Equal("KILLED", child.GetProperty("info").GetProperty("status").GetString());
        Assert.Equal("active", (await import.ExperimentAsync("gone")).GetProperty("lifecycle_stage").GetString());
        Assert.Equal("Archived", (await import.VersionAsync(1)).GetProperty("current_stage").GetString());
        Assert.Equal("version 6", (await import.VersionAsync(6)).GetProperty("description").GetString());
        var champion = await server.GetAsync("registered-models/alias?name=price&alias=champion");
        Assert.Equal("4", champion.GetProperty("model_version").GetProperty("version").GetString());
    }

    [Fact]
    public async Task An_older_MLflow_has_less_and_that_is_brought()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await MlflowDatabase.CreateAsync(import.File, old: true);
        await MlflowContent.FillAsync(database, import.Folder, old: true);

        var answer = await import.ImportAsync("sqlite:///" + import.File);

        Assert.Single(answer.Problems);
        Assert.Contains("logged_models", Assert.Single(answer.Notes), StringComparison.Ordinal);
        await RequireExperimentsAsync(import);
        Assert.Equal("3", (await import.VersionAsync(3)).GetProperty("version").GetString());
    }

    [Fact]
    public async Task A_database_that_lacks_what_is_needed_is_refused_before_anything_is_written()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await database.ExecuteAsync("alter table tags rename column value to content; drop table params;");

        var error = await Assert.ThrowsAsync<RondoException>(() => import.ImportAsync());

        Assert.Contains("no table params", error.What, StringComparison.Ordinal);
        Assert.Contains("tags has no value", error.What, StringComparison.Ordinal);
        var (status, _) = await import.Server.SendAsync("GET", "runs/get?run_id=" + MlflowContent.Big);
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Fact]
    public async Task A_file_that_is_no_database_and_an_experiment_that_is_not_there_are_told()
    {
        await using var import = await ImportHarness.StartAsync();
        await File.WriteAllTextAsync(
            import.File + ".txt",
            "This is no database, and long enough to look at it for a while."
        );
        var error = await Assert.ThrowsAsync<RondoException>(() => import.ImportAsync(import.File + ".txt"));
        Assert.Equal(ErrorCode.InvalidArgument, error.Code);

        await FillAsync(import);
        error = await Assert.ThrowsAsync<RondoException>(() => import.ImportAsync(null, "nowhere"));
        Assert.Equal(ErrorCode.NotFound, error.Code);
        error = await Assert.ThrowsAsync<RondoException>(() =>
            import.ImportAsync("postgresql://u:s3cret@127.0.0.1:1/db")
        );
        Assert.DoesNotContain("s3cret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_experiment_is_brought_alone_with_the_models_of_its_runs()
    {
        await using var import = await ImportHarness.StartAsync();
        await FillAsync(import);

        var answer = await import.ImportAsync(null, "cloud");

        Assert.Equal(1, answer.Kinds.Single(row => row.Kind == "run").Written);
        Assert.Equal(1, answer.Kinds.Single(row => row.Kind == "registeredModel").Written);
        var (status, _) = await import.Server.SendAsync("GET", "runs/get?run_id=" + MlflowContent.Big);
        Assert.Equal(HttpStatusCode.NotFound, status);
        // Version 1 was on a disk, below a run that was not asked for.
        Assert.Contains(answer.Problems, problem => problem.Id == "price 1");
    }

    [Fact]
    public async Task A_dry_run_reads_everything_and_writes_nothing()
    {
        await using var import = await ImportHarness.StartAsync();
        await FillAsync(import);

        var answer = await import.ImportAsync(import.File, import.Artifacts, dryRun: true);

        Assert.True(answer.DryRun);
        Assert.Equal(5, answer.Kinds.Single(row => row.Kind == "run").Read);
        Assert.Equal(4, answer.Kinds.Single(row => row.Kind == "file").Read);
        Assert.All(answer.Kinds, row => Assert.Equal(0, row.Written));
        var (status, _) = await import.Server.SendAsync("GET", "runs/get?run_id=" + MlflowContent.Big);
        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Fact]
    public async Task Files_behind_a_server_are_asked_for_and_come_the_next_time()
    {
        await using var import = await ImportHarness.StartAsync();
        await FillAsync(import);

        var first = await import.ImportAsync(import.File, artifacts: null, dryRun: false);
        var second = await import.ImportAsync();

        Assert.Contains(first.Problems, problem => problem.Why.Contains("--artifacts", StringComparison.Ordinal));
        Assert.Equal(1, second.Kinds.Single(row => row.Kind == TransferTally.Files).Written);
        Assert.Equal("<svg/>", await FileAsync(import, MlflowContent.Deleted, "plot.svg"));
    }

    internal static async Task RequireExperimentsAsync(ImportHarness import)
    {
        var main = await import.ExperimentAsync(MlflowContent.Main);
        Assert.Equal("Zoë's", ImportHarness.Pairs(main, "tags")["team"]);
        Assert.Equal(
            (11, 21),
            (main.GetProperty("creation_time").GetInt64(), main.GetProperty("last_update_time").GetInt64())
        );
        Assert.StartsWith("mlflow-artifacts:/", main.GetProperty("artifact_location").GetString());
        Assert.Equal("deleted", (await import.ExperimentAsync("gone")).GetProperty("lifecycle_stage").GetString());
        Assert.Equal(
            "s3://bucket/3",
            (await import.ExperimentAsync("cloud")).GetProperty("artifact_location").GetString()
        );
        Assert.Equal("0", (await import.ExperimentAsync("Default")).GetProperty("experiment_id").GetString());
    }

    internal static async Task RequireRunsAsync(ImportHarness import)
    {
        var big = await import.RunAsync(MlflowContent.Big);
        var (info, data) = (big.GetProperty("info"), big.GetProperty("data"));
        Assert.Equal(
            ("big 'un", "FINISHED"),
            (info.GetProperty("run_name").GetString(), info.GetProperty("status").GetString())
        );
        Assert.Equal(
            (1000, 2000),
            (info.GetProperty("start_time").GetInt64(), info.GetProperty("end_time").GetInt64())
        );
        Assert.Equal(["", "0.1"], ImportHarness.Pairs(data, "params").Values.Order());
        Assert.Equal("Ünï \"code\"\n'; drop table runs; --", ImportHarness.Pairs(data, "tags")["note"]);
        var metrics = ImportHarness.Pairs(data, "metrics");
        Assert.Equal(("NaN", "0.00004"), (metrics["nan"], double.Parse(metrics["loss"]).ToString("F5")));
        Assert.Equal(
            ("1.7976931348623157E+308", "-1.7976931348623157E+308"),
            (metrics["up"].ToUpperInvariant(), metrics["down"].ToUpperInvariant())
        );
        var history = await import.Server.GetAsync(
            $"metrics/get-history?run_id={MlflowContent.Big}&metric_key=loss&max_results=25000"
        );
        Assert.Equal(MlflowContent.Points, history.GetProperty("metrics").GetArrayLength());
        Assert.Equal("text", await FileAsync(import, MlflowContent.Big, "data/ünï cöde #1.txt"));
        var child = (await import.RunAsync(MlflowContent.Child)).GetProperty("data");
        Assert.Equal(MlflowContent.Big, ImportHarness.Pairs(child, "tags")["mlflow.parentRunId"]);
        var childInfo = (await import.RunAsync(MlflowContent.Child)).GetProperty("info");
        Assert.Equal("child", childInfo.GetProperty("run_name").GetString());
        foreach (
            var (id, place) in new[]
            {
                (MlflowContent.Deleted, "mlflow-artifacts:/0/"),
                (MlflowContent.OfDeleted, "mlflow-artifacts:/"),
            }
        )
        {
            var deleted = (await import.RunAsync(id)).GetProperty("info");
            Assert.Equal("deleted", deleted.GetProperty("lifecycle_stage").GetString());
            Assert.StartsWith(place, deleted.GetProperty("artifact_uri").GetString());
        }

        var cloud = (await import.RunAsync(MlflowContent.Cloud)).GetProperty("info");
        Assert.Equal($"s3://bucket/3/{MlflowContent.Cloud}/artifacts", cloud.GetProperty("artifact_uri").GetString());
        Assert.False(cloud.TryGetProperty("end_time", out _));
        Assert.Equal("<svg/>", await FileAsync(import, MlflowContent.Deleted, "plot.svg"));
    }

    internal static async Task RequireLoggedModelAsync(ImportHarness import)
    {
        var (status, body) = await import.Server.SendAsync(
            "GET",
            "/api/2.0/mlflow/logged-models/" + MlflowContent.Model
        );
        Assert.Equal(HttpStatusCode.OK, status);
        var model = JsonElement.Parse(body).GetProperty("model");
        var info = model.GetProperty("info");
        Assert.Equal("LOGGED_MODEL_READY", info.GetProperty("status").GetString());
        Assert.Equal(MlflowContent.Big, info.GetProperty("source_run_id").GetString());
        Assert.Equal("3", ImportHarness.Pairs(model.GetProperty("data"), "params")["depth"]);
        Assert.Equal("2.5", ImportHarness.Pairs(model.GetProperty("data"), "metrics")["rmse"]);
        var big = await import.RunAsync(MlflowContent.Big);
        var dataset = Assert.Single(big.GetProperty("inputs").GetProperty("dataset_inputs").EnumerateArray());
        Assert.Equal("trips", dataset.GetProperty("dataset").GetProperty("name").GetString());
        Assert.Equal("training", ImportHarness.Pairs(dataset, "tags")["mlflow.data.context"]);
        var output = Assert.Single(big.GetProperty("outputs").GetProperty("model_outputs").EnumerateArray());
        Assert.Equal(
            (MlflowContent.Model, 4),
            (output.GetProperty("model_id").GetString(), output.GetProperty("step").GetInt64())
        );
    }

    internal static async Task RequireRegistryAsync(ImportHarness import)
    {
        var server = import.Server;
        var model = (await server.GetAsync("registered-models/get?name=price")).GetProperty("registered_model");
        Assert.Equal("of \"houses\"", model.GetProperty("description").GetString());
        Assert.Equal(
            (100, 200),
            (model.GetProperty("creation_timestamp").GetInt64(), model.GetProperty("last_updated_timestamp").GetInt64())
        );
        var first = await import.VersionAsync(1);
        Assert.Equal(
            ("Production", "ann"),
            (first.GetProperty("current_stage").GetString(), first.GetProperty("user_id").GetString())
        );
        Assert.Equal("yes", ImportHarness.Pairs(first, "tags")["checked"]);
        Assert.Equal(
            (101, 201),
            (first.GetProperty("creation_timestamp").GetInt64(), first.GetProperty("last_updated_timestamp").GetInt64())
        );
        var root = (await import.RunAsync(MlflowContent.Big))
            .GetProperty("info")
            .GetProperty("artifact_uri")
            .GetString();
        Assert.Equal(root + "/model", first.GetProperty("source").GetString());
        Assert.Equal("flavors", await FileAsync(import, MlflowContent.Big, "model/MLmodel"));
        var (gone, _) = await server.SendAsync("GET", "model-versions/get?name=price&version=2");
        Assert.Equal(HttpStatusCode.NotFound, gone);
        Assert.Equal(
            $"s3://bucket/3/{MlflowContent.Cloud}/artifacts/model",
            (await import.VersionAsync(4)).GetProperty("source").GetString()
        );
        var fifth = await server.GetAsync("model-versions/get-download-uri?name=price&version=5");
        Assert.EndsWith($"/models/{MlflowContent.Model}/artifacts", fifth.GetProperty("artifact_uri").GetString());
        Assert.StartsWith("mlflow-artifacts:/", fifth.GetProperty("artifact_uri").GetString());
        var champion = await server.GetAsync("registered-models/alias?name=price&alias=champion");
        Assert.Equal("1", champion.GetProperty("model_version").GetProperty("version").GetString());
        var made = await server.PostAsync("model-versions/create", new { name = "price", source = "s3://bucket/next" });
        Assert.Equal("6", made.GetProperty("model_version").GetProperty("version").GetString());
    }

    private static async Task<MlflowDatabase> FillAsync(ImportHarness import)
    {
        var database = await MlflowDatabase.CreateAsync(import.File);
        await MlflowContent.FillAsync(database, import.Folder);
        return database;
    }

    internal static async Task<string> FileAsync(ImportHarness import, string run, string path)
    {
        var root = (await import.RunAsync(run)).GetProperty("info").GetProperty("artifact_uri").GetString()!;
        return await import.Server.Client.GetStringAsync(ProxyFolders.AddressOf($"{ProxyFolders.PathOf(root)}/{path}"));
    }
}
