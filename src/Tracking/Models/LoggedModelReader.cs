using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Models;

/// <summary>Reads what belongs to logged models: three statements for up to five hundred of them.</summary>
internal static class LoggedModelReader
{
    private const int ModelsPerStatementMax = 500;

    /// <summary>The models in the order given.</summary>
    public static async ValueTask<IReadOnlyList<LoggedModel>> ReadAsync(
        Session session,
        IReadOnlyList<LoggedModelInfo> infos
    )
    {
        var models = infos.Select(info => new LoggedModel(info)).ToList();
        foreach (var chunk in models.Chunk(ModelsPerStatementMax))
        {
            var byId = chunk.ToDictionary(model => model.Info.Id, StringComparer.Ordinal);
            var ids = new { ids = byId.Keys };
            foreach (
                var row in await session.QueryAsync<PointRow>(
                    """
                    select model, key, dataset_name, dataset_digest, run, logged_at, step, value, is_nan
                    from tracking_logged_model_metric
                    where model in @ids order by model, key, dataset_name, dataset_digest
                    """,
                    ids
                )
            )
            {
                byId[row.Model].Metrics.Add(row.ToPoint());
            }

            foreach (
                var (model, key, value) in await session.QueryAsync<(string, string, string)>(
                    "select model, key, value from tracking_logged_model_param where model in @ids order by model, key",
                    ids
                )
            )
            {
                byId[model].Params.Add(new KeyValue(key, value));
            }

            foreach (
                var (model, key, value) in await session.QueryAsync<(string, string, string)>(
                    "select model, key, value from tracking_logged_model_tag where model in @ids order by model, key",
                    ids
                )
            )
            {
                byId[model].Tags.Add(new KeyValue(key, value));
            }
        }

        return models;
    }

    private sealed record PointRow
    {
        public string Model { get; init; } = "";
        public string Key { get; init; } = "";
        public string DatasetName { get; init; } = "";
        public string DatasetDigest { get; init; } = "";
        public string Run { get; init; } = "";
        public long LoggedAt { get; init; }
        public long Step { get; init; }
        public double Value { get; init; }
        public long IsNan { get; init; }

        public LoggedModelPoint ToPoint() =>
            new(
                Run,
                new MetricPoint(Key, IsNan == 1 ? double.NaN : Value, LoggedAt, Step),
                DatasetName.Length == 0 ? null : DatasetName,
                DatasetDigest.Length == 0 ? null : DatasetDigest
            );
    }
}
