namespace Rondo.Data;

/// <summary>
/// The chi-square law, and tests whether two samples of categories come from one distribution. Counts are given over the same
/// categories in the same order.
/// </summary>
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
        SpecialFunctions.GammaUpper(degreesOfFreedom / 2, x / 2);

    /// <summary>The value below which a share of the law lies; ∞ of 1.</summary>
    /// <exception cref="RondoException">The share is not from 0 to 1, or there are no degrees of freedom.</exception>
    public static double QuantileOf(double share, double degreesOfFreedom)
    {
        Samples.CheckShare(share, nameof(share));
        Samples.CheckPositive(degreesOfFreedom, nameof(degreesOfFreedom));
        return share == 0 ? 0
            : share == 1 ? double.PositiveInfinity
            : Halving.Above(0, degreesOfFreedom + 10, x => Survival(x, degreesOfFreedom) > 1 - share);
    }

    /// <summary>
    /// The counts to expect in both samples if they came from one distribution: of the reference, then of the current rows, each over the
    /// same categories.
    /// </summary>
    /// <exception cref="RondoException">The samples do not have the same categories, a count is negative, or there are no rows.</exception>
    public static double[][] Expected(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        Check(reference, current);
        double n = reference.Sum();
        double m = current.Sum();
        return [Part(n), Part(m)];

        double[] Part(double rows) => reference.Select((count, i) => (count + current[i]) * rows / (n + m)).ToArray();
    }

    /// <summary>
    /// The likelihood-ratio test (G test) of the same question: 2 Σ observed ln(observed / expected), without a correction. Null as
    /// <see cref="Homogeneity"/> is.
    /// </summary>
    /// <exception cref="RondoException">The samples do not have the same categories, a count is negative, or there are no rows.</exception>
    public static ChiSquareResult? LikelihoodRatio(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        if (Homogeneity(reference, current) is not { } test)
        {
            return null;
        }

        var expected = Expected(reference, current);
        var statistic = 0.0;
        for (var i = 0; i < reference.Count; i++)
        {
            statistic += Part(reference[i], expected[0][i]) + Part(current[i], expected[1][i]);
        }

        statistic = Math.Max(0, 2 * statistic);
        return test with { Statistic = statistic, P = Survival(statistic, test.DegreesOfFreedom) };

        static double Part(long observed, double e) => observed == 0 ? 0 : observed * Math.Log(observed / e);
    }

    /// <summary>
    /// Goodness of fit with the shares of the reference taken for the truth. It ignores that the reference is a sample too, so that it
    /// rejects too often, and a category that the reference lacks makes the statistic infinite: for comparison with tools that use
    /// it; prefer <see cref="Homogeneity"/>. Null where fewer than two categories leave nothing to test.
    /// </summary>
    /// <exception cref="RondoException">The samples do not have the same categories, a count is negative, or there are no rows.</exception>
    public static ChiSquareResult? GoodnessOfFit(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        Check(reference, current);
        double n = reference.Sum();
        double m = current.Sum();
        if (n == 0 || m == 0)
        {
            return null;
        }

        var used = Enumerable.Range(0, reference.Count).Where(i => reference[i] + current[i] > 0).ToList();
        // Of a category that the reference lacks, any row at all is infinitely far from the none expected.
        var statistic = used.Sum(i => Square(current[i], reference[i] * m / n));
        var freedom = used.Count - 1;
        return freedom < 1
            ? null
            : new ChiSquareResult(
                statistic,
                freedom,
                Survival(statistic, freedom),
                Math.Sqrt(statistic / (m * freedom))
            );
    }

    /// <summary>
    /// Homogeneity of two samples over two categories with the correction of Yates (1934), which scipy and R apply to 2×2 tables by
    /// default: distances are shortened by ½, at most to nothing. Null where an empty row or column leaves nothing to test.
    /// </summary>
    /// <exception cref="RondoException">There are not two categories, a count is negative, or there are no rows.</exception>
    public static ChiSquareResult? Yates(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        CheckTwo(reference, current);
        var expected = Expected(reference, current);
        if (expected.Any(row => row.Any(e => e == 0)))
        {
            return null;
        }

        var statistic = 0.0;
        for (var i = 0; i < 2; i++)
        {
            statistic += Corrected(reference[i], expected[0][i]) + Corrected(current[i], expected[1][i]);
        }

        double rows = reference.Sum() + current.Sum();
        return new ChiSquareResult(statistic, 1, Survival(statistic, 1), Math.Sqrt(statistic / rows));

        static double Corrected(long observed, double e)
        {
            var distance = Math.Max(0, Math.Abs(observed - e) - 0.5);
            return distance * distance / e;
        }
    }

    internal static void CheckTwo(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        Check(reference, current);
        if (reference.Count != 2)
        {
            throw Samples.Refuse($"There are {reference.Count} categories.", "This test is of two.");
        }
    }

    private static void Check(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        Samples.CheckSameLength(reference.Count, current.Count, nameof(current));
        foreach (var count in reference.Concat(current))
        {
            Samples.CheckCount(count, "A count of rows");
        }

        if (reference.Sum() + current.Sum() == 0)
        {
            throw Samples.Refuse($"There are no rows in either sample.", "Give at least one.");
        }
    }

    private static double Square(double observed, double expected) =>
        (observed - expected) * (observed - expected) / expected;
}

/// <summary>
/// The outcome of a chi-square test. <paramref name="CramersV"/> is the effect size: for two samples 0 to 1 (of the statistic without a
/// correction, except by <see cref="ChiSquare.Yates"/>); of a goodness of fit √(χ² / (rows · freedom)).
/// </summary>
public sealed record ChiSquareResult(double Statistic, int DegreesOfFreedom, double P, double CramersV);
