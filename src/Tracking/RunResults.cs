using Rondo.Kernel.Db;

namespace Rondo.Tracking;

/// <summary>A figure that was measured, the latest of its name; <paramref name="Dataset"/> is the one that it was measured on, where that was said.</summary>
public sealed record MetricResult(string Name, double Value, string? Dataset);

/// <summary>What was measured in runs of tracking, for whoever decides on what came of them.</summary>
public static class RunResults
{
    /// <summary>The latest values of a run's metrics in the order of their names, and at most so many; none where there is no such run.</summary>
    public static ValueTask<IReadOnlyList<MetricResult>> OfRunAsync(Session session, string run, int limit) =>
        ReadAsync(
            session,
            """
            select m.key, m.value, m.is_nan, '' as dataset from tracking_metric_latest m
            where m.run_number = (select r.number from tracking_run r where r.id = @id) order by m.key limit @limit
            """,
            run,
            limit
        );

    /// <summary>The latest values of a logged model's metrics, one for each dataset, in the order of their names, and at most so many.</summary>
    public static ValueTask<IReadOnlyList<MetricResult>> OfModelAsync(Session session, string model, int limit) =>
        ReadAsync(
            session,
            """
            select m.key, m.value, m.is_nan, m.dataset_name as dataset from tracking_logged_model_metric m
            where m.model = @id order by m.key, m.dataset_name, m.dataset_digest limit @limit
            """,
            model,
            limit
        );

    private static async ValueTask<IReadOnlyList<MetricResult>> ReadAsync(
        Session session,
        string sql,
        string id,
        int limit
    ) => [.. (await session.QueryAsync<ResultRow>(sql, new { id, limit })).Select(row => row.ToResult())];

    private sealed record ResultRow
    {
        public string Key { get; init; } = "";
        public double Value { get; init; }
        public long IsNan { get; init; }
        public string Dataset { get; init; } = "";

        public MetricResult ToResult() =>
            new(Key, IsNan == 1 ? double.NaN : Value, Dataset.Length == 0 ? null : Dataset);
    }
}
