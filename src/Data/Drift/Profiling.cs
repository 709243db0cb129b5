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

        var rounded = IsRounded(sorted[0], sorted[^1]);
        return OfNumbers(rounded ? Rounded(sorted) : sorted, rounded);
    }

    /// <summary>The same of at least one number, which are rounded already where they are to be.</summary>
    public static NumberProfile OfNumbers(double[] sorted, bool rounded)
    {
        var edges = Binning.QuantileEdges(sorted, Bins);
        var (mean, squares) = TwoMoments(sorted);
        return new NumberProfile(
            edges,
            Binning.Count(edges, sorted),
            Thin(sorted),
            mean,
            sorted.Length < 2 ? null : Math.Sqrt(squares / (sorted.Length - 1)),
            rounded
        );
    }

    /// <summary>
    /// Where nearly all digits are needed to tell values apart, as near 1e9 with a spread of 30, none may be rounded away.
    /// </summary>
    public static bool IsRounded(double least, double greatest) =>
        greatest - least >= SpreadMin * Math.Max(Math.Abs(least), Math.Abs(greatest));

    // To the bit what Moments gives, without the higher ones: limits are learned from many profiles of the same rows.
    private static (double Mean, double Squares) TwoMoments(double[] values)
    {
        var (mean, squares) = (0.0, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            var delta = values[i] - mean;
            mean += delta / (i + 1);
            squares += delta * (values[i] - mean);
        }

        return (mean, squares);
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
