using CsCheck;
using Rondo.Data;

namespace Rondo.Tests.Data;

public sealed class SpecialFunctionsTests
{
    [Fact]
    public void The_gamma_function_is_the_factorial()
    {
        var factorial = 0.0;
        for (var n = 1; n < 170; n++)
        {
            ReferenceCase.Near(factorial, SpecialFunctions.LogGamma(n), 1e-13 * (1 + factorial));
            factorial += Math.Log(n);
        }

        ReferenceCase.Near(Math.Log(Math.PI) / 2, SpecialFunctions.LogGamma(0.5), 1e-14);
        Assert.Equal(double.NaN, SpecialFunctions.LogGamma(0));
    }

    [Fact]
    public void Quantiles_are_the_inverse_of_their_laws() =>
        Gen.Select(Gen.Double[1e-6, 1 - 1e-6], Gen.Double[0.5, 30], Gen.Double[0.5, 30])
            .Sample(
                (share, a, b) =>
                {
                    ReferenceCase.Near(share, NormalLaw.Cdf(NormalLaw.QuantileOf(share)), 1e-13);
                    ReferenceCase.Near(share, BetaLaw.Cdf(BetaLaw.QuantileOf(share, a, b), a, b), 1e-12);
                    ReferenceCase.Near(share, 1 - ChiSquare.Survival(ChiSquare.QuantileOf(share, a), a), 1e-12);
                    var t = StudentT.QuantileOf(share, a);
                    var below = t < 0 ? StudentT.TwoSided(t, a) / 2 : 1 - (StudentT.TwoSided(t, a) / 2);
                    ReferenceCase.Near(share, below, 1e-12);
                }
            );

    [Fact]
    public void A_binomial_law_sums_to_its_distribution_function() =>
        Gen.Select(Gen.Int[0, 60], Gen.Double[0, 1])
            .Sample(
                (n, p) =>
                {
                    var sum = 0.0;
                    for (var k = 0; k <= n; k++)
                    {
                        sum += BinomialLaw.Pmf(k, n, p);
                        ReferenceCase.Near(BinomialLaw.Cdf(k, n, p), sum, 1e-12);
                    }
                }
            );

    [Fact]
    public void Known_values_come_out()
    {
        ReferenceCase.Near(1.959963984540054, NormalLaw.QuantileOf(0.975), 1e-14);
        ReferenceCase.Near(7.619853024160527e-24, NormalLaw.Survival(10), 1e-36);
        ReferenceCase.Near(0.5, SpecialFunctions.GammaLower(1, Math.Log(2)), 5e-15);
        // K of order ½ is √(π / 2x) e^−x.
        ReferenceCase.Near(Math.Sqrt(Math.PI / 2 / 0.7), SpecialFunctions.BesselKScaled(0.5, 0.7), 1e-13);
        ReferenceCase.Near(Math.Sqrt(Math.PI / 2 / 700), SpecialFunctions.BesselKScaled(0.5, 700), 1e-14);
        Assert.Equal((double.NegativeInfinity, 0.0), (NormalLaw.QuantileOf(0), StudentT.QuantileOf(0.5, 3)));
        Assert.Equal((0.0, double.PositiveInfinity), (ChiSquare.QuantileOf(0, 2), ChiSquare.QuantileOf(1, 2)));
        Assert.Throws<RondoException>(() => ChiSquare.QuantileOf(0.5, 0));
        Assert.Throws<RondoException>(() => NormalLaw.QuantileOf(double.NaN));
        Assert.Throws<RondoException>(() => BinomialLaw.Pmf(1, 2, 1.5));
    }

    [Fact]
    public void Ranks_sum_to_those_of_as_many_values() =>
        Gen.Int[0, 6]
            .Select(i => (double)i)
            .Array[0, 30]
            .Sample(values =>
            {
                var ranks = Ranks.Of(values);
                Assert.Equal(values.Length * (values.Length + 1) / 2.0, ranks.Values.Sum(), 1e-9);
                Assert.Equal(values.GroupBy(v => v).Sum(g => Math.Pow(g.Count(), 3) - g.Count()), ranks.TieTerm, 1e-6);
            });
}
