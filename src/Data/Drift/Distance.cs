namespace Rondo.Data;

/// <summary>The base of the logarithm: <see cref="Two"/> gives bits, <see cref="E"/> gives nats.</summary>
public enum LogarithmBase
{
    /// <summary>Base 2, in bits.</summary>
    Two,

    /// <summary>Base e, in nats.</summary>
    E,
}

/// <summary>
/// Distances between two distributions, given by counts or by shares (each sums to 1) over the same bins or categories in the same
/// order. All are symmetric but <see cref="KullbackLeibler"/>. Tools differ: TensorFlow Data Validation reports the Jensen–Shannon
/// divergence in bits, NannyML the distance (its square root) in base 2, Evidently the distance in nats.
/// </summary>
public static class Distance
{
    private const double SumTolerance = 1e-6;

    /// <summary>Jensen–Shannon divergence in bits: 0 for equal shares, 1 for disjoint ones. Not its square root.</summary>
    public static double JensenShannon(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        var (n, m) = (Total(reference), Total(current));
        var sum = 0.0;
        for (var i = 0; i < reference.Count; i++)
        {
            sum += JensenShannonPart(reference[i] / n, current[i] / m);
        }

        return Math.Clamp(sum, 0, 1);
    }

    /// <summary>Jensen–Shannon divergence (Lin, 1991) of shares: from 0 to 1 in bits, to ln 2 in nats.</summary>
    /// <exception cref="RondoException">The shares do not have the same bins, are negative, or do not sum to 1.</exception>
    public static double JensenShannon(
        IReadOnlyList<double> reference,
        IReadOnlyList<double> current,
        LogarithmBase logarithm = LogarithmBase.Two
    )
    {
        CheckShares(reference, current);
        var bits = Math.Clamp(reference.Zip(current, JensenShannonPart).Sum(), 0, 1);
        return bits * (logarithm == LogarithmBase.Two ? 1 : Math.Log(2));
    }

    /// <summary>The square root of the divergence, which is a metric: from 0 to 1 in base 2, to √ln 2 in base e.</summary>
    /// <exception cref="RondoException">The shares do not have the same bins, are negative, or do not sum to 1.</exception>
    public static double JensenShannonDistance(
        IReadOnlyList<double> reference,
        IReadOnlyList<double> current,
        LogarithmBase logarithm = LogarithmBase.Two
    ) => Math.Sqrt(JensenShannon(reference, current, logarithm));

    /// <summary>
    /// Kullback–Leibler divergence Σ p ln(p / q) of <paramref name="p"/> from <paramref name="q"/>; infinite where q lacks what p has.
    /// </summary>
    /// <exception cref="RondoException">The shares do not have the same bins, are negative, or do not sum to 1.</exception>
    public static double KullbackLeibler(
        IReadOnlyList<double> p,
        IReadOnlyList<double> q,
        LogarithmBase logarithm = LogarithmBase.E
    )
    {
        CheckShares(p, q);
        var nats = Math.Max(0, p.Zip(q, (a, b) => a == 0 ? 0 : a * Math.Log(a / b)).Sum());
        return nats / (logarithm == LogarithmBase.E ? 1 : Math.Log(2));
    }

    /// <summary>The greatest difference of two shares (L-infinity).</summary>
    public static double LInfinity(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        var (n, m) = (Total(reference), Total(current));
        return reference.Select((count, i) => Math.Abs((count / n) - (current[i] / m))).DefaultIfEmpty(0).Max();
    }

    /// <summary>The greatest difference of two shares (L-infinity), 0 to 1.</summary>
    /// <exception cref="RondoException">The shares do not have the same bins, are negative, or do not sum to 1.</exception>
    public static double LInfinity(IReadOnlyList<double> reference, IReadOnlyList<double> current)
    {
        CheckShares(reference, current);
        return reference.Zip(current, (p, q) => Math.Abs(p - q)).Max();
    }

    /// <summary>Total variation: half the sum of all differences, 0 to 1.</summary>
    /// <exception cref="RondoException">The shares do not have the same bins, are negative, or do not sum to 1.</exception>
    public static double TotalVariation(IReadOnlyList<double> reference, IReadOnlyList<double> current)
    {
        CheckShares(reference, current);
        return reference.Zip(current, (p, q) => Math.Abs(p - q)).Sum() / 2;
    }

    /// <summary>Hellinger distance √(½ Σ (√p − √q)²), 0 to 1.</summary>
    /// <exception cref="RondoException">The shares do not have the same bins, are negative, or do not sum to 1.</exception>
    public static double Hellinger(IReadOnlyList<double> reference, IReadOnlyList<double> current)
    {
        CheckShares(reference, current);
        var roots = reference.Zip(current, (p, q) => Math.Sqrt(p) - Math.Sqrt(q));
        return Math.Sqrt(roots.Sum(root => root * root) / 2);
    }

    /// <summary>Counts as shares of their sum.</summary>
    /// <exception cref="RondoException">A count is negative, or they sum to 0.</exception>
    public static double[] Shares(IReadOnlyList<long> counts)
    {
        foreach (var count in counts)
        {
            Samples.CheckCount(count, "A count of rows");
        }

        double total = counts.Sum();
        return total > 0
            ? counts.Select(count => count / total).ToArray()
            : throw Samples.Refuse($"There are no rows.", "Give at least one.");
    }

    internal static void CheckShares(IReadOnlyList<double> reference, IReadOnlyList<double> current)
    {
        Samples.CheckSameLength(reference.Count, current.Count, nameof(current));
        foreach (var shares in (IReadOnlyList<double>[])[reference, current])
        {
            Samples.Check(shares, "A list of shares");
            if (shares.Any(share => share < 0) || Math.Abs(shares.Sum() - 1) > SumTolerance)
            {
                throw Samples.Refuse(
                    $"Shares are negative or sum to {shares.Sum()}.",
                    "Give shares that sum to 1; Distance.Shares makes them of counts."
                );
            }
        }
    }

    private static double JensenShannonPart(double p, double q)
    {
        var middle = (p + q) / 2;
        return (Part(p, middle) + Part(q, middle)) / 2;
    }

    private static double Total(IReadOnlyList<long> counts) => Math.Max(1, counts.Sum());

    private static double Part(double share, double middle) => share == 0 ? 0 : share * Math.Log2(share / middle);
}
