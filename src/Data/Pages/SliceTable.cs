namespace Rondo.Data;

/// <summary>Statistics by slice: a line for each slice and column, so that a slice that is not like the others is seen.</summary>
internal static class SliceTable
{
    public static void Add(HtmlText page, SliceStatistics slices)
    {
        page.Add($"<h2>By {slices.Column}</h2><table><tr><th>{slices.Column}</th><th>Rows</th><th>Share</th></tr>");
        foreach (var slice in slices.Slices)
        {
            page.Add(
                $"<tr><td>{slice.Name}</td><td class=\"number\">{slice.Statistics.Rows:N0}</td><td class=\"number\">{Picture.Share(slice.Statistics.Rows, slices.Rows)}</td></tr>"
            );
        }

        page.Raw("</table>");
        var columns = slices
            .Slices.SelectMany(slice => slice.Statistics.Columns)
            .Select(column => column.Name)
            .Distinct(ColumnNames.Comparer)
            .Where(name => !ColumnNames.Comparer.Equals(name, slices.Column));
        foreach (var column in columns)
        {
            Column(page, slices, column);
        }
    }

    private static void Column(HtmlText page, SliceStatistics slices, string name)
    {
        page.Add(
            $"<h3>{name} by {slices.Column}</h3><table><tr><th>{slices.Column}</th><th>Missing</th><th>Different</th>"
        );
        page.Raw("<th>Mean ± deviation, or most frequent</th><th>Least</th><th>Middle</th><th>Greatest</th></tr>");
        foreach (var slice in slices.Slices)
        {
            if (slice.Statistics.Find(name) is not { } column)
            {
                continue;
            }

            page.Add(
                $"<tr><td>{slice.Name}</td><td class=\"number\">{Picture.Share(column.Missing, column.Count + column.Missing)}</td><td class=\"number\">{(column.DistinctIsExact ? "" : "about ")}{column.Distinct:N0}</td>"
            );
            Values(page, column);
            page.Raw("</tr>");
        }

        page.Raw("</table>");
    }

    private static void Values(HtmlText page, ColumnStatistics column)
    {
        if (column.Numbers is { } numbers)
        {
            page.Add(
                $"<td class=\"number\">{numbers.Mean:G5} ± {numbers.Deviation:G4}</td><td class=\"number\">{numbers.Min:G5}</td><td class=\"number\">{numbers.Median:G5}</td><td class=\"number\">{numbers.Max:G5}</td>"
            );
            return;
        }

        var top = column.Top is [var most, ..] ? $"{most.Value} ({Picture.Share(most.Count, column.Count)})" : "";
        page.Add(
            $"<td>{top}</td><td class=\"number\">{column.Earliest}</td><td></td><td class=\"number\">{column.Latest}</td>"
        );
    }
}
