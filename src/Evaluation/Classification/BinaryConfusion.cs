namespace Rondo.Evaluation;

/// <summary>
/// Rows (or their weights) by truth and prediction of one class against the rest, and the scores made of them. What would be divided by
/// 0 is not computable, where scikit-learn reports 0.
/// </summary>
public sealed record BinaryConfusion(
    double TrueNegatives,
    double FalsePositives,
    double FalseNegatives,
    double TruePositives
)
{
    /// <summary>All rows.</summary>
    public double Total => TrueNegatives + FalsePositives + FalseNegatives + TruePositives;

    /// <summary>The share that is right.</summary>
    public Metric Accuracy => Matrix.Accuracy;

    /// <summary>The mean of recall and specificity; of one of them where the other is not computable.</summary>
    public Metric BalancedAccuracy => Matrix.BalancedAccuracy;

    /// <summary>The share of the predicted positives that are.</summary>
    public Metric Precision =>
        Metric.Ratio(TruePositives, TruePositives + FalsePositives, "nothing is predicted positive");

    /// <summary>The share of the positives that are found: the true positive rate.</summary>
    public Metric Recall => Metric.Ratio(TruePositives, TruePositives + FalseNegatives, "there are no positive rows");

    /// <summary>The share of the negatives that are left alone: the true negative rate.</summary>
    public Metric Specificity =>
        Metric.Ratio(TrueNegatives, TrueNegatives + FalsePositives, "there are no negative rows");

    /// <summary>The share of the negatives that raise a false alarm.</summary>
    public Metric FalsePositiveRate => Specificity.Then(share => 1 - share);

    /// <summary>The share that is predicted positive.</summary>
    public Metric SelectionRate => Metric.Ratio(TruePositives + FalsePositives, Total, "there are no rows");

    /// <summary>The harmonic mean of precision and recall.</summary>
    public Metric F1 => F(1);

    /// <summary>Matthews' correlation, −1 to 1; see <see cref="ConfusionMatrix.Mcc"/>.</summary>
    public Metric Mcc => Matrix.Mcc;

    /// <summary>Cohen's kappa of truth and prediction.</summary>
    public Metric Kappa => Matrix.Kappa();

    private ConfusionMatrix Matrix =>
        new(
            ["0", "1"],
            [
                [TrueNegatives, FalsePositives],
                [FalseNegatives, TruePositives],
            ]
        );

    /// <summary>Counts rows.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or weights that are negative or all 0.</exception>
    public static BinaryConfusion Of(
        IReadOnlyList<bool> truth,
        IReadOnlyList<bool> predicted,
        IReadOnlyList<double>? weights = null
    )
    {
        Pairs.CheckLengths(truth.Count, predicted.Count, nameof(predicted));
        var w = Pairs.Weights(weights, truth.Count);
        var counts = new double[4];
        for (var row = 0; row < truth.Count; row++)
        {
            counts[(truth[row] ? 2 : 0) + (predicted[row] ? 1 : 0)] += w[row];
        }

        return new BinaryConfusion(counts[0], counts[1], counts[2], counts[3]);
    }

    /// <summary>Counts rows; those with a score of at least the threshold are predicted positive.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, a score that is not finite, or weights that are negative or all 0.</exception>
    public static BinaryConfusion At(
        double threshold,
        IReadOnlyList<bool> truth,
        IReadOnlyList<double> score,
        IReadOnlyList<double>? weights = null
    )
    {
        Pairs.CheckFinite(score, nameof(score));
        return Of(truth, score.Select(s => s >= threshold).ToArray(), weights);
    }

    /// <summary>F with recall counting <paramref name="beta"/> times as much as precision (van Rijsbergen, 1979).</summary>
    public Metric F(double beta)
    {
        var square = beta * beta;
        return Metric.Ratio(
            (1 + square) * TruePositives,
            ((1 + square) * TruePositives) + (square * FalseNegatives) + FalsePositives,
            "nothing is positive, and nothing is predicted so"
        );
    }
}
