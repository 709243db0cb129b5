namespace Rondo.Data;

/// <summary>Distances between two distributions given by counts.</summary>
public static class Distance
{
    /// <summary>Jensen–Shannon divergence in bits: 0 for equal shares, 1 for disjoint ones. Not its square root.</summary>
    public static double JensenShannon(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        var (n, m) = (Total(reference), Total(current));
        var sum = 0.0;
        for (var i = 0; i < reference.Count; i++)
        {
            var p = reference[i] / n;
            var q = current[i] / m;
            var middle = (p + q) / 2;
            sum += (Part(p, middle) + Part(q, middle)) / 2;
        }

        return Math.Clamp(sum, 0, 1);
    }

    /// <summary>The greatest difference of two shares (L-infinity).</summary>
    public static double LInfinity(IReadOnlyList<long> reference, IReadOnlyList<long> current)
    {
        var (n, m) = (Total(reference), Total(current));
        return reference.Select((count, i) => Math.Abs((count / n) - (current[i] / m))).DefaultIfEmpty(0).Max();
    }

    private static double Total(IReadOnlyList<long> counts) => Math.Max(1, counts.Sum());

    private static double Part(double share, double middle) => share == 0 ? 0 : share * Math.Log2(share / middle);
}
