using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class KolmogorovSmirnovReferenceTests
{
    internal static readonly ReferenceGroup Cases = new()
    {
        ["ks_ties"] = Samples,
        ["ks_noties"] = Samples,
        ["ks_identical"] = Samples,
        ["ks_disjoint"] = Samples,
        ["ks_single"] = Samples,
        ["ks_large_n_meaningless"] = Large,
        ["ks_R_exact_ties"] = Ties,
    };

    // Few distinct values, so that there are ties.
    private static readonly Gen<double[]> s_sample = Gen.Int[0, 12].Select(i => i / 2.0).Array[1, 15];

    public static TheoryData<string> Ids => Cases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    [Trait("Requirement", "R204")]
    public void Kolmogorov_Smirnov_agrees_with_scipy_and_R_under_the_rule_of_each(string id) => Cases.Verify(id);

    [Fact]
    public void Probabilities_are_shares_that_do_not_depend_on_which_sample_comes_first() =>
        Gen.Select(s_sample, s_sample)
            .Sample(
                (a, b) =>
                {
                    Array.Sort(a);
                    Array.Sort(b);
                    Assert.Equal(KolmogorovSmirnov.Statistic(a, b), KolmogorovSmirnov.Statistic(b, a), 1e-15);
                    foreach (var rule in Enum.GetValues<KolmogorovSmirnovRule>())
                    {
                        var p = KolmogorovSmirnov.P(a, b, rule);
                        if (p is null)
                        {
                            Assert.Equal((1, 1, KolmogorovSmirnovRule.FiniteSample), (a.Length, b.Length, rule));
                            continue;
                        }

                        Assert.InRange(p.Value, 0, 1);
                        Assert.Equal(p.Value, KolmogorovSmirnov.P(b, a, rule)!.Value, 1e-12);
                    }

                    // Ties leave fewer ways to be far apart.
                    var exact = KolmogorovSmirnov.P(a, b, KolmogorovSmirnovRule.Exact)!.Value;
                    Assert.InRange(KolmogorovSmirnov.P(a, b, KolmogorovSmirnovRule.ExactTies)!.Value, 0, exact + 1e-12);
                }
            );

    [Fact]
    public void The_exact_probability_is_the_share_of_orders_that_are_as_far_apart() =>
        Gen.Select(s_sample.Where(s => s.Length < 6), s_sample.Where(s => s.Length < 6))
            .Sample(
                (a, b) =>
                {
                    var pooled = a.Concat(b).Order().ToArray();
                    var observed = KolmogorovSmirnov.Statistic(a.Order().ToArray(), b.Order().ToArray()) - 1e-9;
                    var (far, all) = (0, 0);
                    for (var chosen = 0; chosen < 1 << pooled.Length; chosen++)
                    {
                        if (System.Numerics.BitOperations.PopCount((uint)chosen) == a.Length)
                        {
                            var first = pooled.Where((_, i) => (chosen >> i & 1) == 1).ToArray();
                            var second = pooled.Where((_, i) => (chosen >> i & 1) == 0).ToArray();
                            far += KolmogorovSmirnov.Statistic(first, second) >= observed ? 1 : 0;
                            all++;
                        }
                    }

                    var p = KolmogorovSmirnov.P(
                        a.Order().ToArray(),
                        b.Order().ToArray(),
                        KolmogorovSmirnovRule.ExactTies
                    );
                    Assert.Equal((double)far / all, p!.Value, 1e-12);
                },
                iter: 50
            );

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.04)]
    [InlineData(0.0445)]
    [InlineData(0.06)]
    [InlineData(0.0632)]
    public void The_ways_to_the_law_of_one_sample_agree_where_they_meet(double distance)
    {
        // Up to 1000 rows take the exact matrix, 1001 the expansion or the tail: what the rows before lead to is continued.
        var before = ((long[])[998, 999, 1000]).Select(n => KolmogorovLaw.OneSample(distance, n)).ToArray();
        var continued = (3 * (before[2] - before[1])) + before[0];
        Assert.Equal(continued, KolmogorovLaw.OneSample(distance, 1001), (1e-6 * continued) + 2e-8);
    }

    [Theory]
    [InlineData(0.0017)]
    [InlineData(0.005)]
    [InlineData(0.008)]
    public void Smirnovs_sum_and_its_expansion_agree_where_they_meet(double distance)
    {
        var before = ((long[])[999_998, 999_999, 1_000_000])
            .Select(n => KolmogorovLaw.OneSample(distance, n))
            .ToArray();
        var continued = (3 * (before[2] - before[1])) + before[0];
        Assert.Equal(1, KolmogorovLaw.OneSample(distance, 1_000_001) / continued, 1e-6);
    }

    [Fact]
    public void Both_series_of_the_Kolmogorov_law_agree_where_they_meet() =>
        ReferenceCase.Near(KolmogorovLaw.Limit(1.0), KolmogorovLaw.Limit(Math.BitDecrement(1.0)), 1e-14);

    [Fact]
    public void An_exact_probability_of_too_many_rows_is_refused()
    {
        var rows = new double[20_000];
        var e = Assert.Throws<RondoException>(() => KolmogorovSmirnov.P(rows, rows, KolmogorovSmirnovRule.Exact));
        Assert.Equal(ErrorCode.InvalidArgument, e.Code);
        Assert.Throws<RondoException>(() => KolmogorovSmirnov.P(rows, [], KolmogorovSmirnovRule.Limit));
    }

    private static void Samples(ReferenceCase reference)
    {
        var (a, b) = (reference.Sorted("reference"), reference.Sorted("current"));
        reference.Is("statistic", KolmogorovSmirnov.Statistic(a, b));
        reference.IsP("p_exact_scipy", KolmogorovSmirnov.P(a, b, KolmogorovSmirnovRule.Exact));
        reference.IsP("p_asymp_scipy", KolmogorovSmirnov.P(a, b, KolmogorovSmirnovRule.FiniteSample));
        reference.IsP("p_kolmogorov_sqrt_en_D", KolmogorovSmirnov.P(a, b, KolmogorovSmirnovRule.Limit));
        reference.IsP("p_stephens", KolmogorovSmirnov.P(a, b, KolmogorovSmirnovRule.Stephens));
    }

    private static void Ties(ReferenceCase reference)
    {
        var data = ReferenceCase.Of("ks_ties");
        reference.IsP(
            "p_exact_tie_aware",
            KolmogorovSmirnov.P(data.Sorted("reference"), data.Sorted("current"), KolmogorovSmirnovRule.ExactTies)
        );
    }

    private static void Large(ReferenceCase reference)
    {
        for (var row = 0; row < reference.At("rows").GetArrayLength(); row++)
        {
            var n = (int)reference.Value($"rows[{row}].n");
            var before = Enumerable.Range(0, n).Select(i => NormalLaw.QuantileOf((i + 0.5) / n)).ToArray();
            var after = Array.ConvertAll(before, v => v + 0.02);
            reference.Is($"rows[{row}].n", before.Length);
            reference.Is($"rows[{row}].D", KolmogorovSmirnov.Statistic(before, after));
            reference.IsP($"rows[{row}].p", KolmogorovSmirnov.P(before, after, KolmogorovSmirnovRule.FiniteSample));
        }
    }
}
