using System.Runtime.InteropServices;

namespace Rondo.Data;

/// <summary>
/// Count, extremes, mean, spread, skewness and kurtosis in one pass, by Welford's update; two of them merge by the formulas of Chan
/// (1979) and Pébay (2008). Stable where values are large and their spread is small. Skewness and kurtosis are null of values that
/// do not vary, and where the third and fourth powers overflow.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Moments
{
    // Sums of the powers of deviations from the mean.
    private double SumOfSquares { get; init; }

    private double SumOfCubes { get; init; }

    private double SumOfFourths { get; init; }

    /// <summary>How many values.</summary>
    public long Count { get; private init; }

    /// <summary>Their mean; NaN of none.</summary>
    public double Mean
    {
        get => Count == 0 ? double.NaN : field;
        private init;
    }

    /// <summary>The least; NaN of none.</summary>
    public double Min
    {
        get => Count == 0 ? double.NaN : field;
        private init;
    }

    /// <summary>The greatest; NaN of none.</summary>
    public double Max
    {
        get => Count == 0 ? double.NaN : field;
        private init;
    }

    /// <summary>The variance of the sample (divided by n − 1); null of fewer than two values.</summary>
    public double? Variance => Count < 2 ? null : SumOfSquares / (Count - 1);

    /// <summary>The standard deviation of the sample; null of fewer than two values.</summary>
    public double? Deviation => Variance is { } variance ? Math.Sqrt(variance) : null;

    /// <summary>The variance of the population (divided by n); null of none.</summary>
    public double? PopulationVariance => Count == 0 ? null : SumOfSquares / Count;

    /// <summary>The skewness of the population, g₁ = m₃ / m₂^1.5; the default of scipy.</summary>
    public double? Skewness => Finite(Math.Sqrt(Count) * SumOfCubes / Math.Pow(SumOfSquares, 1.5));

    /// <summary>The skewness of the sample, G₁ = g₁ √(n(n − 1)) / (n − 2); null of fewer than three values.</summary>
    public double? SampleSkewness => Count < 3 ? null : Skewness * Math.Sqrt((double)Count * (Count - 1)) / (Count - 2);

    /// <summary>The kurtosis of the population above that of the normal law, g₂ = m₄ / m₂² − 3; the default of scipy.</summary>
    public double? ExcessKurtosis => Finite((Count * SumOfFourths / (SumOfSquares * SumOfSquares)) - 3);

    /// <summary>
    /// The kurtosis of the sample above that of the normal law, G₂ = (n − 1)((n + 1) g₂ + 6) / ((n − 2)(n − 3)); null of fewer than four
    /// values.
    /// </summary>
    public double? SampleExcessKurtosis =>
        Count < 4 ? null : (Count - 1.0) / (Count - 2) / (Count - 3) * (((Count + 1) * ExcessKurtosis) + 6);

    /// <summary>The moments of values.</summary>
    public static Moments Of(IEnumerable<double> values) =>
        values.Aggregate(default(Moments), static (moments, value) => moments.Add(value));

    /// <summary>With one more value.</summary>
    public Moments Add(double value)
    {
        var n = Count + 1;
        var mean = Count == 0 ? 0 : Mean;
        var delta = value - mean;
        var step = delta / n;
        mean += step;
        var square = delta * (value - mean);
        return new Moments
        {
            Count = n,
            Mean = mean,
            Min = Count == 0 ? value : Math.Min(Min, value),
            Max = Count == 0 ? value : Math.Max(Max, value),
            SumOfSquares = SumOfSquares + square,
            SumOfCubes = SumOfCubes + (square * step * (n - 2)) - (3 * step * SumOfSquares),
            SumOfFourths =
                SumOfFourths
                + (square * step * step * (((double)n * n) - (3 * n) + 3))
                + (6 * step * step * SumOfSquares)
                - (4 * step * SumOfCubes),
        };
    }

    /// <summary>The moments of both samples together.</summary>
    public Moments Merge(Moments other)
    {
        if (Count == 0 || other.Count == 0)
        {
            return Count == 0 ? other : this;
        }

        double a = Count;
        double b = other.Count;
        var n = a + b;
        var delta = other.Mean - Mean;
        var step = delta / n;
        return new Moments
        {
            Count = Count + other.Count,
            Mean = Mean + (delta * other.Count / n),
            Min = Math.Min(Min, other.Min),
            Max = Math.Max(Max, other.Max),
            SumOfSquares = SumOfSquares + other.SumOfSquares + (delta * delta * Count * other.Count / n),
            SumOfCubes =
                SumOfCubes
                + other.SumOfCubes
                + (delta * step * step * a * b * (a - b))
                + (3 * step * ((a * other.SumOfSquares) - (b * SumOfSquares))),
            SumOfFourths =
                SumOfFourths
                + other.SumOfFourths
                + (delta * step * step * step * a * b * ((a * a) - (a * b) + (b * b)))
                + (6 * step * step * ((a * a * other.SumOfSquares) + (b * b * SumOfSquares)))
                + (4 * step * ((a * other.SumOfCubes) - (b * SumOfCubes))),
        };
    }

    private double? Finite(double value) => SumOfSquares > 0 && double.IsFinite(value) ? value : null;
}
