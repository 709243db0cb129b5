namespace Rondo.Data;

/// <summary>
/// The Anderson–Darling test of several samples (Scholz and Stephens, 1987), in its midrank form: like Cramér–von Mises, with more weight
/// on the tails.
/// </summary>
public static class AndersonDarling
{
    /// <summary>The statistic of two samples above which 5 % of the cases without drift lie.</summary>
    public const double TwoSamplesAt5Percent = 1.961;

    /// <summary>The statistic of two samples above which 1 % of the cases without drift lie.</summary>
    public const double TwoSamplesAt1Percent = 3.752;

    /// <summary>
    /// The standardised statistic of samples: about 0 without drift, more with it; null where there are fewer than four values, or all
    /// are equal. The order of rows and of samples does not matter.
    /// </summary>
    /// <exception cref="RondoException">There are fewer than two samples, or one is empty or has a value that is not finite.</exception>
    public static double? Statistic(params IReadOnlyList<IReadOnlyList<double>> samples)
    {
        if (samples.Count < 2)
        {
            throw Samples.Refuse($"There are {samples.Count} samples.", "Give two or more.");
        }

        var sorted = samples.Select(
            (sample, i) => Samples.Sorted(sample, FormattableString.Invariant($"Sample {i + 1}"))
        );
        var parts = sorted.ToArray();
        var pooled = parts.SelectMany(part => part).Order().ToArray();
        if (pooled.Length < 4 || pooled[0] == pooled[^1])
        {
            return null;
        }

        double n = pooled.Length;
        var k = parts.Length;
        var sum = parts.Sum(part => Part(part, pooled));
        return ((sum * (n - 1) / n) - (k - 1)) / Math.Sqrt(Variance(parts, n));
    }

    private static double Part(double[] sample, double[] pooled)
    {
        double n = pooled.Length;
        var sum = 0.0;
        var seen = 0;
        for (var from = 0; from < pooled.Length; )
        {
            var to = from;
            while (to < pooled.Length && pooled[to] == pooled[from])
            {
                to++;
            }

            var before = seen;
            while (seen < sample.Length && sample[seen] == pooled[from])
            {
                seen++;
            }

            double ties = to - from;
            var middle = from + (ties / 2);
            var here = (before + seen) / 2.0;
            var distance = (n * here) - (middle * sample.Length);
            sum += ties / n * distance * distance / ((middle * (n - middle)) - (n * ties / 4));
            from = to;
        }

        return sum / sample.Length;
    }

    private static double Variance(double[][] samples, double n)
    {
        double k = samples.Length;
        var inverse = samples.Sum(sample => 1.0 / sample.Length);
        var (h, g) = (0.0, 0.0);
        // h = Σ 1/i below n, and g = Σ Σ 1/((n − i) j) over i < j < n.
        for (var i = (int)n - 1; i >= 2; i--)
        {
            h += 1.0 / i;
            g += h / (n - i + 1);
        }

        h += 1;
        var a = (((4 * g) - 6) * (k - 1)) + ((10 - (6 * g)) * inverse);
        var b = (((2 * g) - 4) * k * k) + (8 * h * k) + (((2 * g) - (14 * h) - 4) * inverse) - (8 * h) + (4 * g) - 6;
        var c = (((6 * h) + (2 * g) - 2) * k * k) + (((4 * h) - (4 * g) + 6) * k) + (((2 * h) - 6) * inverse) + (4 * h);
        var d = (((2 * h) + 6) * k * k) - (4 * h * k);
        return ((a * n * n * n) + (b * n * n) + (c * n) + d) / ((n - 1) * (n - 2) * (n - 3));
    }
}
