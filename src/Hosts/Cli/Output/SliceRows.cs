using System.Globalization;
using System.Text.Json;
using Rondo.Data;

namespace Rondo.Cli.Output;

/// <summary>Statistics by slice as the rows of a table: for each slice its rows, then its columns.</summary>
internal static class SliceRows
{
    public static Column[] Columns { get; } =
    [
        Column.Of("slice", "slice"),
        Column.Number("rows", "rows"),
        Column.Number("share", "share"),
        .. ProfileRows.Columns,
    ];

    /// <summary>The slice is named on the first of its rows.</summary>
    public static IReadOnlyList<JsonElement> Of(SliceStatistics slices) =>
        [.. slices.Slices.SelectMany(slice => Of(slice, slices))];

    private static IEnumerable<JsonElement> Of(TableSlice slice, SliceStatistics slices)
    {
        var columns = slice.Statistics.Columns.Where(column => column.Name != slices.Column).ToList();
        var rows = ProfileRows.Of(slice.Statistics with { Columns = columns });
        return rows.Select(
            (row, i) =>
            {
                var cells = row.EnumerateObject()
                    .ToDictionary(cell => cell.Name, cell => cell.Value.GetString(), StringComparer.Ordinal);
                cells["slice"] = i == 0 ? slice.Name : "";
                cells["rows"] = i == 0 ? slice.Statistics.Rows.ToString("N0", CultureInfo.InvariantCulture) : "";
                cells["share"] =
                    i == 0
                        ? ((double)slice.Statistics.Rows / slices.Rows).ToString("P1", CultureInfo.InvariantCulture)
                        : "";
                return JsonSerializer.SerializeToElement(cells);
            }
        );
    }
}
