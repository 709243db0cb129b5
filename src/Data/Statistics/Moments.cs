using System.Runtime.InteropServices;

namespace Rondo.Data;

/// <summary>
/// Count, mean and spread in one pass, by Welford's update; two of them merge by Chan's. Stable where values are large and their
/// spread is small.
/// </summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Moments
{
    private double SumOfSquares { get; init; }

    /// <summary>How many values.</summary>
    public long Count { get; private init; }

    /// <summary>Their mean; NaN of none.</summary>
    public double Mean
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

    /// <summary>The moments of values.</summary>
    public static Moments Of(IEnumerable<double> values) =>
        values.Aggregate(default(Moments), static (moments, value) => moments.Add(value));

    /// <summary>With one more value.</summary>
    public Moments Add(double value)
    {
        var mean = Count == 0 ? 0 : Mean;
        var delta = value - mean;
        mean += delta / (Count + 1);
        return new Moments
        {
            Count = Count + 1,
            Mean = mean,
            SumOfSquares = SumOfSquares + (delta * (value - mean)),
        };
    }

    /// <summary>The moments of both samples together.</summary>
    public Moments Merge(Moments other)
    {
        if (Count == 0 || other.Count == 0)
        {
            return Count == 0 ? other : this;
        }

        var count = Count + other.Count;
        var delta = other.Mean - Mean;
        return new Moments
        {
            Count = count,
            Mean = Mean + (delta * other.Count / count),
            SumOfSquares = SumOfSquares + other.SumOfSquares + (delta * delta * Count * other.Count / count),
        };
    }
}
