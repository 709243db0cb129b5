using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>
/// The metrics of probabilities over several classes. Shapes: the true class of each row as an index from 0, and for each row one
/// probability for each class, summing to 1.
/// </summary>
/// <param name="N">The number of rows.</param>
/// <param name="LogLoss">Mean of −ln of the probability of the true class, in nats, clipped at 2⁻⁵².</param>
/// <param name="Brier">Mean over rows of the sum over classes of squared errors: 0 to 2.</param>
/// <param name="AucOneVsRest">Mean over the classes of the AUC of each against the rest; not computable where a class is never, or always, true.</param>
/// <param name="AucOneVsRestWeighted">The same, classes weighted by the rows in which they are true.</param>
/// <param name="AucOneVsOne">Mean over all pairs of classes of the AUC among their rows, in both directions (Hand and Till, 2001).</param>
public sealed record MulticlassProbabilities(
    int N,
    double LogLoss,
    double Brier,
    Metric AucOneVsRest,
    Metric AucOneVsRestWeighted,
    Metric AucOneVsOne
)
{
    /// <summary>The metrics of rows of probabilities.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, a row that does not sum to 1, or a class without a probability.</exception>
    public static MulticlassProbabilities Of(
        IReadOnlyList<int> truth,
        IReadOnlyList<IReadOnlyList<double>> probabilities
    )
    {
        Check(truth, probabilities);
        var classes = probabilities[0].Count;
        var clip = ProbabilityScores.DefaultClip;
        var rests = Enumerable.Range(0, classes).Select(c => Auc(truth, probabilities, c, null)).ToArray();
        var support = Enumerable.Range(0, classes).Select(c => (double)truth.Count(t => t == c)).ToArray();
        var pairs =
            from a in Enumerable.Range(0, classes)
            from b in Enumerable.Range(0, classes)
            where a != b
            select Auc(truth, probabilities, a, b);
        return new MulticlassProbabilities(
            truth.Count,
            truth.Select((t, i) => -Math.Log(Math.Clamp(probabilities[i][t], clip, 1 - clip))).Average(),
            truth.Select((t, i) => probabilities[i].Select((p, c) => Square(p - (c == t ? 1 : 0))).Sum()).Average(),
            Mean(rests, Enumerable.Repeat(1.0, classes)),
            Mean(rests, support),
            Mean(pairs.ToArray(), Enumerable.Repeat(1.0, classes * (classes - 1)))
        );
    }

    /// <summary>
    /// The share of rows whose true class is among the <paramref name="k"/> most probable. A class that is as probable as the true one
    /// counts as more probable: a tie is no hit.
    /// </summary>
    /// <exception cref="RondoException">As <see cref="Of"/>, or k is not positive.</exception>
    public static double TopAccuracy(
        IReadOnlyList<int> truth,
        IReadOnlyList<IReadOnlyList<double>> probabilities,
        int k
    )
    {
        Check(truth, probabilities);
        Samples.CheckPositive(k, nameof(k));
        return truth.Select((t, i) => probabilities[i].Count(p => p >= probabilities[i][t]) <= k ? 1.0 : 0).Average();
    }

    private static Metric Auc(
        IReadOnlyList<int> truth,
        IReadOnlyList<IReadOnlyList<double>> probabilities,
        int positive,
        int? negative
    )
    {
        var rows = Enumerable
            .Range(0, truth.Count)
            .Where(i => negative is null || truth[i] == positive || truth[i] == negative)
            .ToArray();
        var missing = Metric.NotComputable(FormattableString.Invariant($"class {positive} is never or always true"));
        return rows.Length == 0 ? missing
            : RocCurve
                .Of(
                    rows.Select(i => truth[i] == positive).ToArray(),
                    rows.Select(i => probabilities[i][positive]).ToArray()
                )
                .Auc
                is { IsComputable: true } auc
                ? auc
            : missing;
    }

    private static Metric Mean(Metric[] metrics, IEnumerable<double> weights)
    {
        foreach (var metric in metrics.Where(m => !m.IsComputable))
        {
            return metric;
        }

        var w = weights.ToArray();
        return metrics.Select((metric, i) => metric.Or(0) * w[i]).Sum() / w.Sum();
    }

    private static double Square(double value) => value * value;

    private static void Check(IReadOnlyList<int> truth, IReadOnlyList<IReadOnlyList<double>> probabilities)
    {
        Pairs.CheckLengths(truth.Count, probabilities.Count, nameof(probabilities));
        Pairs.CheckDistributions(probabilities);
        foreach (var label in truth.Where(t => t < 0 || t >= probabilities[0].Count))
        {
            throw Samples.Refuse($"Class {label} has no probability.", "Classes count from 0.");
        }
    }
}
