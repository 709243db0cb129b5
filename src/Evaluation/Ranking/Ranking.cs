using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>What an item of a relevance is worth in <see cref="Ranking.Ndcg"/>: software differs.</summary>
public enum RankingGain
{
    /// <summary>Its relevance: scikit-learn.</summary>
    Linear,

    /// <summary>2^relevance − 1: LightGBM, XGBoost, most of information retrieval.</summary>
    Exponential,
}

/// <summary>In which order items of the same score stand.</summary>
public enum RankingTies
{
    /// <summary>In every order, and the mean of them all (McSherry and Najork, 2008): does not depend on the order of rows.</summary>
    Averaged,

    /// <summary>The one given first stands first.</summary>
    FirstFirst,

    /// <summary>The one given last stands first, as scikit-learn with <c>ignore_ties</c>.</summary>
    LastFirst,
}

/// <summary>
/// How good the order of a list is (of one query: average over queries with <see cref="Mean"/>). "In rank order" means the relevance of the
/// item shown first comes first. A cut <c>k</c> looks at the first k places only; null looks at all.
/// </summary>
public static class Ranking
{
    /// <summary>Discounted cumulative gain (Järvelin and Kekäläinen, 2002): Σ gain / log₂(place + 1), of relevances in rank order.</summary>
    /// <exception cref="RondoException">No items, a relevance that is negative or not finite, or a cut that is not positive.</exception>
    public static double Dcg(IReadOnlyList<double> relevance, RankingGain gain = RankingGain.Linear, int? k = null)
    {
        Check(relevance, k);
        return relevance.Take(k ?? relevance.Count).Select((r, i) => Gain(r, gain) * Discount(i)).Sum();
    }

    /// <summary>DCG by that of the best order of the same items, 0 to 1; not computable where nothing is relevant.</summary>
    /// <exception cref="RondoException">As <see cref="Dcg"/>.</exception>
    public static Metric Ndcg(IReadOnlyList<double> relevance, RankingGain gain = RankingGain.Linear, int? k = null) =>
        Metric.Ratio(Dcg(relevance, gain, k), Best(relevance, gain, k), "nothing is relevant");

    /// <summary>The same of items in any order, ranked by their scores, the highest first.</summary>
    /// <exception cref="RondoException">As <see cref="Dcg"/>; or a score is missing or not finite.</exception>
    public static Metric Ndcg(
        IReadOnlyList<double> relevance,
        IReadOnlyList<double> score,
        RankingGain gain = RankingGain.Linear,
        RankingTies ties = RankingTies.Averaged,
        int? k = null
    )
    {
        Check(relevance, k);
        Pairs.Check(relevance, score, nameof(score));
        var order = Enumerable.Range(0, score.Count);
        order = ties == RankingTies.LastFirst ? order.Reverse() : order;
        var gains = new List<double>();
        foreach (var group in order.GroupBy(i => score[i]).OrderByDescending(g => g.Key))
        {
            var values = group.Select(i => Gain(relevance[i], gain)).ToArray();
            gains.AddRange(ties == RankingTies.Averaged ? Enumerable.Repeat(values.Average(), values.Length) : values);
        }

        var sum = gains.Take(k ?? gains.Count).Select((g, i) => g * Discount(i)).Sum();
        return Metric.Ratio(sum, Best(relevance, gain, k), "nothing is relevant");
    }

    /// <summary>The mean of the precision at each relevant item, in rank order; not computable where nothing is relevant.</summary>
    /// <exception cref="RondoException">No items.</exception>
    public static Metric AveragePrecision(IReadOnlyList<bool> relevant)
    {
        Pairs.CheckLengths(relevant.Count, relevant.Count, nameof(relevant));
        var (found, sum) = (0, 0.0);
        for (var i = 0; i < relevant.Count; i++)
        {
            found += relevant[i] ? 1 : 0;
            sum += relevant[i] ? found / (i + 1.0) : 0;
        }

        return Metric.Ratio(sum, found, "nothing is relevant");
    }

    /// <summary>1 / place of the first relevant item, in rank order; not computable where nothing is relevant.</summary>
    /// <exception cref="RondoException">No items.</exception>
    public static Metric ReciprocalRank(IReadOnlyList<bool> relevant)
    {
        Pairs.CheckLengths(relevant.Count, relevant.Count, nameof(relevant));
        var first = relevant.TakeWhile(r => !r).Count();
        return first == relevant.Count ? Metric.NotComputable("nothing is relevant") : 1.0 / (first + 1);
    }

    /// <summary>The relevant among the first k places, by k; places beyond the end of the list are not relevant.</summary>
    /// <exception cref="RondoException">No items, or a cut that is not positive.</exception>
    public static double PrecisionAt(IReadOnlyList<bool> relevant, int k) => (double)FoundAt(relevant, k) / k;

    /// <summary>The relevant among the first k places, by all that are relevant; not computable where nothing is.</summary>
    /// <exception cref="RondoException">No items, or a cut that is not positive.</exception>
    public static Metric RecallAt(IReadOnlyList<bool> relevant, int k) =>
        Metric.Ratio(FoundAt(relevant, k), relevant.Count(r => r), "nothing is relevant");

    /// <summary>Whether one of the first k places is relevant.</summary>
    /// <exception cref="RondoException">No items, or a cut that is not positive.</exception>
    public static bool HitAt(IReadOnlyList<bool> relevant, int k) => FoundAt(relevant, k) > 0;

    /// <summary>
    /// The mean over queries (MAP of average precisions, MRR of reciprocal ranks), without those for which it is not computable; not
    /// computable where none is.
    /// </summary>
    public static Metric Mean(IEnumerable<Metric> queries)
    {
        var values = queries.Where(q => q.IsComputable).Select(q => q.Or(0)).ToArray();
        return values.Length == 0 ? Metric.NotComputable("it is computable for no query") : values.Average();
    }

    private static int FoundAt(IReadOnlyList<bool> relevant, int k)
    {
        Pairs.CheckLengths(relevant.Count, relevant.Count, nameof(relevant));
        Samples.CheckPositive(k, nameof(k));
        return relevant.Take(k).Count(r => r);
    }

    private static double Best(IReadOnlyList<double> relevance, RankingGain gain, int? k) =>
        Dcg(relevance.OrderDescending().ToArray(), gain, k);

    private static double Gain(double relevance, RankingGain gain) =>
        gain == RankingGain.Linear ? relevance : Math.Pow(2, relevance) - 1;

    private static double Discount(int index) => 1 / Math.Log2(index + 2);

    private static void Check(IReadOnlyList<double> relevance, int? k)
    {
        Pairs.CheckLengths(relevance.Count, relevance.Count, nameof(relevance));
        Pairs.CheckFinite(relevance, nameof(relevance));
        Samples.CheckPositive(k ?? 1, nameof(k));
        if (relevance.Any(r => r < 0))
        {
            throw Samples.Refuse($"A relevance is negative.", "Give 0 for what is not relevant.");
        }
    }
}
