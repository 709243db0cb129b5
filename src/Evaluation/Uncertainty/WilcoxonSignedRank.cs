using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>
/// Wilcoxon's signed-rank test (1945): whether differences of pairs are around zero, without taking them as normal. Pairs without a
/// difference are dropped (Wilcoxon's rule).
/// </summary>
/// <param name="N">Pairs with a difference.</param>
/// <param name="W">The lesser of the sums of ranks of the positive and the negative differences.</param>
/// <param name="P">Its two-sided probability: normal approximation with a correction for ties and none for continuity, as scipy by default.</param>
public sealed record WilcoxonSignedRank(int N, double W, double P)
{
    /// <summary>
    /// The test of a − b; null where no pair differs. Differences are ranked as floating point has them: 0.3 and 10.1 − 9.8 are no tie.
    /// </summary>
    /// <exception cref="RondoException">No pairs, lengths that differ, or a value that is not finite.</exception>
    public static WilcoxonSignedRank? Of(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        Pairs.Check(a, b, nameof(b));
        var differences = a.Select((value, i) => value - b[i]).Where(d => d != 0).ToArray();
        if (differences.Length == 0)
        {
            return null;
        }

        double n = differences.Length;
        var ranks = Ranks.Of(Array.ConvertAll(differences, Math.Abs));
        var positive = ranks.Values.Where((_, i) => differences[i] > 0).Sum();
        var w = Math.Min(positive, (n * (n + 1) / 2) - positive);
        var deviation = Math.Sqrt(((n * (n + 1) * ((2 * n) + 1)) - (ranks.TieTerm / 2)) / 24);
        return new WilcoxonSignedRank(differences.Length, w, NormalLaw.TwoSided((w - (n * (n + 1) / 4)) / deviation));
    }
}
