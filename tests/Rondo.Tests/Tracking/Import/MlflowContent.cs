namespace Rondo.Tests.Tracking.Import;

/// <summary>What a hostile MLflow holds: names with quotes, deleted things, values that are no numbers, files that are missing.</summary>
internal static class MlflowContent
{
    public const string Main = "démö \"quoted\" 'x' / 模型";
    public const string Big = "11111111111111111111111111111111";
    public const string Child = "22222222222222222222222222222222";
    public const string Deleted = "33333333333333333333333333333333";
    public const string OfDeleted = "44444444444444444444444444444444";
    public const string Cloud = "55555555555555555555555555555555";
    public const string Model = "m-66666666666666666666666666666666";
    public const int Points = 25_000;

    /// <summary>Fills an old database, and what newer versions have besides.</summary>
    public static async Task FillAsync(MlflowDatabase database, string folder, bool old = false)
    {
        await ExperimentsAsync(database, folder);
        await RunsAsync(database, folder);
        await PointsAsync(database);
        await RegistryAsync(database, folder);
        if (!old)
        {
            await NewerAsync(database, folder);
        }

        await FilesAsync(folder);
    }

    public static async Task VersionAsync(
        MlflowDatabase database,
        int version,
        string source,
        string? run,
        string stage = "None"
    ) =>
        await database.AddAsync(
            "model_versions",
            new
            {
                name = "price",
                version,
                creation_time = 100L + version,
                last_updated_time = 200L + version,
                description = $"version {version}",
                user_id = "ann",
                current_stage = stage,
                source,
                run_id = run,
                status = "READY",
            }
        );

    public static object Point(string run, string key, double value, (long At, long Step) when, bool nan = false) =>
        new
        {
            key,
            value,
            timestamp = when.At,
            run_uuid = run,
            step = when.Step,
            is_nan = nan,
        };

    private static async Task ExperimentsAsync(MlflowDatabase database, string folder)
    {
        (int Id, string Name, string Location, string Stage)[] experiments =
        [
            (0, "Default", "mlflow-artifacts:/0", "active"),
            (1, Main, $"file://{folder}/mlruns/1", "active"),
            (2, "gone", "mlflow-artifacts:/2", "deleted"),
            (3, "cloud", "s3://bucket/3", "active"),
        ];
        foreach (var (id, name, location, stage) in experiments)
        {
            await database.AddAsync(
                "experiments",
                new
                {
                    experiment_id = id,
                    name,
                    artifact_location = location,
                    lifecycle_stage = stage,
                    creation_time = 10L + id,
                    last_update_time = 20L + id,
                }
            );
        }

        await database.AddAsync(
            "experiment_tags",
            new
            {
                key = "team",
                value = "Zoë's",
                experiment_id = 1,
            }
        );
    }

    private static async Task RunsAsync(MlflowDatabase database, string folder)
    {
        await RunAsync(database, (Big, 1), $"file://{folder}/mlruns/1/{Big}/artifacts", "FINISHED");
        await RunAsync(database, (Child, 1), $"{folder}/mlruns/1/{Child}/artifacts", "FAILED");
        await RunAsync(database, (Deleted, 0), $"mlflow-artifacts:/0/{Deleted}/artifacts", "FINISHED", 999);
        await RunAsync(database, (OfDeleted, 2), $"mlflow-artifacts:/2/{OfDeleted}/artifacts", "KILLED", 998);
        await RunAsync(database, (Cloud, 3), $"s3://bucket/3/{Cloud}/artifacts", "RUNNING");
        (string Key, string Value, string Run)[] tags =
        [
            ("mlflow.runName", "big 'un", Big),
            ("mlflow.runName", "child", Child),
            ("mlflow.parentRunId", Big, Child),
            ("note", "Ünï \"code\"\n'; drop table runs; --", Big),
            ("phase", "one", Cloud),
            ("own", "one", Cloud),
        ];
        foreach (var (key, value, run) in tags)
        {
            await database.AddAsync(
                "tags",
                new
                {
                    key,
                    value,
                    run_uuid = run,
                }
            );
        }

        await database.AddAsync(
            "params",
            new
            {
                key = "learning rate",
                value = "0.1",
                run_uuid = Big,
            }
        );
        await database.AddAsync(
            "params",
            new
            {
                key = "empty",
                value = "",
                run_uuid = Big,
            }
        );
    }

    private static Task RunAsync(
        MlflowDatabase database,
        (string Id, int Experiment) run,
        string root,
        string status,
        long? deleted = null
    ) =>
        database.AddAsync(
            "runs",
            new
            {
                run_uuid = run.Id,
                // Before 1.30 the name stood in the tag alone.
                name = run.Id == Big ? "big 'un" : "",
                source_type = "UNKNOWN",
                source_name = "",
                entry_point_name = "",
                source_version = "",
                user_id = "ann",
                status,
                start_time = 1000L,
                end_time = status == "RUNNING" ? null : (long?)2000L,
                lifecycle_stage = deleted is null ? "active" : "deleted",
                artifact_uri = root,
                experiment_id = run.Experiment,
                deleted_time = deleted,
            }
        );

    private static async Task PointsAsync(MlflowDatabase database)
    {
        await database.AddAsync(
            "metrics",
            [.. Enumerable.Range(0, Points).Select(step => Point(Big, "loss", 1.0 / (step + 1), (5000 + step, step)))]
        );
        await database.AddAsync("metrics", Point(Big, "nan", 0, (1, 1), nan: true));
        await database.AddAsync("metrics", Point(Big, "up", double.PositiveInfinity, (1, -3)));
        await database.AddAsync("metrics", Point(Big, "down", -1.7976931348623157e308, (1, 0)));
        await database.AddAsync("metrics", Point(Child, "val/loss", 0.5, (7, 0)));
        await database.AddAsync("metrics", Point(Cloud, "loss", 0.25, (7, 0)));
    }

    private static async Task RegistryAsync(MlflowDatabase database, string folder)
    {
        await database.AddAsync(
            "registered_models",
            new
            {
                name = "price",
                creation_time = 100L,
                last_updated_time = 200L,
                description = "of \"houses\"",
            }
        );
        await database.AddAsync(
            "registered_model_tags",
            new
            {
                key = "team",
                value = "b",
                name = "price",
            }
        );
        await VersionAsync(database, 1, $"file://{folder}/mlruns/1/{Big}/artifacts/model", Big, "Production");
        await VersionAsync(database, 2, "REDACTED-SOURCE-PATH", "REDACTED-RUN-ID", "Deleted_Internal");
        await VersionAsync(database, 3, $"{folder}/mlruns/1/{Child}/artifacts/missing", Child, "Archived");
        await VersionAsync(database, 4, $"s3://bucket/3/{Cloud}/artifacts/model", Cloud);
        await database.AddAsync(
            "model_version_tags",
            new
            {
                key = "checked",
                value = "yes",
                name = "price",
                version = 1,
            }
        );
        await database.AddAsync(
            "registered_model_aliases",
            new
            {
                alias = "champion",
                version = 1,
                name = "price",
            }
        );
    }

    private static async Task NewerAsync(MlflowDatabase database, string folder)
    {
        await database.AddAsync(
            "logged_models",
            new
            {
                model_id = Model,
                experiment_id = 1,
                name = "boosted",
                artifact_location = $"file://{folder}/mlruns/1/models/{Model}/artifacts",
                creation_timestamp_ms = 50L,
                last_updated_timestamp_ms = 60L,
                status = 2,
                lifecycle_stage = "active",
                model_type = "",
                source_run_id = Big,
            }
        );
        await database.AddAsync(
            "logged_model_params",
            new
            {
                model_id = Model,
                experiment_id = 1,
                param_key = "depth",
                param_value = "3",
            }
        );
        await database.AddAsync(
            "logged_model_tags",
            new
            {
                model_id = Model,
                experiment_id = 1,
                tag_key = "t",
                tag_value = "ü",
            }
        );
        await database.AddAsync(
            "logged_model_metrics",
            new
            {
                model_id = Model,
                metric_name = "rmse",
                metric_timestamp_ms = 8L,
                metric_step = 2L,
                metric_value = 2.5,
                experiment_id = 1,
                run_id = Big,
                dataset_name = "trips",
                dataset_digest = "d1",
            }
        );
        await DatasetAsync(database);
        await VersionAsync(database, 5, $"models:/{Model}", Big, "Staging");
        await database.ExecuteAsync(
            $"update model_versions set storage_location = 'file://{folder}/mlruns/1/models/{Model}/artifacts' where version = 5"
        );
    }

    private static async Task DatasetAsync(MlflowDatabase database)
    {
        await database.AddAsync(
            "datasets",
            new
            {
                dataset_uuid = "d-1",
                experiment_id = 1,
                name = "trips",
                digest = "d1",
                dataset_source_type = "local",
                dataset_source = """{"uri":"trips.csv"}""",
            }
        );
        await InputAsync(database, "i-1", ("DATASET", "d-1"), ("RUN", Big));
        await InputAsync(database, "i-2", ("RUN_OUTPUT", Big), ("MODEL_OUTPUT", Model));
        await database.AddAsync(
            "input_tags",
            new
            {
                input_uuid = "i-1",
                name = "mlflow.data.context",
                value = "training",
            }
        );
    }

    private static Task InputAsync(
        MlflowDatabase database,
        string id,
        (string Type, string Id) source,
        (string Type, string Id) destination
    ) =>
        database.AddAsync(
            "inputs",
            new
            {
                input_uuid = id,
                source_type = source.Type,
                source_id = source.Id,
                destination_type = destination.Type,
                destination_id = destination.Id,
                step = 4L,
            }
        );

    private static async Task FilesAsync(string folder)
    {
        (string Path, string Content)[] files =
        [
            ($"mlruns/1/{Big}/artifacts/model/MLmodel", "flavors"),
            ($"mlruns/1/{Big}/artifacts/data/ünï cöde #1.txt", "text"),
            ($"mlruns/1/models/{Model}/artifacts/MLmodel", "boosted"),
            ($"mlartifacts/0/{Deleted}/artifacts/plot.svg", "<svg/>"),
        ];
        foreach (var (path, content) in files)
        {
            var file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, content);
        }
    }
}
