namespace Rondo.Evaluation;

/// <summary>
/// The quality to expect before the truth is known (confidence-based performance estimation): if probabilities are calibrated, a row given
/// 0.8 is true in four of five cases. It is as good as the calibration, and blind to a change of what follows from the features.
/// </summary>
/// <param name="Confusion">The expected confusion matrix: accuracy, precision (expected true over all predicted positives), recall, F1.</param>
/// <param name="Brier">Expected mean squared error of the probability: mean of p(1 − p).</param>
/// <param name="LogLoss">Expected log-loss in nats: the mean entropy.</param>
/// <param name="Auc">
/// The expected sum of rightly ordered pairs over the expected sum of pairs of a positive and a negative row (ties one half, no row paired with
/// itself); not computable where no such pair is expected.
/// </param>
/// <param name="AccuracyDeviation">The deviation of the accuracy of one such window around its expectation, from chance alone.</param>
public sealed record ExpectedQuality(
    BinaryConfusion Confusion,
    double Brier,
    double LogLoss,
    Metric Auc,
    double AccuracyDeviation
)
{
    /// <summary>The expected quality of rows with these probabilities; those of at least the threshold are predicted positive.</summary>
    /// <exception cref="RondoException">No rows, or a value outside 0 to 1.</exception>
    public static ExpectedQuality Of(IReadOnlyList<double> probability, double threshold = 0.5)
    {
        Pairs.CheckLengths(probability.Count, probability.Count, nameof(probability));
        Pairs.CheckProbabilities(probability, "The probability");
        double n = probability.Count;
        var (selected, left) = (
            probability.Where(p => p >= threshold).ToArray(),
            probability.Where(p => p < threshold).ToArray()
        );
        var (tp, fn) = (selected.Sum(), left.Sum());
        return new ExpectedQuality(
            new BinaryConfusion(left.Length - fn, selected.Length - tp, fn, tp),
            probability.Average(p => p * (1 - p)),
            probability.Average(p => Part(p) + Part(1 - p)),
            ExpectedAuc(probability),
            Math.Sqrt(probability.Sum(p => p * (1 - p))) / n
        );

        static double Part(double p) => p == 0 ? 0 : -p * Math.Log(p);
    }

    private static Metric ExpectedAuc(IReadOnlyList<double> probability)
    {
        // Of ascending groups of equal score: positives here over negatives below, and half of those beside, without a row with itself.
        var (right, negativesBelow) = (0.0, 0.0);
        foreach (var ties in probability.GroupBy(p => p).OrderBy(g => g.Key))
        {
            double count = ties.Count();
            var (p, q) = (ties.Key, 1 - ties.Key);
            right += (count * p * negativesBelow) + (count * (count - 1) * p * q / 2);
            negativesBelow += count * q;
        }

        var (positives, negatives) = (probability.Sum(), probability.Sum(p => 1 - p));
        var pairs = (positives * negatives) - probability.Sum(p => p * (1 - p));
        return Metric.Ratio(right, Math.Max(0, pairs), "no pair of a positive and a negative row is expected");
    }
}
