namespace Rondo.Data;

/// <summary>The two-sample Cramér–von Mises test: the squared distance of two distribution functions, over all values.</summary>
/// <param name="Statistic">T of Anderson (1962), from midranks.</param>
/// <param name="P">Its probability without drift by the limiting law, with Anderson's correction for small samples.</param>
public sealed record CramerVonMises(double Statistic, double P)
{
    /// <summary>Compares two samples; symmetric, and the order of rows does not matter.</summary>
    /// <exception cref="RondoException">A sample is empty or has a value that is not finite.</exception>
    public static CramerVonMises Of(IReadOnlyList<double> reference, IReadOnlyList<double> current)
    {
        var a = Samples.Sorted(reference, nameof(reference));
        var b = Samples.Sorted(current, nameof(current));
        double n = a.Length;
        double m = b.Length;
        var ranks = Ranks.Of([.. a, .. b]).Values;
        var u = n * Squares(ranks.Take(a.Length)) + (m * Squares(ranks.Skip(a.Length)));
        var (product, all) = (n * m, n + m);
        var statistic = (u / (product * all)) - (((4 * product) - 1) / (6 * all));
        var mean = (1 + (1 / all)) / 6;
        var variance =
            (all + 1)
            * ((4 * product * all) - (3 * ((n * n) + (m * m))) - (2 * product))
            / (45 * all * all * 4 * product);
        // Shifted and stretched to the mean and variance of the limit.
        var scaled = (1.0 / 6) + ((statistic - mean) / Math.Sqrt(45 * variance));
        return new CramerVonMises(statistic, Survival(scaled));

        static double Squares(IEnumerable<double> ranks) =>
            ranks.Select((rank, i) => (rank - i - 1) * (rank - i - 1)).Sum();
    }

    /// <summary>The limiting law above a value (Anderson and Darling, 1952).</summary>
    private static double Survival(double x)
    {
        // Below, the series has no digits left; the probability is 1 to sixteen of them.
        if (!(x >= 0.003))
        {
            return 1;
        }

        var sum = 0.0;
        for (var k = 0; k < 100; k++)
        {
            double y = (4 * k) + 1;
            var q = y * y / (16 * x);
            var factor = Math.Exp(SpecialFunctions.LogGamma(k + 0.5) - SpecialFunctions.LogGamma(k + 1));
            // e^−q · K(q) = e^−2q · (K(q) e^q)
            var term = factor * Math.Sqrt(y) * Math.Exp(-2 * q) * SpecialFunctions.BesselKScaled(0.25, q);
            sum += term;
            if (term < sum * 1e-17)
            {
                break;
            }
        }

        return Math.Clamp(1 - (sum / (Math.Pow(Math.PI, 1.5) * Math.Sqrt(x))), 0, 1);
    }
}
