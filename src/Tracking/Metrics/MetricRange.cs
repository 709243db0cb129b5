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
