namespace Rondo.Data;

/// <summary>Quantiles of values in ascending order (Hyndman and Fan, 1996).</summary>
public static class Quantile
{
    /// <summary>Type 7, linear between neighbours: the default of NumPy, R and DuckDB's <c>quantile_cont</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No values, or a share outside 0 to 1.</exception>
    public static double Linear(ReadOnlySpan<double> sorted, double share)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length, nameof(sorted));
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        var at = share * (sorted.Length - 1);
        var below = (int)at;
        if (below >= sorted.Length - 1 || sorted[below] == sorted[below + 1])
        {
            return sorted[below];
        }

        return sorted[below] + ((at - below) * (sorted[below + 1] - sorted[below]));
    }

    /// <summary>Type 1, always one of the values: DuckDB's <c>quantile_disc</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No values, or a share outside 0 to 1.</exception>
    public static double Discrete(ReadOnlySpan<double> sorted, double share)
    {
        ArgumentOutOfRangeException.ThrowIfZero(sorted.Length, nameof(sorted));
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        return sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
    }
}
