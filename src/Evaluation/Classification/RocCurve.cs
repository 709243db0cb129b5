namespace Rondo.Evaluation;

/// <summary>A point of a ROC curve: what happens where rows with a score of at least the threshold are predicted positive.</summary>
public sealed record RocPoint(double Threshold, double FalsePositiveRate, double TruePositiveRate);

/// <summary>
/// The receiver operating characteristic: true against false positive rate over all thresholds. A positive and a negative row with the same
/// score count one half, so that the order of rows does not matter. Without rows of both classes there is no curve.
/// </summary>
/// <param name="Points">From (0, 0) at threshold ∞ down to (1, 1), one for each distinct score; empty where there is no curve.</param>
/// <param name="Auc">The area under the curve: the probability that a positive row is scored above a negative one.</param>
public sealed record RocCurve(IReadOnlyList<RocPoint> Points, Metric Auc)
{
    /// <summary>Gini = 2·AUC − 1.</summary>
    public Metric Gini => Auc.Then(auc => (2 * auc) - 1);

    /// <summary>
    /// The greatest difference of the two rates: the Kolmogorov–Smirnov distance of the scores of both classes, and the greatest
    /// Youden's J.
    /// </summary>
    public Metric Separation => Auc.Then(_ => Points.Max(p => p.TruePositiveRate - p.FalsePositiveRate));

    /// <summary>The curve of scores, the higher the more positive.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, a score that is not finite, or weights that are negative or all 0.</exception>
    public static RocCurve Of(
        IReadOnlyList<bool> truth,
        IReadOnlyList<double> score,
        IReadOnlyList<double>? weights = null
    )
    {
        var steps = ScoreSteps.Of(truth, score, weights);
        var (positives, negatives) = (steps[^1].Positives, steps[^1].Negatives);
        if (positives == 0 || negatives == 0)
        {
            return new RocCurve([], Metric.NotComputable(OneClass(positives)));
        }

        var points = new List<RocPoint> { new(double.PositiveInfinity, 0, 0) };
        points.AddRange(steps.Select(s => new RocPoint(s.Threshold, s.Negatives / negatives, s.Positives / positives)));
        var area = 0.0;
        for (var i = 1; i < points.Count; i++)
        {
            var width = points[i].FalsePositiveRate - points[i - 1].FalsePositiveRate;
            area += width * (points[i].TruePositiveRate + points[i - 1].TruePositiveRate) / 2;
        }

        return new RocCurve(points, area);
    }

    /// <summary>
    /// Fewer points for a plot: those left out where neither rate changes its step are on a straight line with their neighbours (the
    /// rule of scikit-learn's <c>drop_intermediate</c>).
    /// </summary>
    public IReadOnlyList<RocPoint> WithoutIntermediate()
    {
        // The origin is added last by that rule, so the first step is always kept.
        var kept = new List<RocPoint>();
        for (var i = 0; i < Points.Count; i++)
        {
            var isInner = i > 1 && i < Points.Count - 1;
            if (!isInner || Bends(p => p.FalsePositiveRate, i) || Bends(p => p.TruePositiveRate, i))
            {
                kept.Add(Points[i]);
            }
        }

        return kept;
    }

    internal static string OneClass(double positives) =>
        positives == 0 ? "there are no positive rows" : "there are no negative rows";

    private bool Bends(Func<RocPoint, double> rate, int i) =>
        Math.Abs(rate(Points[i + 1]) - (2 * rate(Points[i])) + rate(Points[i - 1])) > 1e-12;
}

/// <summary>The weight of positive and negative rows with a score of at least the threshold.</summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
internal readonly record struct ScoreStep(double Threshold, double Positives, double Negatives);

internal static class ScoreSteps
{
    /// <summary>A step for each distinct score, descending.</summary>
    public static List<ScoreStep> Of(
        IReadOnlyList<bool> truth,
        IReadOnlyList<double> score,
        IReadOnlyList<double>? weights
    )
    {
        Pairs.CheckLengths(truth.Count, score.Count, nameof(score));
        Pairs.CheckFinite(score, nameof(score));
        var w = Pairs.Weights(weights, truth.Count);
        var keys = score.Select(s => -s).ToArray();
        var order = Enumerable.Range(0, keys.Length).ToArray();
        Array.Sort(keys, order);
        var steps = new List<ScoreStep>();
        var (positives, negatives) = (0.0, 0.0);
        for (var i = 0; i < order.Length; i++)
        {
            var row = order[i];
            positives += truth[row] ? w[row] : 0;
            negatives += truth[row] ? 0 : w[row];
            if (i + 1 == order.Length || keys[i + 1] != keys[i])
            {
                steps.Add(new ScoreStep(score[row], positives, negatives));
            }
        }

        return steps;
    }
}
