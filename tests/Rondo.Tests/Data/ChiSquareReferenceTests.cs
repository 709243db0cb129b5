using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class ChiSquareReferenceTests
{
    internal static readonly ReferenceGroup Cases = new()
    {
        ["chi2_homogeneity"] = Homogeneity,
        ["chi2_gof_reference_as_truth"] = Fit,
        ["chi2_2x2_yates"] = TwoByTwo,
        ["chi2_unseen_category"] = Unseen,
        ["multiple_testing"] = Many,
    };

    public static TheoryData<string> Ids => Cases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    [Trait("Requirement", "R204")]
    public void Tests_of_categories_agree_with_scipy_and_statsmodels(string id) => Cases.Verify(id);

    [Fact]
    public void Fishers_probability_is_a_share_and_the_same_with_the_samples_swapped() =>
        Gen.Select(Gen.Long[0, 40], Gen.Long[0, 40], Gen.Long[0, 40], Gen.Long[1, 40])
            .Sample(
                (a, b, c, d) =>
                {
                    var p = FisherExact.P([a, b], [c, d]);
                    Assert.InRange(p, 0, 1);
                    Assert.Equal(p, FisherExact.P([c, d], [a, b]), 1e-12);
                    Assert.Equal(p, FisherExact.P([b, a], [d, c]), 1e-12);
                }
            );

    [Fact]
    public void Adjusted_probabilities_do_not_depend_on_the_order_and_are_never_less_than_the_probability() =>
        Gen.Select(Gen.Double[0, 1].Array[0, 30], Gen.Enum<Correction>(), Gen.Int)
            .Sample(
                (p, correction, seed) =>
                {
                    var order = Enumerable.Range(0, p.Length).ToArray();
                    new Random(seed).Shuffle(order);
                    var adjusted = MultipleTesting.Adjust(p, correction);
                    var shuffled = MultipleTesting.Adjust(order.Select(i => p[i]).ToArray(), correction);
                    for (var i = 0; i < p.Length; i++)
                    {
                        Assert.InRange(adjusted[i], p[i] - 1e-12, 1);
                        Assert.Equal(adjusted[order[i]], shuffled[i], 1e-12);
                    }
                }
            );

    [Fact]
    public void Tests_without_anything_to_test_say_so()
    {
        Assert.Null(ChiSquare.GoodnessOfFit([0, 0], [1, 2]));
        Assert.Null(ChiSquare.GoodnessOfFit([3], [5]));
        Assert.Null(ChiSquare.LikelihoodRatio([3, 0], [5, 0]));
        Assert.Null(ChiSquare.Yates([3, 0], [5, 0]));
        Assert.Equal(1, FisherExact.P([3, 0], [5, 0]));
        Assert.Null(TwoProportions.Of(0, 5, 0, 7));
        Assert.Throws<RondoException>(() => ChiSquare.Yates([1, 2, 3], [1, 2, 3]));
        Assert.Throws<RondoException>(() => ChiSquare.GoodnessOfFit([1, 2], [1]));
        Assert.Throws<RondoException>(() => ChiSquare.Expected([0, 0], [0, 0]));
        Assert.Throws<RondoException>(() => FisherExact.P([1, -1], [1, 2]));
        Assert.Throws<RondoException>(() => TwoProportions.Of(6, 5, 0, 7));
        Assert.Throws<RondoException>(() => MultipleTesting.Adjust([double.NaN], Correction.Holm));
    }

    private static void Homogeneity(ReferenceCase reference)
    {
        var (a, b) = reference.Counts();
        var test = ChiSquare.Homogeneity(a, b)!;
        reference.Is("statistic", test.Statistic);
        reference.IsP("p", test.P);
        reference.Is("dof", test.DegreesOfFreedom);
        reference.Is("cramers_v", test.CramersV);
        reference.Is("expected_table", ChiSquare.Expected(a, b));
        var likelihood = ChiSquare.LikelihoodRatio(a, b)!;
        reference.Is("g_statistic", likelihood.Statistic);
        reference.IsP("g_p", likelihood.P);
    }

    private static void Fit(ReferenceCase reference)
    {
        var (a, b) = reference.Counts();
        var test = ChiSquare.GoodnessOfFit(a, b)!;
        reference.Is("statistic", test.Statistic);
        reference.IsP("p", test.P);
        reference.Is("dof", test.DegreesOfFreedom);
        Assert.True(test.P < ChiSquare.Homogeneity(a, b)!.P);
    }

    private static void TwoByTwo(ReferenceCase reference)
    {
        var rows = reference.Rows("table").Select(row => Array.ConvertAll(row, v => (long)v)).ToArray();
        var (yates, plain) = (ChiSquare.Yates(rows[0], rows[1])!, ChiSquare.Homogeneity(rows[0], rows[1])!);
        reference.Is("yates_statistic", yates.Statistic);
        reference.IsP("yates_p", yates.P);
        reference.Is("plain_statistic", plain.Statistic);
        reference.IsP("plain_p", plain.P);
        reference.IsP("fisher_p", FisherExact.P(rows[0], rows[1]));
        reference.IsP("z_pooled_p", TwoProportions.Of(rows[0][0], 100, rows[1][0], 100)!.P);
    }

    private static void Unseen(ReferenceCase reference)
    {
        var (a, b) = reference.Counts();
        var (test, fit) = (ChiSquare.Homogeneity(a, b)!, ChiSquare.GoodnessOfFit(a, b)!);
        reference.Is("homogeneity_statistic", test.Statistic);
        reference.IsP("homogeneity_p", test.P);
        reference.Is("dof", test.DegreesOfFreedom);
        reference.Is("gof_statistic", fit.Statistic);
        reference.IsP("gof_p", fit.P);
    }

    private static void Many(ReferenceCase reference)
    {
        var p = reference.Numbers("p");
        var level = reference.Input.GetProperty("alpha").GetDouble();
        foreach (
            var (name, correction) in ((string, Correction)[])
                [
                    ("bonferroni", Correction.Bonferroni),
                    ("holm", Correction.Holm),
                    ("fdr_bh", Correction.BenjaminiHochberg),
                    ("fdr_by", Correction.BenjaminiYekutieli),
                    ("sidak", Correction.Sidak),
                ]
        )
        {
            reference.Is($"{name}.adjusted", MultipleTesting.Adjust(p, correction));
            reference.Is($"{name}.reject", MultipleTesting.Reject(p, correction, level));
        }

        reference.Is("fdr_bh.adjusted", BenjaminiHochberg.Adjust(p));
    }
}
