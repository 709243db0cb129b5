namespace Rondo.Evaluation;

/// <summary>
/// The metrics of a score for one class against the rest. What is not computable says why (see <see cref="Metric"/>).
/// </summary>
/// <param name="N">The number of rows.</param>
/// <param name="Positives">How many of them are positive.</param>
/// <param name="Threshold">Rows with a score of at least this are predicted positive.</param>
/// <param name="Confusion">What comes of the threshold: accuracy, precision, recall, F, Matthews' correlation, kappa.</param>
/// <param name="Auc">Area under the ROC curve, ties one half.</param>
/// <param name="Separation">The greatest difference of the true and the false positive rate (Kolmogorov–Smirnov).</param>
/// <param name="AveragePrecision">Area under the precision–recall curve, in steps.</param>
/// <param name="LogLoss">In nats, clipped at 2⁻⁵²; not computable where a score is not a probability.</param>
/// <param name="Brier">Mean squared error of the probability; not computable where a score is not one.</param>
public sealed record BinaryMetrics(
    int N,
    int Positives,
    double Threshold,
    BinaryConfusion Confusion,
    Metric Auc,
    Metric Separation,
    Metric AveragePrecision,
    Metric LogLoss,
    Metric Brier
)
{
    /// <summary>The metrics of scores, the higher the more positive.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, a score that is not finite, or weights that are negative or all 0.</exception>
    public static BinaryMetrics Of(
        IReadOnlyList<bool> truth,
        IReadOnlyList<double> score,
        double threshold = 0.5,
        IReadOnlyList<double>? weights = null
    )
    {
        var roc = RocCurve.Of(truth, score, weights);
        var isProbability = score.All(s => s is >= 0 and <= 1);
        var noProbability = Metric.NotComputable("the score is not a probability");
        return new BinaryMetrics(
            truth.Count,
            truth.Count(t => t),
            threshold,
            BinaryConfusion.At(threshold, truth, score, weights),
            roc.Auc,
            roc.Separation,
            PrecisionRecallCurve.Of(truth, score, weights).AveragePrecision,
            isProbability ? ProbabilityScores.LogLoss(truth, score, weights) : noProbability,
            isProbability ? ProbabilityScores.Brier(truth, score, weights) : noProbability
        );
    }

    /// <summary>All metrics by name, with the reason where one is not computable.</summary>
    public IReadOnlyDictionary<string, Metric> All() =>
        new Dictionary<string, Metric>(StringComparer.Ordinal)
        {
            ["n"] = N,
            ["positives"] = Positives,
            ["auc"] = Auc,
            ["gini"] = Auc.Then(auc => (2 * auc) - 1),
            ["separation"] = Separation,
            ["averagePrecision"] = AveragePrecision,
            ["logLoss"] = LogLoss,
            ["brier"] = Brier,
            ["accuracy"] = Confusion.Accuracy,
            ["balancedAccuracy"] = Confusion.BalancedAccuracy,
            ["precision"] = Confusion.Precision,
            ["recall"] = Confusion.Recall,
            ["specificity"] = Confusion.Specificity,
            ["f1"] = Confusion.F1,
            ["f2"] = Confusion.F(2),
            ["mcc"] = Confusion.Mcc,
            ["kappa"] = Confusion.Kappa,
        };

    /// <summary>The metrics by name, without those that are not computable.</summary>
    public IReadOnlyDictionary<string, double> ToDictionary() =>
        All()
            .Where(m => m.Value.IsComputable)
            .ToDictionary(m => m.Key, m => m.Value.Or(double.NaN), StringComparer.Ordinal);
}
