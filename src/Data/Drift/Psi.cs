namespace Rondo.Data;

/// <summary>How a bin without rows enters the population stability index.</summary>
public enum ZeroFill
{
    /// <summary>Half a row is added to every bin of both samples: (count + ½) / (n + ½k). The default.</summary>
    HalfRow,

    /// <summary>A share of zero is put at 0.0001, and the others are left as they are. For comparison with other tools.</summary>
    Clip,
}

/// <summary>
/// The population stability index Σ (q − p) ln(q / p), with natural logarithms. It depends on the bins and on
/// <see cref="ZeroFill"/>, and it means nothing without the numbers of rows: compare it with <see cref="NullQuantile"/>.
/// </summary>
public static class Psi
{
    private const double ClipShare = 1e-4;

    /// <summary>The index from counts by bin. Bins that both samples lack are left out. Null if a sample is empty.</summary>
    public static double? OfCounts(
        IReadOnlyList<long> reference,
        IReadOnlyList<long> current,
        ZeroFill fill = ZeroFill.HalfRow
    )
    {
        var bins = Enumerable.Range(0, reference.Count).Where(i => reference[i] + current[i] > 0).ToList();
        var n = reference.Sum();
        var m = current.Sum();
        if (n == 0 || m == 0)
        {
            return null;
        }

        var sum = 0.0;
        foreach (var bin in bins)
        {
            var p = Share(reference[bin], n, bins.Count, fill);
            var q = Share(current[bin], m, bins.Count, fill);
            sum += (q - p) * Math.Log(q / p);
        }

        return Math.Max(0, sum);
    }

    /// <summary>
    /// The index from shares, those below <paramref name="fill"/> put at it and the others left as they are (the sum is not brought back
    /// to 1). With a fill of 0 a bin that one sample lacks makes it infinite. The fill decides: a category of 5 % that the reference lacks
    /// adds 0.31 with 1e-4, 0.54 with 1e-6, and 1.0 with 1e-10.
    /// </summary>
    /// <exception cref="RondoException">The shares do not have the same bins, are negative, or do not sum to 1; or the fill is not a share.</exception>
    public static double OfShares(IReadOnlyList<double> reference, IReadOnlyList<double> current, double fill)
    {
        Distance.CheckShares(reference, current);
        Samples.CheckShare(fill, nameof(fill));
        var sum = 0.0;
        for (var i = 0; i < reference.Count; i++)
        {
            if (reference[i] > 0 || current[i] > 0)
            {
                var (p, q) = (Math.Max(fill, reference[i]), Math.Max(fill, current[i]));
                sum += p == q ? 0 : (q - p) * Math.Log(q / p);
            }
        }

        return Math.Max(0, sum);
    }

    /// <summary>The mean of the index without any drift, asymptotically: (k − 1)(1/n + 1/m).</summary>
    public static double NullMean(long referenceCount, long currentCount, int bins) =>
        Math.Max(0, bins - 1) * ((1.0 / referenceCount) + (1.0 / currentCount));

    /// <summary>How often the index is above a value without any drift, asymptotically: what a fixed limit of 0.1 or 0.25 costs in false alarms.</summary>
    public static double NullTail(double value, long referenceCount, long currentCount, int bins) =>
        bins < 2
            ? (value < 0 ? 1 : 0)
            : ChiSquare.Survival(value / ((1.0 / referenceCount) + (1.0 / currentCount)), bins - 1);

    /// <summary>
    /// What the index stays below in a share of the cases without any drift: it is (1/n + 1/m) times a chi-square value with
    /// k − 1 degrees of freedom (asymptotically).
    /// </summary>
    public static double NullQuantile(long referenceCount, long currentCount, int bins, double share = 0.95) =>
        bins < 2 ? 0 : ChiSquare.QuantileOf(share, bins - 1) * ((1.0 / referenceCount) + (1.0 / currentCount));

    private static double Share(long count, long total, int bins, ZeroFill fill) =>
        fill == ZeroFill.HalfRow
            ? (count + 0.5) / (total + (0.5 * bins))
            : Math.Max(count == 0 ? ClipShare : 0, (double)count / total);
}
