using Rondo.Kernel.Db;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Metrics;

/// <summary>The latest of some points of one metric, with the least and the greatest; null where all are NaN.</summary>
internal sealed record MetricRange(MetricRow Latest, double? Min, double? Max)
{
    /// <summary>The ranges of points that <see cref="MetricRow.Sorted"/> has put in order.</summary>
    public static IEnumerable<MetricRange> Of(IReadOnlyList<MetricRow> points)
    {
        double? min = null;
        double? max = null;
        for (var i = 0; i < points.Count; i++)
        {
            var row = points[i];
            if (row.IsNan == 0)
            {
                min = min < row.Value ? min : row.Value;
                max = max > row.Value ? max : row.Value;
            }

            if (i == points.Count - 1 || points[i + 1].Key != row.Key)
            {
                yield return new MetricRange(row, min, max);
                (min, max) = (null, null);
            }
        }
    }

    /// <summary>The ranges of points of metrics, in the order of their keys.</summary>
    public static IReadOnlyList<MetricRange> Of(IReadOnlyDictionary<string, List<CurvePoint>> byKey) =>
        [
            .. byKey
                .Keys.Order(KeyOrder.For(byKey.Keys))
                .Where(key => byKey[key].Count > 0)
                .Select(key => Of(key, byKey[key])),
        ];

    /// <summary>Ranges of two lists that are each in the order of their keys, in that order and of each metric one.</summary>
    public static IReadOnlyList<MetricRange> Merge(IReadOnlyList<MetricRange> ones, IReadOnlyList<MetricRange> others)
    {
        var merged = new List<MetricRange>(ones.Count + others.Count);
        var (one, other) = (0, 0);
        while (one < ones.Count || other < others.Count)
        {
            var order =
                one == ones.Count ? 1
                : other == others.Count ? -1
                : KeyOrder.Compare(ones[one].Latest.Key, others[other].Latest.Key);
            merged.Add(
                order < 0 ? ones[one++]
                : order > 0 ? others[other++]
                : ones[one++].With(others[other++])
            );
        }

        return merged;
    }

    private static MetricRange Of(string key, List<CurvePoint> points)
    {
        var latest = points[0];
        double? min = null;
        double? max = null;
        foreach (var point in points)
        {
            latest = point.IsLaterThan(latest) ? point : latest;
            if (!point.IsNan)
            {
                min = min < point.Value ? min : point.Value;
                max = max > point.Value ? max : point.Value;
            }
        }

        return new MetricRange(MetricRow.Of(key, latest), min, max);
    }

    /// <summary>Its row: that of the latest point, the experiment, the least and the greatest.</summary>
    public void Write(RowArguments arguments, RunKey run)
    {
        Latest.Write(arguments, run.Number);
        arguments.Set(6, run.Experiment);
        arguments.Set(7, Min);
        arguments.Set(8, Max);
    }

    /// <summary>What this and others of the same metric are together.</summary>
    public MetricRange With(MetricRange other) =>
        new(
            other.Latest.Point.IsLaterThan(Latest.Point) ? other.Latest : Latest,
            Min is null || other.Min < Min ? other.Min : Min,
            Max is null || other.Max > Max ? other.Max : Max
        );
}
