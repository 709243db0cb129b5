namespace Rondo.Data;

/// <summary>
/// The two-sample Kolmogorov–Smirnov statistic: the greatest distance of two empirical distribution functions. With many rows
/// every probability vanishes (a shift of 2 % of a deviation becomes "significant" between 10,000 and 100,000 rows); the statistic itself is
/// the effect size to look at.
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
        return KolmogorovLaw.Limit((root + 0.12 + (0.11 / root)) * statistic);
    }

    /// <summary>
    /// The probability of at least such a distance without drift, by the rule asked for. Both samples ascend. Null where the rule has no
    /// answer (see <see cref="KolmogorovSmirnovRule.FiniteSample"/>).
    /// </summary>
    /// <exception cref="RondoException">A sample is empty, or the samples are too large for an exact rule.</exception>
    public static double? P(ReadOnlySpan<double> reference, ReadOnlySpan<double> current, KolmogorovSmirnovRule rule)
    {
        Samples.CheckPositive(reference.Length, "The number of reference values");
        Samples.CheckPositive(current.Length, "The number of current values");
        if (rule is KolmogorovSmirnovRule.Exact or KolmogorovSmirnovRule.ExactTies)
        {
            return KolmogorovSmirnovPaths.P(reference, current, rule == KolmogorovSmirnovRule.ExactTies);
        }

        var statistic = Statistic(reference, current);
        var effective = (double)reference.Length * current.Length / ((double)reference.Length + current.Length);
        if (rule == KolmogorovSmirnovRule.FiniteSample)
        {
            var n = (long)Math.Round(effective, MidpointRounding.ToEven);
            return n == 0 ? null : KolmogorovLaw.OneSample(statistic, n);
        }

        return rule == KolmogorovSmirnovRule.Limit
            ? KolmogorovLaw.Limit(Math.Sqrt(effective) * statistic)
            : P(statistic, reference.Length, current.Length);
    }
}

/// <summary>Which probability belongs to a two-sample Kolmogorov–Smirnov statistic: software does not agree.</summary>
public enum KolmogorovSmirnovRule
{
    /// <summary>
    /// The limiting law with Stephens' correction (1970), see <see cref="KolmogorovSmirnov.P(double, long, long)"/>: good from a handful
    /// of rows, and cheap for any number.
    /// </summary>
    Stephens,

    /// <summary>
    /// Exact over all orders of the pooled rows, as if no two values were equal: <c>scipy.stats.ks_2samp(method="exact")</c>. Too large
    /// where there are ties.
    /// </summary>
    Exact,

    /// <summary>Exact given the ties there are (Schröer and Trenkler, 1995): R's <c>ks.test(exact = TRUE)</c> from version 4.2.</summary>
    ExactTies,

    /// <summary>
    /// The exact law of one sample of round(nm / (n + m)) rows: <c>scipy.stats.ks_2samp(method="asymp")</c>. No answer where that is 0 rows.
    /// </summary>
    FiniteSample,

    /// <summary>
    /// Kolmogorov's limiting law at √(nm / (n + m))·D. R's asymptotic probability is its first terms only (its tolerance is 1e-6).
    /// </summary>
    Limit,
}
