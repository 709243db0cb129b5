using Rondo.Kernel.Db;
using Rondo.Tracking.Metrics;

namespace Rondo.Tracking;

/// <summary>A figure that was measured, the latest of its name; <paramref name="Dataset"/> is the one that it was measured on, where that was said.</summary>
public sealed record MetricResult(string Name, double Value, string? Dataset);

/// <summary>What was measured in runs of tracking, for whoever decides on what came of them.</summary>
public static class RunResults
{
    /// <summary>The latest values of a run's metrics in the order of their names, and at most so many; none where there is no such run.</summary>
    public static async ValueTask<IReadOnlyList<MetricResult>> OfRunAsync(Session session, string run, int limit)
    {
        var number = await session.ScalarAsync<long?>("select number from tracking_run where id = @run", new { run });
        return number is null
            ? []
            :
            [
                .. (await LatestMetrics.ReadAsync(session, number.Value))
                    .Take(limit)
                    .Select(range => range.Latest.ToPoint())
                    .Select(point => new MetricResult(point.Key, point.Value, null)),
            ];
    }

    /// <summary>The latest values of a logged model's metrics, one for each dataset, in the order of their names, and at most so many.</summary>
    public static async ValueTask<IReadOnlyList<MetricResult>> OfModelAsync(Session session, string model, int limit) =>
        [
            .. (
                await session.QueryAsync<ResultRow>(
                    """
                    select m.key, m.value, m.is_nan, m.dataset_name as dataset from tracking_logged_model_metric m
                    where m.model = @model order by m.key, m.dataset_name, m.dataset_digest limit @limit
                    """,
                    new { model, limit }
                )
            ).Select(row => row.ToResult()),
        ];

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
