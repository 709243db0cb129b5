using System.Globalization;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Rondo.Tests.Tracking.Import;

/// <summary>Writes what a database of MLflow holds as MLflow's file store keeps the same: folders with files <c>meta.yaml</c>, a file for each key.</summary>
internal sealed class MlflowFileStore
{
    private readonly SqliteConnection _database;
    private readonly string _store;

    private MlflowFileStore(SqliteConnection database, string store) => (_database, _store) = (database, store);

    /// <summary>Writes the folder; what is in it already stays.</summary>
    public static async Task WriteAsync(string database, string store)
    {
        await using var connection = new SqliteConnection($"Data Source={database};Pooling=false");
        var writer = new MlflowFileStore(connection, store);
        await writer.ExperimentsAsync();
        await writer.RunsAsync();
        await writer.ModelsAsync();
        await writer.RegistryAsync();
        await writer.LinksAsync();
        // As on a deletion, which moves the folder.
        foreach (var row in await writer.RowsAsync("select * from experiments where lifecycle_stage = 'deleted'"))
        {
            Directory.CreateDirectory(Path.Combine(store, ".trash"));
            Directory.Move(Path.Combine(store, Text(row["experiment_id"])), writer.Trash(row));
        }
    }

    /// <summary>A file of the store, with the folders that lead to it.</summary>
    public static void Put(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }

    private string Trash(IDictionary<string, object> row) => Path.Combine(_store, ".trash", Text(row["experiment_id"]));

    private async Task ExperimentsAsync()
    {
        foreach (var row in await RowsAsync("select * from experiments"))
        {
            var folder = Path.Combine(_store, Text(row["experiment_id"]));
            row["experiment_id"] = Text(row["experiment_id"]);
            Meta(folder, row);
            await PairsAsync(
                folder,
                "tags",
                $"select key, value from experiment_tags where experiment_id = {row["experiment_id"]}"
            );
        }
    }

    private async Task RunsAsync()
    {
        string[] statuses = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];
        foreach (var row in await RowsAsync("select * from runs"))
        {
            var folder = Path.Combine(_store, Text(row["experiment_id"]), Text(row["run_uuid"]));
            var of = $"where run_uuid = '{row["run_uuid"]}'";
            await PairsAsync(folder, "params", $"select key, value from params {of}");
            await PairsAsync(folder, "tags", $"select key, value from tags {of}");
            await PointsAsync(folder, $"select key, value, timestamp, step, is_nan, '' more from metrics {of}");
            row["experiment_id"] = Text(row["experiment_id"]);
            row["run_id"] = row["run_uuid"];
            row["run_name"] = row["name"];
            row["status"] = Array.IndexOf(statuses, row["status"]) + 1;
            row.Remove("name");
            Meta(folder, row);
        }
    }

    private async Task ModelsAsync()
    {
        foreach (var row in await RowsAsync("select * from logged_models"))
        {
            var folder = Path.Combine(_store, Text(row["experiment_id"]), "models", Text(row["model_id"]));
            var of = $"where model_id = '{row["model_id"]}'";
            await PairsAsync(folder, "params", $"select param_key, param_value from logged_model_params {of}");
            await PairsAsync(folder, "tags", $"select tag_key, tag_value from logged_model_tags {of}");
            await PointsAsync(
                folder,
                $"""
                select metric_name, metric_value, metric_timestamp_ms, metric_step, false,
                    ' ' || run_id || coalesce(' ' || dataset_name || ' ' || dataset_digest, '') more
                from logged_model_metrics {of}
                """
            );
            row["experiment_id"] = Text(row["experiment_id"]);
            row["creation_timestamp"] = row["creation_timestamp_ms"];
            row["last_updated_timestamp"] = row["last_updated_timestamp_ms"];
            Meta(folder, row);
        }
    }

    private async Task LinksAsync()
    {
        foreach (var row in await RowsAsync("select * from datasets"))
        {
            row["source"] = row["dataset_source"];
            row["source_type"] = row["dataset_source_type"];
            Meta(Path.Combine(_store, Text(row["experiment_id"]), "datasets", Text(row["dataset_uuid"])), row);
        }

        foreach (
            var row in await RowsAsync(
                "select i.*, t.name, t.value from inputs i left join input_tags t using (input_uuid)"
            )
        )
        {
            var output = Text(row["source_type"]) == "RUN_OUTPUT";
            var run = Text(row[output ? "source_id" : "destination_id"]);
            var experiment = await _database.QuerySingleAsync<long>(
                $"select experiment_id from runs where run_uuid = '{run}'"
            );
            // MLflow writes the model as the source of an output, too.
            row["source_id"] = output ? row["destination_id"] : row["source_id"];
            row["tags"] = row["name"] is string name ? new Dictionary<string, object> { [name] = row["value"] } : [];
            Meta(
                Path.Combine(_store, Text(experiment), run, output ? "outputs" : "inputs", Text(row["input_uuid"])),
                row
            );
        }
    }

    private async Task RegistryAsync()
    {
        foreach (var row in await RowsAsync("select * from registered_models"))
        {
            var folder = Path.Combine(_store, "models", Text(row["name"]));
            var of = $"where name = '{row["name"]}'";
            await PairsAsync(folder, "tags", $"select key, value from registered_model_tags {of}");
            await PairsAsync(folder, "aliases", $"select alias, version from registered_model_aliases {of}");
            foreach (var version in await RowsAsync($"select * from model_versions {of}"))
            {
                var inside = Path.Combine(folder, $"version-{version["version"]}");
                await PairsAsync(
                    inside,
                    "tags",
                    $"select key, value from model_version_tags {of} and version = {version["version"]}"
                );
                Renamed(version);
                Meta(inside, version);
            }

            Renamed(row);
            Meta(folder, row);
        }
    }

    private static void Renamed(IDictionary<string, object> row)
    {
        row["creation_timestamp"] = row["creation_time"];
        row["last_updated_timestamp"] = row["last_updated_time"];
    }

    private async Task PointsAsync(string folder, string sql)
    {
        foreach (var metric in (await RowsAsync(sql)).GroupBy(row => Text(row.Values.First())))
        {
            var lines = metric
                .Select(row => row.Values.ToArray())
                .Select(point => $"{Text(point[2])} {Value(point[1], point[4])} {Text(point[3])}{point[5]}\n");
            Put(Path.Combine(folder, "metrics", metric.Key), string.Concat(lines));
        }
    }

    private static string Value(object value, object nan) =>
        Convert.ToBoolean(nan, CultureInfo.InvariantCulture) ? "nan"
        : value is double.PositiveInfinity ? "inf"
        : Text(value);

    private async Task PairsAsync(string folder, string name, string sql)
    {
        foreach (var row in await RowsAsync(sql))
        {
            var pair = row.Values.ToArray();
            Put(Path.Combine(folder, name, Text(pair[0])), Text(pair[1]));
        }
    }

    // A text of JSON is one of YAML.
    private static void Meta(string folder, IDictionary<string, object> row) =>
        Put(
            Path.Combine(folder, "meta.yaml"),
            string.Concat(row.Select(pair => $"{pair.Key}: {JsonSerializer.Serialize(pair.Value)}\n"))
        );

    private async Task<List<IDictionary<string, object>>> RowsAsync(string sql) =>
        [
            .. (await _database.QueryAsync(sql)).Select(row => new Dictionary<string, object>(
                (IDictionary<string, object>)row
            )),
        ];

    private static string Text(object value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
