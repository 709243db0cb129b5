namespace Rondo.Data;

/// <summary>The chi-square law, and the test of homogeneity: whether two samples of categories come from one distribution.</summary>
public static class ChiSquare
{
    /// <summary>
    /// The two-sample test of homogeneity (both samples are random; no Yates correction). A category that one sample lacks
    /// stays finite; one that both lack is left out.
    /// </summary>
    /// <returns>Statistic, degrees of freedom and probability; null where fewer than two categories or an empty sample leave nothing to test.</returns>
    public static ChiSquareResult? Homogeneity(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        double n = reference.Sum();
        double m = current.Sum();
        var categories = 0;
        var statistic = 0.0;
        for (var i = 0; i < reference.Count && n > 0 && m > 0; i++)
        {
            double both = reference[i] + current[i];
            if (both == 0)
            {
                continue;
            }

            categories++;
            statistic += Square(reference[i], both * n / (n + m)) + Square(current[i], both * m / (n + m));
        }

        return categories < 2
            ? null
            : new ChiSquareResult(
                statistic,
                categories - 1,
                Survival(statistic, categories - 1),
                Math.Sqrt(statistic / (n + m))
            );
    }

    /// <summary>The probability of a value above <paramref name="x"/>.</summary>
    public static double Survival(double x, double degreesOfFreedom) =>
        x <= 0 ? 1 : Gamma.UpperRegularized(degreesOfFreedom / 2, x / 2);

    /// <summary>The value below which a share of the law lies.</summary>
    public static double QuantileOf(double share, double degreesOfFreedom)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(share, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(share, 1);
        var high = degreesOfFreedom + 10;
        while (1 - Survival(high, degreesOfFreedom) < share)
        {
            high *= 2;
        }

        var low = 0.0;
        // Halving 200 times leaves neighbouring doubles; the loop ends there.
        for (var i = 0; i < 200 && low < high; i++)
        {
            var middle = (low + high) / 2;
            if (middle == low || middle == high)
            {
                break;
            }

            (low, high) = 1 - Survival(middle, degreesOfFreedom) < share ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }

    private static double Square(double observed, double expected) =>
        (observed - expected) * (observed - expected) / expected;
}

/// <summary>The outcome of a chi-square test. <paramref name="CramersV"/> is the effect size for two samples, 0 to 1.</summary>
public sealed record ChiSquareResult(double Statistic, int DegreesOfFreedom, double P, double CramersV);
