using CsCheck;
using Rondo.Evaluation;
using Rondo.Tests.Data;

namespace Rondo.Tests.Evaluation;

public sealed class RankingReferenceTests
{
    internal static readonly ReferenceGroup Cases = new()
    {
        ["ndcg"] = Gains,
        ["ndcg_ties"] = Ties,
        ["map_mrr"] = Places,
    };

    public static TheoryData<string> Ids => Cases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    [Trait("Requirement", "R205")]
    public void Metrics_of_lists_agree_with_scikit_learn(string id) => Cases.Verify(id);

    [Fact]
    public void Averaging_over_ties_is_the_mean_over_every_order_of_them() =>
        Gen.Select(Gen.Int[0, 3].Select(i => (double)i).Array[3], Gen.Bool)
            .Where((relevance, _) => relevance.Sum() > 0)
            .Sample(
                (relevance, exponential) =>
                {
                    var gain = exponential ? RankingGain.Exponential : RankingGain.Linear;
                    int[][] orders =
                    [
                        [0, 1, 2],
                        [0, 2, 1],
                        [1, 0, 2],
                        [1, 2, 0],
                        [2, 0, 1],
                        [2, 1, 0],
                    ];
                    var mean = orders.Average(o => Ranking.Ndcg(o.Select(i => relevance[i]).ToArray(), gain).Or(0));
                    Assert.Equal(mean, Ranking.Ndcg(relevance, [1, 1, 1], gain).Or(0), 1e-12);
                }
            );

    [Fact]
    public void Without_anything_relevant_there_is_no_metric()
    {
        Assert.Equal("nothing is relevant", Ranking.Ndcg([0, 0]).Reason);
        Assert.Equal("nothing is relevant", Ranking.ReciprocalRank([false]).Reason);
        Assert.Equal("nothing is relevant", Ranking.AveragePrecision([false]).Reason);
        Assert.Equal("nothing is relevant", Ranking.RecallAt([false], 1).Reason);
        Assert.Equal(0.5, Ranking.Mean([Ranking.ReciprocalRank([false, true]), Ranking.ReciprocalRank([false])]).Value);
        Assert.False(Ranking.Mean([]).IsComputable);
        Assert.Throws<RondoException>(() => Ranking.Ndcg([-1, 2]));
        Assert.Throws<RondoException>(() => Ranking.Dcg([]));
        Assert.Throws<RondoException>(() => Ranking.PrecisionAt([true], 0));
    }

    private static void Gains(ReferenceCase reference)
    {
        var (relevance, score) = (reference.Numbers("relevance_in_rank_order"), reference.Numbers("scores"));
        reference.Is("dcg_linear", Ranking.Dcg(relevance));
        reference.Is("ndcg_linear", Ranking.Ndcg(relevance).Value);
        reference.Is("ndcg_linear", Ranking.Ndcg(relevance, score).Value);
        reference.Is("ndcg_linear_at3", Ranking.Ndcg(relevance, k: 3).Value);
        reference.Is("ndcg_exp", Ranking.Ndcg(relevance, RankingGain.Exponential).Value);
        reference.Is("ndcg_exp_at3", Ranking.Ndcg(relevance, RankingGain.Exponential, 3).Value);
        reference.Is("ndcg_exp_at3", Ranking.Ndcg(relevance, score, RankingGain.Exponential, k: 3).Value);
    }

    private static void Ties(ReferenceCase reference)
    {
        var (relevance, score) = (reference.Numbers("relevance"), reference.Numbers("scores"));
        reference.Is("ndcg_linear_tie_averaged", Ranking.Ndcg(relevance, score).Value);
        // What scikit-learn calls ignoring ties puts the last given first.
        reference.Is(
            "ndcg_linear_ignore_ties_input_order",
            Ranking.Ndcg(relevance, score, ties: RankingTies.LastFirst).Value
        );
        ReferenceCase.Near(
            Ranking.Ndcg(relevance).Or(0),
            Ranking.Ndcg(relevance, score, ties: RankingTies.FirstFirst).Value
        );
    }

    private static void Places(ReferenceCase reference)
    {
        var relevant = reference.Flags("binary_relevance_in_rank_order");
        reference.Is("average_precision", Ranking.AveragePrecision(relevant).Value);
        reference.Is("mrr", Ranking.ReciprocalRank(relevant).Value);
        reference.Is("precision_at3", Ranking.PrecisionAt(relevant, 3));
        reference.Is("recall_at3", Ranking.RecallAt(relevant, 3).Value);
        reference.Is("hit_at1", Ranking.HitAt(relevant, 1) ? 1 : 0);
    }
}
