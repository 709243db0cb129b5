using System.Runtime.InteropServices;

namespace Rondo.Tracking.Metrics;

/// <summary>Lists of points of one metric.</summary>
internal static class CurvePoints
{
    /// <summary>The points of lists, in order and each once.</summary>
    public static List<CurvePoint> Merge(params IEnumerable<List<CurvePoint>> lists)
    {
        var all = new List<CurvePoint>();
        foreach (var list in lists)
        {
            all.AddRange(list);
        }

        if (!IsInOrder(all))
        {
            all.Sort();
        }

        var points = CollectionsMarshal.AsSpan(all);
        var kept = 0;
        for (var i = 0; i < points.Length; i++)
        {
            if (kept == 0 || points[kept - 1] != points[i])
            {
                points[kept++] = points[i];
            }
        }

        all.RemoveRange(kept, all.Count - kept);
        return all;
    }

    /// <summary>What sums are divided by: those of the greatest numbers there are would pass beyond them.</summary>
    public const double SumScale = 4294967296.0;

    /// <summary>The same as the databases are told it.</summary>
    public const string SumScaleSql = "4294967296.0";

    // Numbers nearer to zero than this count as zero in a sum and in a mean: divided, they could be nothing, which PostgreSQL refuses (22003),
    // and be it in a row that a search looks at in passing.
    private const double Least = 1e-290;
    private const string LeastSql = "1e-290";

    /// <summary>
    /// How many of the points are numbers, and their sum, divided by <see cref="SumScale"/>. What is lost of each addition is added at the end
    /// (Neumaier 1974): the mean of a long curve is as good as that of a short one.
    /// </summary>
    public static (long Numbers, double Total) Sum(List<CurvePoint> points)
    {
        var (numbers, sum, lost) = (0L, 0.0, 0.0);
        foreach (var point in points)
        {
            if (!point.IsNan)
            {
                numbers++;
                var value = Divide(point.Value, SumScale);
                var next = sum + value;
                lost += Math.Abs(sum) >= Math.Abs(value) ? sum - next + value : value - next + sum;
                sum = next;
            }
        }

        return (numbers, sum + lost);
    }

    /// <summary>The mean of so many numbers with this sum, as it is kept; null of none.</summary>
    public static double? Mean(long numbers, double total) =>
        numbers == 0 ? null : Math.Clamp(Divide(total, numbers) * SumScale, double.MinValue, double.MaxValue);

    private static double Divide(double value, double by) => Math.Abs(value) < Least ? 0 : value / by;

    /// <summary>A quotient for a sum or a mean, as it is computed here, by the databases.</summary>
    public static string DivideSql(string value, string by) =>
        $"case when abs({value}) < {LeastSql} then 0.0 else {value} / {by} end";

    private static bool IsInOrder(List<CurvePoint> points)
    {
        for (var i = 1; i < points.Count; i++)
        {
            if (points[i] < points[i - 1])
            {
                return false;
            }
        }

        return true;
    }
}
