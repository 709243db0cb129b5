using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class DistanceReferenceTests
{
    internal static readonly ReferenceGroup Cases = new()
    {
        ["dist_categorical"] = Categories,
        ["dist_unseen_category"] = Unseen,
        ["w1_A_B"] = Samples,
        ["w1_C_D"] = Samples,
        ["mmd_rbf"] = Kernel,
    };

    public static TheoryData<string> Ids => Cases.Ids;

    [Theory]
    [MemberData(nameof(Ids))]
    [Trait("Requirement", "R204")]
    public void Distances_agree_with_scipy(string id) => Cases.Verify(id);

    [Fact]
    public void Distances_of_samples_are_symmetric_and_do_not_depend_on_the_order_of_rows() =>
        Gen.Select(Gen.Double[-5, 5].Array[1, 20], Gen.Double[-5, 5].Array[1, 20], Gen.Int)
            .Sample(
                (a, b, seed) =>
                {
                    var shuffled = a.ToArray();
                    new Random(seed).Shuffle(shuffled);
                    foreach (var distance in (Func<double[], double[], double>[])[Wasserstein.Of, EnergyDistance.Of])
                    {
                        Assert.Equal(distance(a, b), distance(b, shuffled), 1e-12);
                        Assert.Equal(0, distance(a, shuffled), 1e-12);
                    }

                    Assert.Equal(CramerVonMises.Of(a, b).Statistic, CramerVonMises.Of(b, shuffled).Statistic, 1e-9);
                    Assert.InRange(CramerVonMises.Of(a, b).P, 0, 1);
                    Assert.InRange(MannWhitney.Of(a, b).Superiority, 0, 1);
                    Assert.InRange(MannWhitney.Of(a, b).P ?? 0, 0, 1);
                }
            );

    [Fact]
    public void A_shift_moves_the_mass_by_as_much() =>
        Gen.Select(Gen.Double[-5, 5].Array[1, 20], Gen.Double[-3, 3])
            .Sample((a, by) => Assert.Equal(Math.Abs(by), Wasserstein.Of(a, Array.ConvertAll(a, v => v + by)), 1e-9));

    [Fact]
    public void What_cannot_be_compared_is_refused_or_has_no_value()
    {
        Assert.Null(Wasserstein.Normed([1, 1], [2]));
        Assert.Null(MannWhitney.Of([1, 1], [1]).P);
        Assert.Null(WelchT.Of([1], [1, 2]));
        Assert.Null(WelchT.Of([1, 1], [2, 2]));
        Assert.Null(AndersonDarling.Statistic([1, 1], [1, 1]));
        Assert.Null(AndersonDarling.Statistic([1], [2]));
        Assert.Null(
            Mmd.Of(
                [
                    [1.0],
                ],
                [
                    [2.0],
                ],
                1
            ).Unbiased
        );
        foreach (
            var wrong in (Action[])
                [
                    () => Wasserstein.Of([], [1]),
                    () => Wasserstein.Of([1], [double.NaN]),
                    () => AndersonDarling.Statistic([1, 2]),
                    () =>
                        Mmd.Of(
                            [
                                [1.0],
                                [1.0],
                            ],
                            [
                                [1.0],
                            ]
                        ),
                    () =>
                        Mmd.Of(
                            [
                                [1.0],
                            ],
                            [
                                [1.0, 2.0],
                            ],
                            1
                        ),
                    () => Distance.TotalVariation([0.5, 0.5], [1]),
                    () => Distance.Hellinger([0.5, 0.6], [0.5, 0.5]),
                    () => Distance.Shares([0, 0]),
                    () => Psi.OfShares([0.5, 0.5], [0.5, 0.5], -1),
                ]
        )
        {
            Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<RondoException>(wrong).Code);
        }
    }

    private static void Categories(ReferenceCase reference)
    {
        var (a, b) = reference.Counts();
        var (p, q) = (Distance.Shares(a), Distance.Shares(b));
        reference.Is("psi_nat", Psi.OfShares(p, q, 0));
        reference.Is("psi_nat", Distance.KullbackLeibler(q, p) + Distance.KullbackLeibler(p, q));
        reference.Is("kl_current_given_reference_nat", Distance.KullbackLeibler(q, p));
        reference.Is("kl_reference_given_current_nat", Distance.KullbackLeibler(p, q));
        reference.Is("kl_ref_cur_bits", Distance.KullbackLeibler(p, q, LogarithmBase.Two));
        reference.Is("js_divergence_bits", Distance.JensenShannon(p, q));
        reference.Is("js_divergence_bits", Distance.JensenShannon(a, b));
        reference.Is("js_distance_base2", Distance.JensenShannonDistance(p, q));
        reference.Is("js_divergence_nat", Distance.JensenShannon(p, q, LogarithmBase.E));
        reference.Is("js_distance_nat", Distance.JensenShannonDistance(p, q, LogarithmBase.E));
        reference.Is("l_infinity", Distance.LInfinity(p, q));
        reference.Is("l_infinity", Distance.LInfinity(a, b));
        reference.Is("tvd", Distance.TotalVariation(p, q));
        reference.Is("hellinger", Distance.Hellinger(p, q));
    }

    private static void Unseen(ReferenceCase reference)
    {
        var (p, q) = (reference.Numbers("p"), reference.Numbers("q"));
        reference.Is("psi_raw", Psi.OfShares(p, q, 0));
        reference.Is("kl_q_given_p", Distance.KullbackLeibler(q, p));
        reference.Is("kl_p_given_q_nat", Distance.KullbackLeibler(p, q));
        reference.Is("js_divergence_bits", Distance.JensenShannon(p, q));
        reference.Is("js_distance_base2", Distance.JensenShannonDistance(p, q));
        reference.Is("l_infinity", Distance.LInfinity(p, q));
        reference.Is("hellinger", Distance.Hellinger(p, q));
        reference.Is("psi_clip_1e-4", Psi.OfShares(p, q, 1e-4));
        reference.Is("psi_clip_1e-6", Psi.OfShares(p, q, 1e-6));
        reference.Is("psi_clip_1e-10", Psi.OfShares(p, q, 1e-10));
        reference.Is("psi_laplace_half_n100", Psi.OfCounts([50, 50, 0], [48, 47, 5]));
        reference.Is("psi_clip_1e-4", Psi.OfCounts([50, 50, 0], [48, 47, 5], ZeroFill.Clip));
    }

    private static void Samples(ReferenceCase reference)
    {
        var (a, b) = (reference.Numbers("reference"), reference.Numbers("current"));
        reference.Is("wasserstein1", Wasserstein.Of(a, b));
        reference.Is("wasserstein_normed_by_ref_std_pop", Wasserstein.Normed(a, b));
        reference.Is("energy_distance", EnergyDistance.Of(a, b));
        var squared = CramerVonMises.Of(a, b);
        reference.Is("cramer_von_mises", squared.Statistic);
        reference.IsP("cvm_p_asymp", squared.P);
        var ranks = MannWhitney.Of(a, b);
        reference.Is("mannwhitney_U_reference", ranks.U);
        reference.IsP("mannwhitney_p", ranks.P);
        var means = WelchT.Of(a, b)!;
        reference.Is("welch_t", means.T);
        reference.IsP("welch_p", means.P);
        reference.Is("anderson_ksamp_midrank", AndersonDarling.Statistic(a, b));
    }

    private static void Kernel(ReferenceCase reference)
    {
        var (x, y) = (reference.Rows("x"), reference.Rows("y"));
        Holds("gamma_1", Mmd.Of(x, y, 1));
        Holds("gamma_0.5", Mmd.Of(x, y, 0.5));
        Holds("at_median", Mmd.Of(x, y));
        reference.Is("median_sq_dist_pairs", Mmd.MedianSquaredDistance(x, y));
        reference.Is("gamma_median_heuristic_1/(2*median_sq)", Mmd.MedianGamma(x, y));

        void Holds(string key, Mmd mmd)
        {
            reference.Is($"{key}.mmd2_biased", mmd.Biased);
            reference.Is($"{key}.mmd2_unbiased", mmd.Unbiased);
        }
    }
}
