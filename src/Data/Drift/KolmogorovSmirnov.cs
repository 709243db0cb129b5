namespace Rondo.Data;

/// <summary>
/// The two-sample Kolmogorov–Smirnov statistic: the greatest distance of two empirical distribution functions. With many rows
/// every probability vanishes; the statistic itself is the effect size to look at.
/// </summary>
public static class KolmogorovSmirnov
{
    /// <summary>The statistic; the distribution functions are compared at distinct values only, after all ties. Both samples ascend.</summary>
    public static double Statistic(ReadOnlySpan<double> reference, ReadOnlySpan<double> current)
    {
        var greatest = 0.0;
        var (i, j) = (0, 0);
        while (i < reference.Length && j < current.Length)
        {
            var value = Math.Min(reference[i], current[j]);
            while (i < reference.Length && reference[i] <= value)
            {
                i++;
            }

            while (j < current.Length && current[j] <= value)
            {
                j++;
            }

            var distance = Math.Abs(((double)i / reference.Length) - ((double)j / current.Length));
            greatest = Math.Max(greatest, distance);
        }

        return greatest;
    }

    /// <summary>
    /// The asymptotic probability of such a distance without drift: Kolmogorov's law with Stephens' correction for small samples,
    /// at (√e + 0.12 + 0.11/√e)·D with e = nm/(n + m). Ties make the true probability smaller than this one, never larger.
    /// </summary>
    public static double P(double statistic, long referenceCount, long currentCount)
    {
        var root = Math.Sqrt((double)referenceCount * currentCount / (referenceCount + currentCount));
        return Law((root + 0.12 + (0.11 / root)) * statistic);
    }

    /// <summary>Kolmogorov's limiting law: the probability of a value above <paramref name="x"/>.</summary>
    internal static double Law(double x)
    {
        if (x < 1e-3)
        {
            return 1;
        }

        var sum = 0.0;
        if (x < 1)
        {
            // The other form of the same theta function converges where x is small.
            for (var k = 1; k <= 20; k++)
            {
                sum += Math.Exp(-((2 * k) - 1.0) * ((2 * k) - 1.0) * Math.PI * Math.PI / (8 * x * x));
            }

            return Math.Clamp(1 - (Math.Sqrt(2 * Math.PI) / x * sum), 0, 1);
        }

        for (var k = 1; k <= 20; k++)
        {
            sum += (k % 2 == 1 ? 2 : -2) * Math.Exp(-2.0 * k * k * x * x);
        }

        return Math.Clamp(sum, 0, 1);
    }
}
