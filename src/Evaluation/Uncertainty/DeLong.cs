using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>
/// Two AUCs on the same rows, with their variances and covariance (DeLong, DeLong and Clarke-Pearson, 1988; by midranks, Sun and Xu, 2014).
/// </summary>
/// <param name="FirstAuc">The AUC of the first score.</param>
/// <param name="SecondAuc">That of the second.</param>
/// <param name="FirstVariance">The variance of the first.</param>
/// <param name="SecondVariance">That of the second.</param>
/// <param name="Covariance">Of both: positive, because the rows are the same.</param>
/// <param name="Z">The difference, first − second, by its error; null where it has none (the same order of rows).</param>
/// <param name="P">Its two-sided probability without a difference.</param>
public sealed record DeLong(
    double FirstAuc,
    double SecondAuc,
    double FirstVariance,
    double SecondVariance,
    double Covariance,
    double? Z,
    double? P
)
{
    /// <summary>The comparison; null where there are fewer than two positive or two negative rows, which leaves no variance.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or a score that is not finite.</exception>
    public static DeLong? Of(IReadOnlyList<bool> truth, IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        Pairs.CheckLengths(truth.Count, first.Count, nameof(first));
        Pairs.CheckLengths(truth.Count, second.Count, nameof(second));
        Pairs.CheckFinite(first, nameof(first));
        Pairs.CheckFinite(second, nameof(second));
        var positives = truth.Count(t => t);
        if (positives < 2 || truth.Count - positives < 2)
        {
            return null;
        }

        var (a, b) = (Placements.Of(truth, first), Placements.Of(truth, second));
        var (va, vb, cov) = (Covary(a, a), Covary(b, b), Covary(a, b));
        var difference = a.Auc - b.Auc;
        var variance = va + vb - (2 * cov);
        double? z = variance > 1e-15 ? difference / Math.Sqrt(variance) : null;
        return new DeLong(a.Auc, b.Auc, va, vb, cov, z, z is { } value ? NormalLaw.TwoSided(value) : null);
    }

    /// <summary>
    /// The normal interval of the first AUC. It may pass 1 (as here, unless cut): pROC cuts it to 0 to 1.
    /// </summary>
    /// <exception cref="RondoException">A confidence that is not between 0 and 1.</exception>
    public (double Low, double High) FirstInterval(double confidence = 0.95, bool cut = false)
    {
        Samples.CheckInnerShare(confidence, nameof(confidence));
        var half = -NormalLaw.QuantileOf((1 - confidence) / 2) * Math.Sqrt(FirstVariance);
        return cut ? (Math.Max(0, FirstAuc - half), Math.Min(1, FirstAuc + half)) : (FirstAuc - half, FirstAuc + half);
    }

    private static double Covary(Placements a, Placements b) =>
        (SampleCovariance(a.Positive, b.Positive) / a.Positive.Length)
        + (SampleCovariance(a.Negative, b.Negative) / a.Negative.Length);

    private static double SampleCovariance(double[] a, double[] b)
    {
        var (x, y) = (a.Average(), b.Average());
        return a.Select((value, i) => (value - x) * (b[i] - y)).Sum() / (a.Length - 1);
    }

    /// <summary>For each row, the share of the rows of the other class that it is rightly ordered with.</summary>
    private sealed record Placements(double Auc, double[] Positive, double[] Negative)
    {
        public static Placements Of(IReadOnlyList<bool> truth, IReadOnlyList<double> score)
        {
            var all = Ranks.Of(score).Values;
            var positive = Enumerable.Range(0, truth.Count).Where(i => truth[i]).ToArray();
            var negative = Enumerable.Range(0, truth.Count).Where(i => !truth[i]).ToArray();
            var amongPositive = Ranks.Of(positive.Select(i => score[i]).ToArray()).Values;
            var amongNegative = Ranks.Of(negative.Select(i => score[i]).ToArray()).Values;
            var above = positive.Select((row, i) => (all[row] - amongPositive[i]) / negative.Length).ToArray();
            var below = negative.Select((row, i) => 1 - ((all[row] - amongNegative[i]) / positive.Length)).ToArray();
            return new Placements(above.Average(), above, below);
        }
    }
}
