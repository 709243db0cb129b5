namespace Rondo.Data;

/// <summary>Bins for numbers. Published, because an index over bins means what its bins mean.</summary>
public static class Binning
{
    /// <summary>
    /// The inner edges of bins closed on the right, (lower, upper], whose outer ones are open: type-7 quantiles at i / k, each once and without
    /// the greatest value. One fewer than bins. A single value has three bins (below it, the value, above it); values of which more than
    /// (k − 1) / k are the greatest have two (below it, the value).
    /// </summary>
    /// <exception cref="RondoException">There are no values, or fewer than two bins are asked for.</exception>
    public static double[] QuantileEdges(IReadOnlyList<double> sorted, int bins)
    {
        Samples.CheckPositive(sorted.Count, "The number of values");
        if (bins < 2)
        {
            throw Samples.Refuse($"{bins} bins tell nothing apart.", "Give two or more.");
        }

        var values = sorted as double[] ?? sorted.ToArray();
        if (values[0] == values[^1])
        {
            // (−∞, previous number], (previous, value], (value, ∞): "below", "the value", "above".
            return [Math.BitDecrement(values[0]), values[0]];
        }

        // The greatest value ends the last bin, and the least one begins the first: neither is an inner edge.
        var edges = Enumerable
            .Range(1, bins - 1)
            .Select(i => Quantile.Linear(values, (double)i / bins))
            .Where(edge => edge < values[^1])
            .Distinct()
            .ToArray();
        // More than nine tenths are the greatest value: "below" and "the value".
        return edges.Length > 0 ? edges : [Math.BitDecrement(values[^1])];
    }

    /// <summary>
    /// All edges, the outer ones included, of bins of equal width from the least to the greatest value: ⌈log₂ n + 1⌉ of them (Sturges, 1926),
    /// as NumPy and Evidently (over reference and current together) have them. A single value has one bin of width 1 around it.
    /// </summary>
    /// <exception cref="RondoException">There are no values.</exception>
    public static double[] SturgesEdges(IReadOnlyList<double> values)
    {
        Samples.Check(values, nameof(values));
        var (low, high) = (values.Min(), values.Max());
        if (low == high)
        {
            return [low - 0.5, high + 0.5];
        }

        var bins = (int)Math.Ceiling(Math.Log2(values.Count) + 1);
        var step = (high - low) / bins;
        return [.. Enumerable.Range(0, bins).Select(i => low + (i * step)), high];
    }

    /// <summary>Rows by bin (lower, upper] of ascending inner edges; one more than these. The values ascend.</summary>
    public static long[] Count(IReadOnlyList<double> innerEdges, ReadOnlySpan<double> sorted)
    {
        var counts = new long[innerEdges.Count + 1];
        var passed = 0;
        for (var bin = 0; bin < innerEdges.Count; bin++)
        {
            var upTo = passed + UpTo(sorted[passed..], innerEdges[bin]);
            (counts[bin], passed) = (upTo - passed, upTo);
        }

        counts[^1] = sorted.Length - passed;
        return counts;
    }

    /// <summary>
    /// Rows by bin [lower, upper) of ascending edges, the outer ones included, the last bin closed: one fewer than edges, as NumPy's
    /// <c>histogram</c>. Values outside are left out.
    /// </summary>
    /// <exception cref="RondoException">There are fewer than two edges.</exception>
    public static long[] CountWithin(IReadOnlyList<double> edges, IReadOnlyList<double> values)
    {
        if (edges.Count < 2)
        {
            throw Samples.Refuse($"{edges.Count} edges make no bin.", "Give two or more.");
        }

        var ascending = edges as double[] ?? edges.ToArray();
        var counts = new long[edges.Count - 1];
        foreach (var value in values.Where(v => v >= ascending[0] && v <= ascending[^1]))
        {
            var at = Array.BinarySearch(ascending, value);
            counts[Math.Min(at >= 0 ? at : ~at - 1, counts.Length - 1)]++;
        }

        return counts;
    }

    // How many of ascending values are not above a limit.
    private static int UpTo(ReadOnlySpan<double> sorted, double limit)
    {
        var (low, high) = (0, sorted.Length);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            (low, high) = sorted[middle] <= limit ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
