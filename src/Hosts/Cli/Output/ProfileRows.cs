using System.Globalization;
using System.Text.Json;
using Rondo.Data;

namespace Rondo.Cli.Output;

/// <summary>Statistics as the rows of a table, with a little picture of each column.</summary>
internal static class ProfileRows
{
    private const string Heights = " ▁▂▃▄▅▆▇█";
    private const int TopShown = 3;
    private const int TextLength = 16;

    public static Column[] Columns { get; } =
    [
        Column.Of("column", "column"),
        Column.Of("type", "type"),
        Column.Number("missing", "missing"),
        Column.Number("different", "distinct"),
        Column.Of("", "picture"),
        Column.Number("least", "least"),
        Column.Number("middle", "middle"),
        Column.Number("greatest", "greatest"),
        Column.Number("mean ± deviation", "mean"),
    ];

    public static IReadOnlyList<JsonElement> Of(TableStatistics statistics) =>
        [.. statistics.Columns.Select(column => JsonSerializer.SerializeToElement(Row(column), RondoJson.Options))];

    private static object Row(ColumnStatistics column)
    {
        var rows = column.Count + column.Missing;
        return new
        {
            Column = column.Name,
            Type = column.Type.ToString(),
            Missing = column.Missing == 0 ? "" : Share((double)column.Missing / rows),
            Distinct = (column.DistinctIsExact ? "" : "~")
                + column.Distinct.ToString("N0", CultureInfo.InvariantCulture),
            Picture = Picture(column),
            Least = column.Numbers is { } n ? Figure(n.Min) : column.Earliest,
            Middle = column.Numbers is { } m ? Figure(m.Median) : null,
            Greatest = column.Numbers is { } g ? Figure(g.Max) : column.Latest,
            Mean = column.Numbers is { } d ? $"{Figure(d.Mean)} ± {(d.Deviation is { } s ? Figure(s) : "–")}" : null,
        };
    }

    private static string Picture(ColumnStatistics column)
    {
        if (column.Numbers is { } numbers)
        {
            var most = numbers.Histogram.Max(bin => bin.Count);
            return string.Concat(numbers.Histogram.Select(bin => Bar(bin.Count, most)));
        }

        if (column.Frequent is { } frequent)
        {
            return string.Join(
                ", ",
                frequent
                    .Take(TopShown)
                    .Select(value => $"{Short(value.Value)} ≥{Share((double)value.Least / column.Count)}")
            );
        }

        return string.Join(
            ", ",
            (column.Top ?? [])
                .Take(TopShown)
                .Select(value => $"{Short(value.Value)} {Share((double)value.Count / column.Count)}")
        );
    }

    // What is there at all is seen.
    private static char Bar(long count, long most) =>
        count == 0 ? Heights[0] : Heights[Math.Max(1, (int)Math.Round(8.0 * count / most))];

    private static string Short(string text) => text.Length <= TextLength ? text : text[..TextLength] + "…";

    private static string Share(double share) => share.ToString("P0", CultureInfo.InvariantCulture).Replace(" ", "");

    private static string Figure(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}
