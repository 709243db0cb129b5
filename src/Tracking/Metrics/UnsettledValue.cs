using System.Text;
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

        string[] keys =
        [
            .. metrics.SelectMany(field => new[] { field.Key, field.Name }).Distinct(StringComparer.Ordinal),
        ];
        var runs = await RunsAsync(session, experiments, keys);
        if (runs.Count == 0)
        {
            return [];
        }

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
                else if (run.Find(field.Key) is { } range)
                {
                    var value =
                        field.Statistic == MetricStatistic.Mean
                            ? await CurveReader.MeanAsync(session, run.Number, field.Key)
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

    // The runs that have logged one of the metrics of late, and what they and their rows say of these together.
    private static async ValueTask<IReadOnlyList<LoggingRun>> RunsAsync(
        Session session,
        IReadOnlyList<long> experiments,
        IReadOnlyList<string> keys
    )
    {
        byte[][] utf8 = [.. keys.Select(Encoding.UTF8.GetBytes)];
        var arguments = new { experiments = JsonSerializer.Serialize(experiments) };
        var among = session.Dialect.IsAmongNumbers("experiment", "@experiments");
        var unsettled = await LatestMetrics.UnsettledAsync(session, (among, arguments), IsAsked);
        var numbers = unsettled.Where(run => run.Value.Count > 0).Select(run => run.Key).ToList();
        if (numbers.Count == 0)
        {
            return [];
        }

        var rows = (await LatestMetrics.RowsAsync(session, numbers, keys)).ToLookup(
            row => row.Key.Run,
            row => row.Value
        );
        var places = new Dictionary<long, long>();
        await session.ReadRowsAsync(
            $"select run_number, experiment from tracking_unsettled where {among}",
            arguments,
            row => places.Add(row.Long(0), row.Long(1))
        );
        return
        [
            .. numbers
                .Order()
                .Select(run => new LoggingRun(
                    run,
                    places[run],
                    MetricRange.Merge(
                        unsettled[run],
                        [.. rows[run].OrderBy(range => range.Latest.Key, KeyOrder.For(keys))]
                    )
                )),
        ];

        bool IsAsked(ReadOnlySpan<byte> key)
        {
            foreach (var one in utf8)
            {
                if (key.SequenceEqual(one))
                {
                    return true;
                }
            }

            return false;
        }
    }

    private sealed record LoggingRun(long Number, long Experiment, IReadOnlyList<MetricRange> Latest)
    {
        public MetricRange? Find(string key) => Latest.FirstOrDefault(range => range.Latest.Key == key);
    }
}
