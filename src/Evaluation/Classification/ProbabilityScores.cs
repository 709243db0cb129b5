using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>How good probabilities are, where the truth is known: 0 is best.</summary>
public static class ProbabilityScores
{
    /// <summary>
    /// What probabilities are kept away from 0 and 1 by default in <see cref="LogLoss"/>: 2⁻⁵², as scikit-learn from 1.2 on does for
    /// double precision; before it was 1e-15. 0 keeps them, and a certain error is then infinite.
    /// </summary>
    public const double DefaultClip = 2.220446049250313e-16;

    /// <summary>The mean of −ln of the probability of what happened, in nats.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, a value outside 0 to 1, or weights that are negative or all 0.</exception>
    public static double LogLoss(
        IReadOnlyList<bool> truth,
        IReadOnlyList<double> probability,
        IReadOnlyList<double>? weights = null,
        double clip = DefaultClip
    )
    {
        Samples.CheckShare(clip, nameof(clip));
        return Mean(truth, probability, weights, Loss);

        double Loss(bool happened, double p)
        {
            var kept = Math.Clamp(p, clip, Math.Max(clip, 1 - clip));
            return -Math.Log(happened ? kept : 1 - kept);
        }
    }

    /// <summary>The mean squared distance of the probability from what happened (Brier, 1950), 0 to 1.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, a value outside 0 to 1, or weights that are negative or all 0.</exception>
    public static double Brier(
        IReadOnlyList<bool> truth,
        IReadOnlyList<double> probability,
        IReadOnlyList<double>? weights = null
    ) => Mean(truth, probability, weights, (t, p) => t ? (1 - p) * (1 - p) : p * p);

    private static double Mean(
        IReadOnlyList<bool> truth,
        IReadOnlyList<double> probability,
        IReadOnlyList<double>? weights,
        Func<bool, double, double> loss
    )
    {
        Pairs.CheckLengths(truth.Count, probability.Count, nameof(probability));
        Pairs.CheckProbabilities(probability, "The probability");
        var w = Pairs.Weights(weights, truth.Count);
        return truth.Select((t, i) => w[i] == 0 ? 0 : w[i] * loss(t, probability[i])).Sum() / w.Sum();
    }
}
