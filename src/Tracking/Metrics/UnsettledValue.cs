using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// What a field of a search means for a run that logs at present: it is handed to the statement, for it stands in no rows, or the rows are not up to
/// date. NaN where all points are that.
/// </summary>
internal sealed record UnsettledValue(FilterField Field, long Run, double Value)
{
    /// <summary>Those of runs in these experiments.</summary>
    public static async ValueTask<IReadOnlyList<UnsettledValue>> ReadAsync(
        Session session,
        IReadOnlyList<long> experiments,
        IEnumerable<FilterField> fields
    )
    {
        FilterField[] metrics = [.. fields.Where(field => field.Entity == FilterEntity.Metric).Distinct()];
        if (metrics.Length == 0)
        {
            return [];
        }

        var runs = await RunsAsync(session, experiments, metrics);
        if (runs.Count == 0)
        {
            return [];
        }

        var named = await NamedAsync(session, runs, metrics);
        var values = new List<UnsettledValue>();
        foreach (var field in metrics)
        {
            var maximized = await MetricGoal.MaximizedAsync(session, experiments, field);
            foreach (var run in runs)
            {
                // A metric that is called "loss.min" itself is meant before the least of "loss".
                if (run.Find(field.Name) is { } itself)
                {
                    values.Add(new(field, run.Number, itself.Latest.ToPoint().Value));
                }
                else if (!named.Contains((run.Number, field.Name)) && run.Find(field.Key) is { } range)
                {
                    var value =
                        field.Statistic == MetricStatistic.Mean
                            ? await MeanAsync(session, run.Number, field.Key)
                            : Of(range, field.Statistic, maximized.Contains(run.Experiment));
                    values.Add(new(field, run.Number, value ?? double.NaN));
                }
            }
        }

        return values;
    }

    private static double? Of(MetricRange range, MetricStatistic? statistic, bool maximized) =>
        statistic switch
        {
            MetricStatistic.Min => range.Min,
            MetricStatistic.Max => range.Max,
            MetricStatistic.Best => maximized ? range.Max : range.Min,
            _ => range.Latest.ToPoint().Value,
        };

    private static async ValueTask<IReadOnlyList<LoggingRun>> RunsAsync(
        Session session,
        IReadOnlyList<long> experiments,
        IReadOnlyList<FilterField> metrics
    )
    {
        string[] keys =
        [
            .. metrics.SelectMany(field => new[] { field.Key, field.Name }).Distinct(StringComparer.Ordinal),
        ];
        var runs = new List<LoggingRun>();
        await session.ReadRowsAsync(
            $"""
            select run_number, experiment, latest from tracking_unsettled
            where {session.Dialect.IsAmongNumbers("experiment", "@experiments")} order by run_number
            """,
            new { experiments = JsonSerializer.Serialize(experiments) },
            row =>
            {
                var latest = LatestPack.Find(row.Bytes(2), keys);
                if (latest.Count > 0)
                {
                    runs.Add(new LoggingRun(row.Long(0), row.Long(1), latest));
                }
            }
        );
        return runs;
    }

    // Which of the runs have a metric that is called as a field is, and have not logged it of late.
    private static async ValueTask<HashSet<(long Run, string Key)>> NamedAsync(
        Session session,
        IReadOnlyList<LoggingRun> runs,
        IReadOnlyList<FilterField> metrics
    )
    {
        var names = metrics.Where(field => field.Statistic is not null).Select(field => field.Name).ToList();
        return names.Count == 0
            ? []
            :
            [
                .. await session.QueryAsync<(long, string)>(
                    $"""
                    select run_number, key from tracking_metric_latest
                    where {session.Dialect.IsAmongNumbers("run_number", "@runs")}
                        and {session.Dialect.IsAmong("key", "@names")} and settled = 1
                    """,
                    new
                    {
                        runs = JsonSerializer.Serialize(runs.Select(run => run.Number)),
                        names = JsonSerializer.Serialize(names),
                    }
                ),
            ];
    }

    private static async ValueTask<double?> MeanAsync(Session session, long run, string key)
    {
        var (numbers, total) = (0L, 0.0);
        await CurveReader.EachAsync(
            session,
            run,
            key,
            points =>
            {
                var sum = CurveWriter.Sum(points);
                (numbers, total) = (numbers + sum.Numbers, total + sum.Total);
            }
        );
        return numbers == 0 ? null : total / numbers;
    }

    private sealed record LoggingRun(long Number, long Experiment, IReadOnlyList<MetricRange> Latest)
    {
        public MetricRange? Find(string key) => Latest.FirstOrDefault(range => range.Latest.Key == key);
    }
}
