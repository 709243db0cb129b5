using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Runs;

/// <summary>Reads what runs have logged: a constant number of statements for up to five hundred runs.</summary>
internal static class RunReader
{
    private const int RunsPerStatementMax = 500;

    /// <summary>The runs in the order given.</summary>
    public static async ValueTask<IReadOnlyList<Run>> ReadAsync(Session session, IReadOnlyList<RunInfo> infos)
    {
        var runs = infos.Select(info => new Run(info)).ToList();
        foreach (var chunk in runs.Chunk(RunsPerStatementMax))
        {
            var found = new FoundRuns(chunk);
            var ids = new { ids = JsonSerializer.Serialize(chunk.Select(run => run.Info.Id)) };
            var among = session.Dialect.IsAmong("run", "@ids");
            await session.ReadRowsAsync(
                $"""
                select run, key, logged_at, step, value, is_nan from tracking_metric_latest
                where {among} order by run, key
                """,
                ids,
                row =>
                    found
                        .Of(row.GetString(0))
                        .Metrics.Add(
                            new MetricPoint(
                                row.GetString(1),
                                row.GetInt64(5) == 1 ? double.NaN : row.GetDouble(4),
                                row.GetInt64(2),
                                row.GetInt64(3)
                            )
                        )
            );
            await session.ReadRowsAsync(
                $"select run, key, value from tracking_param where {among} order by run, key",
                ids,
                row => found.Of(row.GetString(0)).Params.Add(new KeyValue(row.GetString(1), row.GetString(2)))
            );
            await session.ReadRowsAsync(
                $"select run, key, value from tracking_tag where {among} order by run, key",
                ids,
                row => found.Of(row.GetString(0)).Tags.Add(new KeyValue(row.GetString(1), row.GetString(2)))
            );
            await ReadInputsAsync(session, found, ids);
        }

        return runs;
    }

    private static async ValueTask ReadInputsAsync(Session session, FoundRuns found, object ids)
    {
        foreach (
            var row in await session.QueryAsync<InputRow>(
                $"""
                select i.run, i.tags, d.name, d.digest, d.source_type, d.source, d.schema, d.profile
                from tracking_input i join tracking_dataset d on d.id = i.dataset
                where {session.Dialect.IsAmong("i.run", "@ids")} order by i.run, i.place
                """,
                ids
            )
        )
        {
            var tags = JsonSerializer.Deserialize<IReadOnlyList<KeyValue>>(row.Tags)!;
            found.Of(row.Run).Datasets.Add(new DatasetInput(row.ToDataset(), tags));
        }

        foreach (
            var (run, direction, model, step) in await session.QueryAsync<(string, string, string, long)>(
                $"""
                select run, direction, model, step from tracking_run_model
                where {session.Dialect.IsAmong("run", "@ids")} order by run, direction, step, model
                """,
                ids
            )
        )
        {
            var links = direction == RunInputs.Input ? found.Of(run).InputModels : found.Of(run).OutputModels;
            links.Add(new ModelLink(model, step));
        }
    }

    /// <summary>The runs by their ids; rows come run by run, so that most are of the one before.</summary>
    private sealed class FoundRuns(IReadOnlyList<Run> runs)
    {
        private readonly Dictionary<string, Run> _byId = runs.ToDictionary(run => run.Info.Id, StringComparer.Ordinal);
        private Run _last = runs[0];

        public Run Of(string id) => _last.Info.Id == id ? _last : _last = _byId[id];
    }

    private sealed record InputRow
    {
        public string Run { get; init; } = "";
        public string Tags { get; init; } = "";
        public string Name { get; init; } = "";
        public string Digest { get; init; } = "";
        public string SourceType { get; init; } = "";
        public string Source { get; init; } = "";
        public string? Schema { get; init; }
        public string? Profile { get; init; }

        public RunDataset ToDataset() =>
            new()
            {
                Name = Name,
                Digest = Digest,
                SourceType = SourceType,
                Source = Source,
                Schema = Schema,
                Profile = Profile,
            };
    }
}
