using System.Globalization;

namespace Rondo.Data;

/// <summary>What in a column deserves a look before anything is trained on it.</summary>
public enum QualityConcern
{
    /// <summary>There is no value at all.</summary>
    Empty,

    /// <summary>Half of the values are missing, or more.</summary>
    MostlyMissing,

    /// <summary>Every value is the same: it can explain nothing.</summary>
    Constant,

    /// <summary>One value makes up 99 % or more.</summary>
    NearlyConstant,

    /// <summary>Every value is different, as in a key: a model would learn rows by heart.</summary>
    Identifier,

    /// <summary>More than a thousand different texts.</summary>
    ManyCategories,

    /// <summary>Infinite values, or such that are not a number.</summary>
    NotFinite,

    /// <summary>Values far outside where the middle half lies.</summary>
    FarOut,

    /// <summary>Texts that are empty or white space.</summary>
    Blank,
}

/// <summary>One thing that deserves a look.</summary>
/// <param name="Column">The column.</param>
/// <param name="Concern">What it is.</param>
/// <param name="Message">The same in words, with its figures.</param>
public sealed record QualityWarning(string Column, QualityConcern Concern, string Message);

internal static class QualityRules
{
    private const double NearlyAll = 0.99;
    private const long ManyTexts = 1000;
    private const long RowsMin = 20;

    // Tukey's outer fence is three widths of the middle half away; the tails of skewed columns reach further without being wrong.
    private const double FarOutWidths = 10;

    public static IEnumerable<QualityWarning> Of(TableStatistics table) =>
        table.Columns.SelectMany(column => Of(column, column.Count + column.Missing));

    private static IEnumerable<QualityWarning> Of(ColumnStatistics column, long rows)
    {
        if (column.Count == 0)
        {
            return rows == 0 ? [] : [Warn(column, QualityConcern.Empty, $"has no value in any of {rows} rows")];
        }

        return OfValues(column, rows).Concat(OfNumbers(column)).Concat(OfTexts(column));
    }

    private static IEnumerable<QualityWarning> OfValues(ColumnStatistics column, long rows)
    {
        if (column.Missing * 2 >= rows)
        {
            yield return Warn(
                column,
                QualityConcern.MostlyMissing,
                $"lacks {(double)column.Missing / rows:P1} of its values"
            );
        }

        if (column.Distinct == 1 && column.Count >= RowsMin)
        {
            yield return Warn(column, QualityConcern.Constant, $"holds one value only: {Only(column)}");
        }
        else if (column.Top is [var most, ..] && most.Count >= NearlyAll * column.Count && column.Count >= RowsMin)
        {
            yield return Warn(
                column,
                QualityConcern.NearlyConstant,
                $"is '{most.Value}' in {(double)most.Count / column.Count:P1} of the rows"
            );
        }
    }

    private static string Only(ColumnStatistics column) =>
        column.Top is [var only, ..] ? $"'{only.Value}'" : column.Earliest ?? "";

    private static IEnumerable<QualityWarning> OfTexts(ColumnStatistics column)
    {
        var isName = column.Type is ColumnType.Text or ColumnType.Integer;
        var isKey = column.DistinctIsExact ? column.Distinct == column.Count : column.Distinct >= 0.97 * column.Count;
        if (isName && isKey && column.Count >= RowsMin)
        {
            yield return Warn(column, QualityConcern.Identifier, "has a different value in every row, as a key has");
        }
        else if (column.Type == ColumnType.Text && column.Distinct > ManyTexts)
        {
            yield return Warn(column, QualityConcern.ManyCategories, $"has {column.Distinct} different texts");
        }

        if (column.Texts is { Blank: > 0 and var blank })
        {
            yield return Warn(column, QualityConcern.Blank, $"is blank in {blank} rows");
        }
    }

    private static IEnumerable<QualityWarning> OfNumbers(ColumnStatistics column)
    {
        if (column.Numbers is not { } numbers)
        {
            yield break;
        }

        if (numbers.NotFinite > 0)
        {
            yield return Warn(
                column,
                QualityConcern.NotFinite,
                $"is infinite or not a number in {numbers.NotFinite} rows"
            );
        }

        var (low, high) = (At(numbers, 0.25), At(numbers, 0.75));
        var fence = FarOutWidths * (high - low);
        if (fence > 0 && (numbers.Min < low - fence || numbers.Max > high + fence))
        {
            yield return Warn(
                column,
                QualityConcern.FarOut,
                $"goes from {numbers.Min:G6} to {numbers.Max:G6}, though half of it lies between {low:G6} and {high:G6}"
            );
        }
    }

    private static double At(NumberStatistics numbers, double share) =>
        numbers.Quantiles.First(q => q.Share == share).Value;

    private static QualityWarning Warn(ColumnStatistics column, QualityConcern concern, FormattableString words) =>
        new(column.Name, concern, words.ToString(CultureInfo.InvariantCulture));

    private static QualityWarning Warn(ColumnStatistics column, QualityConcern concern, string words) =>
        new(column.Name, concern, words);
}
