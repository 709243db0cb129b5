using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>How two series go together, −1 to 1; not computable where one of them does not vary.</summary>
public static class Correlation
{
    private const string Constant = "one of the series does not vary";

    /// <summary>Pearson's correlation: how close to a line.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or a value that is not finite.</exception>
    public static Metric Pearson(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        Pairs.Check(a, b, nameof(b));
        var (x, y) = (Moments.Of(a).Mean, Moments.Of(b).Mean);
        var (xx, yy, xy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < a.Count; i++)
        {
            xx += (a[i] - x) * (a[i] - x);
            yy += (b[i] - y) * (b[i] - y);
            xy += (a[i] - x) * (b[i] - y);
        }

        return Varies(a) && Varies(b) && xx > 0 && yy > 0
            ? Math.Clamp(xy / Math.Sqrt(xx) / Math.Sqrt(yy), -1, 1)
            : Metric.NotComputable(Constant);
    }

    /// <summary>Spearman's correlation: Pearson's of the midranks.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or a value that is not finite.</exception>
    public static Metric Spearman(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        Pairs.Check(a, b, nameof(b));
        return Pearson(Ranks.Of(a).Values, Ranks.Of(b).Values);
    }

    /// <summary>
    /// Kendall's τ_b (1945), which corrects for ties: pairs in the same order less those in the opposite one, by sorting (Knight, 1966).
    /// </summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or a value that is not finite.</exception>
    public static Metric KendallTauB(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        Pairs.Check(a, b, nameof(b));
        var pairs = a.Zip(b).OrderBy(p => p.First).ThenBy(p => p.Second).ToArray();
        var all = PairsOf(pairs.Length);
        var tiedA = pairs.GroupBy(p => p.First).Sum(g => PairsOf(g.Count()));
        var tiedB = pairs.GroupBy(p => p.Second).Sum(g => PairsOf(g.Count()));
        var tiedBoth = pairs.GroupBy(p => p).Sum(g => PairsOf(g.Count()));
        var discordant = Inversions(Array.ConvertAll(pairs, p => p.Second));
        var difference = all - tiedA - tiedB + tiedBoth - (2 * discordant);
        return Metric.Ratio(difference, Math.Sqrt(all - tiedA) * Math.Sqrt(all - tiedB), Constant);

        static double PairsOf(int count) => count * (count - 1.0) / 2;
    }

    /// <summary>How many pairs stand in the wrong order; sorts the values.</summary>
    private static double Inversions(double[] values)
    {
        var buffer = new double[values.Length];
        var inversions = 0.0;
        for (var width = 1; width < values.Length; width *= 2)
        {
            for (var from = 0; from < values.Length; from += 2 * width)
            {
                var middle = Math.Min(from + width, values.Length);
                var to = Math.Min(middle + width, values.Length);
                var (left, right) = (from, middle);
                for (var i = from; i < to; i++)
                {
                    var takeRight = left == middle || (right < to && values[right] < values[left]);
                    inversions += takeRight ? middle - left : 0;
                    buffer[i] = takeRight ? values[right++] : values[left++];
                }
            }

            buffer.CopyTo(values, 0);
        }

        return inversions;
    }

    private static bool Varies(IReadOnlyList<double> values) => values.Any(v => v != values[0]);
}
