namespace Rondo.Data;

internal static class Profiling
{
    private const int Bins = 10;
    private const double SpreadMin = 1e-3;

    public static ColumnProfile Of(Column column)
    {
        var count = column.Count - column.MissingCount;
        return column.Type is ColumnType.Integer or ColumnType.Number
            ? new ColumnProfile(
                column.Name,
                column.Type,
                count,
                column.MissingCount,
                OfNumbers(ColumnValues.Sorted(column)),
                null
            )
            : new ColumnProfile(
                column.Name,
                column.Type,
                count,
                column.MissingCount,
                null,
                OfCategories([.. ColumnValues.Categories(column)])
            );
    }

    /// <summary>Rounding keeps the order.</summary>
    public static double[] Rounded(double[] sorted) => Array.ConvertAll(sorted, SinglePrecision.Round);

    /// <summary>Finite numbers in ascending order; null of none.</summary>
    public static NumberProfile? OfNumbers(double[] sorted)
    {
        if (sorted.Length == 0)
        {
            return null;
        }

        // Where nearly all digits are needed to tell values apart, as near 1e9 with a spread of 30, none may be rounded away.
        var rounded = sorted[^1] - sorted[0] >= SpreadMin * Math.Max(Math.Abs(sorted[0]), Math.Abs(sorted[^1]));
        sorted = rounded ? Rounded(sorted) : sorted;
        var edges = Binning.QuantileEdges(sorted, Bins);
        var moments = Moments.Of(sorted);
        return new NumberProfile(
            edges,
            Binning.Count(edges, sorted),
            Thin(sorted),
            moments.Mean,
            moments.Deviation,
            rounded
        );
    }

    private static double[] Thin(double[] sorted)
    {
        if (sorted.Length <= NumberProfile.SampleMax)
        {
            return sorted;
        }

        var step = (double)sorted.Length / NumberProfile.SampleMax;
        return Enumerable.Range(0, NumberProfile.SampleMax).Select(i => sorted[(int)((i + 0.5) * step)]).ToArray();
    }

    /// <summary>How often each value occurs, in any order; null of none.</summary>
    public static CategoryProfile? OfCategories(IReadOnlyCollection<KeyValuePair<string, long>> counts)
    {
        if (counts.Count == 0)
        {
            return null;
        }

        var top = counts
            .OrderByDescending(c => c.Value)
            .ThenBy(c => c.Key, StringComparer.Ordinal)
            .Take(CategoryProfile.ValuesMax)
            .Select(c => new ValueCount(c.Key, c.Value))
            .ToArray();
        return new CategoryProfile(top, counts.Sum(c => c.Value) - top.Sum(c => c.Count));
    }
}
