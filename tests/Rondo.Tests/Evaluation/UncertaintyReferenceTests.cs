using CsCheck;
using Rondo.Data;
using Rondo.Evaluation;
using Rondo.Tests.Data;

namespace Rondo.Tests.Evaluation;

public sealed class UncertaintyReferenceTests
{
    internal static readonly ReferenceGroup Cases = new()
    {
        ["proportion_ci"] = Share,
        ["proportion_ci_edges"] = Edges,
        ["mcnemar"] = Paired,
        ["paired_tests"] = Differences,
        ["delong"] = Aucs,
        [ReferenceCase.CrossCheck] = R,
    };

    public static TheoryData<string> Ids => Cases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    public void Uncertainty_agrees_with_statsmodels_scipy_and_R(string id) => Cases.Verify(id);

    [Fact]
    public void Intervals_of_a_share_hold_it_and_mirror_with_it() =>
        Gen.Select(Gen.Int[0, 40], Gen.Int[1, 40])
            .Where((k, n) => k <= n)
            .Sample(
                (k, n) =>
                {
                    foreach (var method in Enum.GetValues<ProportionMethod>())
                    {
                        var interval = ProportionInterval.Of(k, n, method);
                        var mirrored = ProportionInterval.Of(n - k, n, method);
                        Assert.Equal(interval.Low, 1 - mirrored.High, 1e-9);
                        // Jeffreys' interval is open at 0 of n and n of n.
                        if (method != ProportionMethod.Jeffreys || (k > 0 && k < n))
                        {
                            Assert.InRange((double)k / n, interval.Low - 1e-12, interval.High + 1e-12);
                        }
                    }
                }
            );

    [Fact]
    public void Exact_probabilities_are_shares_and_do_not_depend_on_the_side() =>
        Gen.Select(Gen.Long[0, 60], Gen.Long[0, 60])
            .Sample(
                (a, b) =>
                {
                    var (test, swapped) = (McNemar.Of(a, b), McNemar.Of(b, a));
                    Assert.InRange(test.ExactP, 0, 1);
                    Assert.Equal(test.ExactP, swapped.ExactP, 1e-12);
                }
            );

    [Fact]
    public void A_bootstrap_with_the_same_seed_is_the_same_and_holds_its_estimate()
    {
        var random = new Random(1);
        var truth = Enumerable.Range(0, 80).Select(i => i % 3 == 0).ToArray();
        var score = truth.Select(t => random.NextDouble() + (t ? 0.4 : 0)).ToArray();
        var (first, again) = (Draw(5), Draw(5));
        Assert.Equal(first, again);
        Assert.NotEqual(first.Low, Draw(6).Low);
        Assert.InRange(first.Estimate.Or(0), first.Low.Or(1), first.High.Or(0));
        // Of so many rows, close to the normal interval of DeLong.
        var (low, high) = DeLong.Of(truth, score, score)!.FirstInterval();
        ReferenceCase.Near(low, first.Low.Value, 0.05);
        ReferenceCase.Near(high, first.High.Value, 0.05);
        Assert.False(Bootstrap.Of(3, _ => Metric.NotComputable("never"), 1).Low.IsComputable);

        Bootstrap Draw(int seed) => Bootstrap.Of(truth.Length, Auc, seed);

        Metric Auc(IReadOnlyList<int> rows) =>
            RocCurve.Of(rows.Select(i => truth[i]).ToArray(), rows.Select(i => score[i]).ToArray()).Auc;
    }

    [Fact]
    public void Tests_without_a_difference_say_so()
    {
        Assert.Null(WilcoxonSignedRank.Of([1, 2], [1, 2]));
        Assert.Null(DeLong.Of([true, false, false], [1, 2, 3], [1, 2, 3]));
        var same = DeLong.Of([true, true, false, false], [1, 4, 2, 3], [1, 4, 2, 3])!;
        Assert.Equal((0.5, null, null), (same.FirstAuc, same.Z, same.P));
        Assert.Equal((1.0, null), (McNemar.Of(0, 0).ExactP, McNemar.Of(0, 0).P));
        Assert.Equal(McNemar.Of(1, 2), McNemar.Of([true, false, false, true], [false, true, true, true]));
        Assert.Throws<RondoException>(() => ProportionInterval.Of(1, 0));
        Assert.Throws<RondoException>(() => ProportionInterval.Of(3, 2));
        Assert.Throws<RondoException>(() => McNemar.Of(-1, 2));
        Assert.Throws<RondoException>(() => Bootstrap.Of(3, _ => 1, 1, resamples: 0));
    }

    private static double[] Ends(ProportionInterval interval) => [interval.Low, interval.High];

    private static void Share(ReferenceCase reference)
    {
        reference.Is("wilson", Of(ProportionMethod.Wilson));
        reference.Is("beta", Of(ProportionMethod.ClopperPearson));
        reference.Is("normal", Of(ProportionMethod.Normal));
        reference.Is("agresti_coull", Of(ProportionMethod.AgrestiCoull));
        reference.Is("jeffreys", Of(ProportionMethod.Jeffreys));

        double[] Of(ProportionMethod method) =>
            Ends(
                ProportionInterval.Of(
                    reference.Input.GetProperty("k").GetInt64(),
                    reference.Input.GetProperty("n").GetInt64(),
                    method,
                    1 - reference.Input.GetProperty("alpha").GetDouble()
                )
            );
    }

    private static void Edges(ReferenceCase reference)
    {
        reference.Is("wilson_0_20", Ends(ProportionInterval.Of(0, 20)));
        reference.Is("wilson_20_20", Ends(ProportionInterval.Of(20, 20)));
        reference.Is("beta_0_20", Ends(ProportionInterval.Of(0, 20, ProportionMethod.ClopperPearson)));
        reference.Is("beta_20_20", Ends(ProportionInterval.Of(20, 20, ProportionMethod.ClopperPearson)));
        reference.Is("normal_0_20", Ends(ProportionInterval.Of(0, 20, ProportionMethod.Normal)));
    }

    private static void Paired(ReferenceCase reference)
    {
        var test = McNemar.Of(
            reference.Input.GetProperty("champion_only").GetInt64(),
            reference.Input.GetProperty("challenger_only").GetInt64()
        );
        reference.IsP("exact_p", test.ExactP);
        reference.Is("chi2_cc", test.CorrectedChiSquare);
        reference.IsP("p_cc", test.CorrectedP);
        reference.Is("chi2", test.ChiSquare);
        reference.IsP("p", test.P);
    }

    private static void Differences(ReferenceCase reference)
    {
        var (a, b) = (reference.Numbers("a"), reference.Numbers("b"));
        var (means, ranks) = (PairedT.Of(a, b)!, WilcoxonSignedRank.Of(a, b)!);
        reference.Is("ttest_rel_t", means.T);
        reference.IsP("ttest_rel_p", means.P);
        reference.Is("mean_diff", means.MeanDifference);
        reference.Is("ci95_mean_diff", (double[])[means.Low, means.High]);
        reference.Is("wilcoxon_W", ranks.W);
        reference.IsP("wilcoxon_p_approx", ranks.P);
    }

    private static void Aucs(ReferenceCase reference)
    {
        var test = DeLong.Of(reference.Flags("y"), reference.Numbers("score1"), reference.Numbers("score2"))!;
        reference.Is("auc1", test.FirstAuc);
        reference.Is("auc2", test.SecondAuc);
        reference.Is("var1", test.FirstVariance);
        reference.Is("var2", test.SecondVariance);
        reference.Is("cov", test.Covariance);
        reference.Is("z", test.Z);
        reference.IsP("p", test.P);
        reference.Is("ci95_auc1", (double[])[test.FirstInterval().Low, test.FirstInterval().High]);
    }

    private static void R(ReferenceCase reference)
    {
        var ties = ReferenceCase.Of("ks_ties");
        var (a, b) = (ties.Sorted("reference"), ties.Sorted("current"));
        var statistic = KolmogorovSmirnov.Statistic(a, b);
        reference.Is("ks_ties.D", statistic);
        reference.IsP("ks_ties.p_exact_tie_aware", KolmogorovSmirnov.P(a, b, KolmogorovSmirnovRule.ExactTies));
        // R leaves out all but the first term of the series (its tolerance is 1e-6): with the second put back, its value is ours.
        var x = Math.Sqrt((double)a.Length * b.Length / (a.Length + b.Length)) * statistic;
        var second = Math.Sqrt(2 * Math.PI) / x * Math.Exp(-9 * Math.PI * Math.PI / (8 * x * x));
        reference.Is("ks_ties.p_asymptotic", KolmogorovSmirnov.P(a, b, KolmogorovSmirnovRule.Limit) + second);
        var plain = ReferenceCase.Of("ks_noties");
        reference.IsP(
            "ks_noties_exact_p",
            KolmogorovSmirnov.P(plain.Sorted("reference"), plain.Sorted("current"), KolmogorovSmirnovRule.ExactTies)
        );

        var (before, after) = ReferenceCase.Of("chi2_homogeneity").Counts();
        var chi = ChiSquare.Homogeneity(before, after)!;
        reference.Is("chi2_homogeneity[0]", chi.Statistic);
        reference.IsP("chi2_homogeneity[1]", chi.P);
        var table = ReferenceCase.Of("chi2_2x2_yates").Rows("table");
        var rows = table.Select(row => Array.ConvertAll(row, v => (long)v)).ToArray();
        reference.Is("yates[0]", ChiSquare.Yates(rows[0], rows[1])!.Statistic);
        reference.IsP("yates[1]", ChiSquare.Yates(rows[0], rows[1])!.P);
        reference.IsP("fisher_p", FisherExact.P(rows[0], rows[1]));

        var scores = ReferenceCase.Of("delong");
        var test = DeLong.Of(scores.Flags("y"), scores.Numbers("score1"), scores.Numbers("score2"))!;
        var (low, high) = test.FirstInterval(cut: true);
        reference.Is("pROC.auc1", test.FirstAuc);
        reference.Is("pROC.auc2", test.SecondAuc);
        reference.Is("pROC.var1", test.FirstVariance);
        reference.Is("pROC.var2", test.SecondVariance);
        reference.Is("pROC.cov", test.Covariance);
        reference.Is("pROC.delong_z", test.Z);
        reference.IsP("pROC.delong_p", test.P);
        reference.Is("pROC.ci95_auc1_clipped", (double[])[low, high]);

        var raters = ReferenceCase.Of("cohen_kappa");
        var (first, other) = (raters.Numbers("rater1"), raters.Numbers("rater2"));
        reference.Is("cohen_kappa[0]", Agreement.Cohen(first, other).Value);
        reference.Is("cohen_kappa[1]", Agreement.Cohen(first, other, KappaWeights.Quadratic).Value);
        reference.Is("mcnemar_cc[0]", McNemar.Of(12, 25).CorrectedChiSquare);
        reference.IsP("mcnemar_cc[1]", McNemar.Of(12, 25).CorrectedP);
        reference.Says("software", "R 4.2.2, pROC 1.18.0, psych 2.2.9");
    }
}
