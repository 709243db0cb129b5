namespace Rondo.Data;

/// <summary>
/// The Wasserstein-1 distance ("earth mover's"): how far, on average, the mass of one sample has to be moved to become the other; the area
/// between the two distribution functions. In the unit of the values.
/// </summary>
public static class Wasserstein
{
    /// <summary>The distance, in the unit of the values. Symmetric; the order of rows does not matter.</summary>
    /// <exception cref="RondoException">A sample is empty or has a value that is not finite.</exception>
    public static double Of(IReadOnlyList<double> reference, IReadOnlyList<double> current) =>
        DistributionFunctions.Area(reference, current, Math.Abs);

    /// <summary>
    /// The distance by the deviation of the reference (of the population, divided by n), so that columns can be compared; null where the
    /// reference does not vary.
    /// </summary>
    /// <exception cref="RondoException">A sample is empty or has a value that is not finite.</exception>
    public static double? Normed(IReadOnlyList<double> reference, IReadOnlyList<double> current)
    {
        var distance = Of(reference, current);
        var deviation = Math.Sqrt(Moments.Of(reference).PopulationVariance ?? 0);
        return deviation > 0 ? distance / deviation : null;
    }
}

/// <summary>
/// The energy distance (Székely and Rizzo, 2013) in the form √(2 ∫ (F − G)²), as in scipy: 0 only for equal distributions. In the root of
/// the unit of the values.
/// </summary>
public static class EnergyDistance
{
    /// <summary>The distance. Symmetric; the order of rows does not matter.</summary>
    /// <exception cref="RondoException">A sample is empty or has a value that is not finite.</exception>
    public static double Of(IReadOnlyList<double> reference, IReadOnlyList<double> current) =>
        Math.Sqrt(2 * DistributionFunctions.Area(reference, current, difference => difference * difference));
}

internal static class DistributionFunctions
{
    /// <summary>The integral of a function of F − G over the values.</summary>
    public static double Area(
        IReadOnlyList<double> reference,
        IReadOnlyList<double> current,
        Func<double, double> ofDifference
    )
    {
        var a = Samples.Sorted(reference, nameof(reference));
        var b = Samples.Sorted(current, nameof(current));
        var (i, j) = (0, 0);
        var last = Math.Min(a[0], b[0]);
        var area = 0.0;
        while (i < a.Length || j < b.Length)
        {
            var value =
                i == a.Length ? b[j]
                : j == b.Length ? a[i]
                : Math.Min(a[i], b[j]);
            area += (value - last) * ofDifference(((double)i / a.Length) - ((double)j / b.Length));
            last = value;
            while (i < a.Length && a[i] == value)
            {
                i++;
            }

            while (j < b.Length && b[j] == value)
            {
                j++;
            }
        }

        return area;
    }
}
