namespace Rondo.Data;

/// <summary>
/// The exact two-sample law: without drift every order of the pooled rows is as likely as any other, so that the two distribution
/// functions walk a random path through the lattice of (rows of the one seen, rows of the other seen). What is summed up is the
/// probability of each first step outside, so that small probabilities keep their digits.
/// </summary>
internal static class KolmogorovSmirnovPaths
{
    private const long StepsMax = 200_000_000;

    public static double P(ReadOnlySpan<double> reference, ReadOnlySpan<double> current, bool ties)
    {
        var (n, m) = (reference.Length, current.Length);
        if ((long)n * m > StepsMax)
        {
            throw Samples.Refuse(
                $"An exact probability for {n} and {m} rows takes too long.",
                "Use KolmogorovSmirnovRule.Stephens or Limit."
            );
        }

        var ends = new bool[n + m + 1];
        var distance = Walk(reference, current, ends);
        return distance == 0 ? 1 : Outside(n, m, distance, ties ? ends : null);
    }

    /// <summary>The greatest |i·m − j·n| after all ties, and where a group of ties ends.</summary>
    private static long Walk(ReadOnlySpan<double> reference, ReadOnlySpan<double> current, bool[] ends)
    {
        var greatest = 0L;
        var (i, j) = (0, 0);
        while (i < reference.Length || j < current.Length)
        {
            var value =
                i == reference.Length ? current[j]
                : j == current.Length ? reference[i]
                : Math.Min(reference[i], current[j]);
            while (i < reference.Length && reference[i] <= value)
            {
                i++;
            }

            while (j < current.Length && current[j] <= value)
            {
                j++;
            }

            ends[i + j] = true;
            greatest = Math.Max(greatest, Math.Abs(((long)i * current.Length) - ((long)j * reference.Length)));
        }

        return greatest;
    }

    private static double Outside(int n, int m, long distance, bool[]? ends)
    {
        var inside = new double[m + 1];
        var outside = 0.0;
        for (var i = 0; i <= n; i++)
        {
            for (var j = 0; j <= m; j++)
            {
                double left = n - i + m - j + 1;
                var p = i + j == 0 ? 1 : 0.0;
                p += i > 0 ? inside[j] * (n - i + 1) / left : 0;
                p += j > 0 ? inside[j - 1] * (m - j + 1) / left : 0;
                var isOut = Math.Abs(((long)i * m) - ((long)j * n)) >= distance && (ends is null || ends[i + j]);
                outside += isOut ? p : 0;
                inside[j] = isOut ? 0 : p;
            }
        }

        return Math.Min(1, outside);
    }
}
