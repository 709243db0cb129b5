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
            var byId = chunk.ToDictionary(run => run.Info.Id, StringComparer.Ordinal);
            var ids = new { ids = byId.Keys };
            foreach (
                var row in await session.QueryAsync<RunMetricRow>(
                    """
                    select run, key, logged_at, step, value, is_nan from tracking_metric_latest
                    where run in @ids order by run, key
                    """,
                    ids
                )
            )
            {
                byId[row.Run].Metrics.Add(row.ToPoint());
            }

            foreach (
                var (run, key, value) in await session.QueryAsync<(string, string, string)>(
                    "select run, key, value from tracking_param where run in @ids order by run, key",
                    ids
                )
            )
            {
                byId[run].Params.Add(new KeyValue(key, value));
            }

            foreach (
                var (run, key, value) in await session.QueryAsync<(string, string, string)>(
                    "select run, key, value from tracking_tag where run in @ids order by run, key",
                    ids
                )
            )
            {
                byId[run].Tags.Add(new KeyValue(key, value));
            }

            await ReadInputsAsync(session, byId);
        }

        return runs;
    }

    private static async ValueTask ReadInputsAsync(Session session, Dictionary<string, Run> byId)
    {
        var ids = new { ids = byId.Keys };
        foreach (
            var row in await session.QueryAsync<InputRow>(
                """
                select i.run, i.tags, d.name, d.digest, d.source_type, d.source, d.schema, d.profile
                from tracking_input i join tracking_dataset d on d.id = i.dataset
                where i.run in @ids order by i.run, i.place
                """,
                ids
            )
        )
        {
            var tags = JsonSerializer.Deserialize<IReadOnlyList<KeyValue>>(row.Tags)!;
            byId[row.Run].Datasets.Add(new DatasetInput(row.ToDataset(), tags));
        }

        foreach (
            var (run, direction, model, step) in await session.QueryAsync<(string, string, string, long)>(
                """
                select run, direction, model, step from tracking_run_model
                where run in @ids order by run, direction, step, model
                """,
                ids
            )
        )
        {
            (direction == RunInputs.Input ? byId[run].InputModels : byId[run].OutputModels).Add(
                new ModelLink(model, step)
            );
        }
    }

    private sealed record RunMetricRow
    {
        public string Run { get; init; } = "";
        public string Key { get; init; } = "";
        public long LoggedAt { get; init; }
        public long Step { get; init; }
        public double Value { get; init; }
        public long IsNan { get; init; }

        public MetricPoint ToPoint() => new(Key, IsNan == 1 ? double.NaN : Value, LoggedAt, Step);
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
