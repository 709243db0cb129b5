using Microsoft.Data.Sqlite;
using Rondo.Cli.Transfer;
using Rondo.Conformance;

namespace Rondo.Tests.Tracking.Import;

/// <summary>What databases hold that MLflow itself has written over the years, and what people do with them.</summary>
public sealed class ImportOfRealMlflowTests
{
    private const string NoLogged =
        "This version of MLflow has no datasets, inputs, input_tags, logged_models, logged_model_params, logged_model_tags, logged_model_metrics.";

    [Fact]
    public async Task What_has_no_place_here_is_counted()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await database.ExecuteAsync(
            """
            insert into trace_info values ('tr-1', 1, 5, 1, 'OK'), ('tr-2', 1, 6, null, 'IN_PROGRESS'), ('tr-3', 3, 7, 1, 'OK');
            insert into scorers values (1, 'safety', 's-1');
            insert into webhooks (webhook_id, name, url, secret, deleted_timestamp) values
                ('w-1', 'ring', 'https://example.org/ring', 'gAAAAAB', null), ('w-2', 'gone', 'https://example.org/gone', null, 9);
            """
        );

        var whole = await import.ImportAsync();
        var one = await import.ImportAsync(null, "cloud");

        Assert.Equal(
            "Left out, for there is no place for them here: 3 traces, 1 scorer, 1 webhook.",
            Assert.Single(whole.Notes)
        );
        Assert.Equal("Left out, for there is no place for them here: 1 trace.", Assert.Single(one.Notes));
    }

    [Fact]
    public async Task A_run_has_the_name_of_its_row_and_where_that_is_empty_the_one_of_its_tag()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await database.ExecuteAsync(
            $"""
            update runs set name = 'of the row' where run_uuid in ('{MlflowContent.Big}', '{MlflowContent.Cloud}');
            update runs set name = null where run_uuid = '{MlflowContent.Child}';
            """
        );

        await import.ImportAsync();

        (string Run, string Name)[] expected =
        [
            (MlflowContent.Big, "of the row"),
            (MlflowContent.Cloud, "of the row"),
            (MlflowContent.Child, "child"),
        ];
        foreach (var (run, name) in expected)
        {
            var info = (await import.RunAsync(run)).GetProperty("info");
            Assert.Equal(name, info.GetProperty("run_name").GetString());
        }

        // A search compares the tag, and looks the name up in the row: both say the same.
        var ids = await import.Server.PostAsync("experiments/search", new { max_results = 100, view_type = "ALL" });
        var found = await import.Server.PostAsync(
            "runs/search",
            new
            {
                experiment_ids = ids.GetProperty("experiments")
                    .EnumerateArray()
                    .Select(one => one.GetProperty("experiment_id").GetString()),
                filter = "run_name = 'of the row'",
                run_view_type = "ALL",
            }
        );
        Assert.Equal(2, found.GetProperty("runs").GetArrayLength());
    }

    [Fact]
    public async Task A_stage_that_is_none_keeps_no_other_model_away()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await database.AddAsync("registered_models", new { name = "other", creation_time = 1L });
        await database.AddAsync(
            "model_versions",
            new
            {
                name = "other",
                version = 1,
                source = "s3://bucket/m",
                current_stage = "Odd",
                creation_time = 1_700_000_000_000_000_000L,
            }
        );

        var answer = await import.ImportAsync();

        Assert.Contains("Odd", Assert.Single(answer.Problems, problem => problem.Id == "other 1").Why);
        await ImportMlflowTests.RequireRegistryAsync(import);
    }

    [Fact]
    public async Task A_time_that_no_calendar_has_hides_nothing_beside_it()
    {
        const long nanoseconds = 1_700_000_000_000_000_000;
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await database.ExecuteAsync(
            $"update runs set start_time = {nanoseconds}; update model_versions set creation_time = {nanoseconds} where version = 1"
        );

        await import.ImportAsync();

        foreach (
            var path in new[]
            {
                $"/api/v1/tracking/compare?run={MlflowContent.Cloud}&run={MlflowContent.Child}",
                "/api/v1/projects/mlflow/models/price/versions",
                "/api/v1/projects/mlflow/models/price/versions/1",
                "/api/v1/projects/mlflow/models/price/versions/1/history",
            }
        )
        {
            var (status, body) = await import.Server.SendAsync("GET", path);
            Assert.True(status == System.Net.HttpStatusCode.OK, $"{path}: {body}");
        }
    }

    [Fact]
    public async Task Prompts_come_with_their_text_however_long()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        var text = string.Concat(Enumerable.Repeat("Dear {{name}}, ", 6000));
        await database.AddAsync("registered_models", new { name = "greeting", creation_time = 1L });
        await database.AddAsync(
            "registered_model_tags",
            new
            {
                name = "greeting",
                key = "mlflow.prompt.is_prompt",
                value = "true",
            }
        );
        // What MLflow writes where a version needs a source and has none.
        await database.AddAsync(
            "model_versions",
            new
            {
                name = "greeting",
                version = 1,
                source = "prompt-template",
                storage_location = "prompt-template",
                current_stage = "None",
            }
        );
        await database.AddAsync(
            "model_version_tags",
            new
            {
                name = "greeting",
                version = 1,
                key = "mlflow.prompt.text",
                value = text,
            }
        );

        var answer = await import.ImportAsync();

        Assert.DoesNotContain(answer.Problems, problem => problem.Id.StartsWith("greeting", StringComparison.Ordinal));
        var version = (await import.Server.GetAsync("model-versions/get?name=greeting&version=1")).GetProperty(
            "model_version"
        );
        Assert.Equal(text, ImportHarness.Pairs(version, "tags")["mlflow.prompt.text"]);
    }

    [Fact]
    public async Task A_version_whose_source_is_a_path_of_a_run_has_the_files_of_that_run()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await MlflowContent.VersionAsync(database, 6, $"runs:/{MlflowContent.Big}/model", run: null);
        await MlflowContent.VersionAsync(database, 7, $"runs:/{new string('9', 32)}/model", run: null);

        await import.ImportAsync(null, MlflowContent.Main);

        var root = (await import.RunAsync(MlflowContent.Big)).GetProperty("info").GetProperty("artifact_uri");
        Assert.Equal(
            $"runs:/{MlflowContent.Big}/model",
            (await import.VersionAsync(6)).GetProperty("source").GetString()
        );
        Assert.Equal($"{root.GetString()}/model", await PlaceAsync(import, 6));
        Assert.Equal($"runs:/{new string('9', 32)}/model", await PlaceAsync(import, 7));
    }

    [Fact]
    public async Task Folders_that_are_on_another_disk_are_asked_for_and_found_where_they_were_brought()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await MlflowDatabase.CreateAsync(import.File, old: true);
        await MlflowContent.FillAsync(database, import.Folder, old: true);
        var (there, here) = (Path.Combine(import.Folder, "mlruns"), Path.Combine(import.Artifacts, "mlruns"));
        Directory.Move(there, here);

        var first = await import.ImportAsync(import.File, artifacts: null, dryRun: false);
        var second = await import.ImportAsync();

        Assert.Equal(
            [
                NoLogged,
                $"No folder is on this disk that the files of 2 runs and logged models could be in, such as file://{there}/1/{MlflowContent.Big}/artifacts: bring the folders here, name the one that they are in with --artifacts, and import again.",
            ],
            first.Notes
        );
        Assert.Equal([NoLogged], second.Notes);
        // Two of a run on the other disk, and one that MLflow's server kept.
        Assert.Equal(3, second.Kinds.Single(row => row.Kind == TransferTally.Files).Written);
    }

    [Fact]
    public async Task A_folder_of_artifacts_that_has_nothing_of_the_server_is_doubted()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        var wrong = Path.Combine(import.Folder, "wrong");
        Directory.CreateDirectory(wrong);

        var first = await import.ImportAsync(import.File, wrong, dryRun: false);
        var second = await import.ImportAsync();
        var address = await Assert.ThrowsAsync<RondoException>(() =>
            import.ImportAsync(import.File, "s3://bucket/artifacts", dryRun: true)
        );

        Assert.Contains("--artifacts-destination?", Assert.Single(first.Notes), StringComparison.Ordinal);
        Assert.Empty(second.Notes);
        Assert.Contains("Copy what is there into a folder", address.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_of_a_store_that_both_sides_reach_are_not_looked_for(bool dryRun)
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await database.ExecuteAsync(
            $"update logged_models set experiment_id = 3, artifact_location = 's3://bucket/3/models/{MlflowContent.Model}/artifacts'"
        );

        var answer = await import.ImportAsync(import.File, import.Artifacts, dryRun);

        Assert.DoesNotContain(answer.Problems, problem => problem.Id == MlflowContent.Model);
        Assert.Empty(answer.Notes);
    }

    [Fact]
    public async Task A_folder_is_no_source_but_what_to_do_with_it_is_told()
    {
        await using var import = await ImportHarness.StartAsync();
        var above = Path.Combine(import.Folder, "above");
        MlflowFileStore.Put(Path.Combine(above, "mlruns", "0", "meta.yaml"), "name: Default");

        var ofFiles = await Assert.ThrowsAsync<RondoException>(() => import.ImportAsync(above));
        await using var database = await FillAsync(import);
        var ofDatabase = await Assert.ThrowsAsync<RondoException>(() => import.ImportAsync(import.Folder));
        var ofNothing = await Assert.ThrowsAsync<RondoException>(() => import.ImportAsync(import.Artifacts));

        Assert.Contains(Path.Combine(above, "mlruns"), ofFiles.Message, StringComparison.Ordinal);
        Assert.Contains(import.File, ofDatabase.Message, StringComparison.Ordinal);
        Assert.Contains($"{import.Artifacts} is a folder.", ofNothing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_another_program_keeps_to_itself_is_not_waited_for_without_end()
    {
        await using var import = await ImportHarness.StartAsync();
        await using var database = await FillAsync(import);
        await database.ExecuteAsync("begin exclusive");
        var impatient = new SqliteConnection(
            $"Data Source={import.File};Mode=ReadOnly;Pooling=false;Default Timeout=1"
        );

        var refused = await Assert.ThrowsAsync<RondoException>(() =>
            MlflowSource.OpenAsync(impatient, new MlflowFiles(import.Folder, null), [], CancellationToken.None)
        );

        Assert.Contains("import a copy", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_in_a_schema_of_their_own_are_found_by_its_name()
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("RONDO_TEST_DATABASE") == "postgres",
            "It needs PostgreSQL."
        );
        var cluster = await PostgresCluster.SharedAsync();
        var settings = new Npgsql.NpgsqlConnectionStringBuilder(await cluster.NewDatabaseAsync());
        await using var import = await ImportHarness.StartAsync();
        await using var connection = new Npgsql.NpgsqlConnection(settings.ConnectionString);
        await using var database = await MlflowDatabase.CreateAsync(connection, schema: "elsewhere");
        await MlflowContent.FillAsync(database, import.Folder);
        var login = $"{settings.Username}:{Uri.EscapeDataString(settings.Password ?? "")}";
        var address = $"postgresql://{login}@{settings.Host}:{settings.Port}/{settings.Database}";

        var refused = await Assert.ThrowsAsync<RondoException>(() => import.ImportAsync(address));
        await import.ImportAsync(address + "?options=-csearch_path%3Delsewhere");

        Assert.Contains("?options=-csearch_path%3D", refused.Message, StringComparison.Ordinal);
        await ImportMlflowTests.RequireRunsAsync(import);
    }

    private static async Task<string?> PlaceAsync(ImportHarness import, int version) =>
        (await import.Server.GetAsync($"model-versions/get-download-uri?name=price&version={version}"))
            .GetProperty("artifact_uri")
            .GetString();

    private static async Task<MlflowDatabase> FillAsync(ImportHarness import)
    {
        var database = await MlflowDatabase.CreateAsync(import.File);
        await MlflowContent.FillAsync(database, import.Folder);
        return database;
    }
}
