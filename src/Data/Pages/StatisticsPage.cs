namespace Rondo.Data;

/// <summary>Statistics as one page of HTML that needs nothing else: to look at, to send, to keep beside a dataset.</summary>
public static class StatisticsPage
{
    private const int ValuesShown = 6;

    /// <summary>The page.</summary>
    /// <param name="title">What was described, such as the name of a file.</param>
    /// <param name="statistics">Its statistics.</param>
    /// <param name="associations">What its columns have to do with each other, if that is to be shown.</param>
    /// <param name="slices">The same by the values of a column, if that is to be shown.</param>
    public static string Html(
        string title,
        TableStatistics statistics,
        Associations? associations = null,
        SliceStatistics? slices = null
    )
    {
        var page = new HtmlText(title);
        var cells = statistics.Rows * statistics.Columns.Count;
        page.Add(
            $"<h1>{title}</h1><p class=\"soft\">{statistics.Rows:N0} rows, {statistics.Columns.Count} columns, {Picture.Share(statistics.Columns.Sum(c => c.Missing), cells)} of all values missing</p>"
        );
        Warnings(page, statistics);
        Pairs(page, associations?.NearDuplicates() ?? []);
        page.Raw("<h2>Columns</h2><div class=\"cards\">");
        foreach (var column in statistics.Columns)
        {
            Column(page, column);
        }

        page.Raw("</div>");
        if (slices is not null)
        {
            SliceTable.Add(page, slices);
        }

        return page.ToString();
    }

    private static void Warnings(HtmlText page, TableStatistics statistics)
    {
        var warnings = statistics.Warnings();
        if (warnings.Count == 0)
        {
            page.Raw("<p class=\"good\">Nothing stands out.</p>");
            return;
        }

        page.Raw("<h2>Worth a look</h2><table><tr><th>Column</th><th>It …</th></tr>");
        foreach (var warning in warnings)
        {
            page.Add($"<tr><td>{warning.Column}</td><td>{warning.Message}</td></tr>");
        }

        page.Raw("</table>");
    }

    private static void Pairs(HtmlText page, IReadOnlyList<Association> pairs)
    {
        if (pairs.Count == 0)
        {
            return;
        }

        page.Raw("<h2>Nearly the same</h2><table><tr><th>Column</th><th>And</th><th>Association</th></tr>");
        foreach (var pair in pairs)
        {
            page.Add($"<tr><td>{pair.Left}</td><td>{pair.Right}</td><td>{pair.Value:F3}</td></tr>");
        }

        page.Raw("</table>");
    }

    private static void Column(HtmlText page, ColumnStatistics column)
    {
        var rows = column.Count + column.Missing;
        page.Add(
            $"<section class=\"card\"><header><h3>{column.Name}</h3><span class=\"soft\">{column.Type}</span></header>"
        );
        page.Add(
            $"<div class=\"miss\" title=\"{column.Missing} of {rows} missing\"><i style=\"width:{(rows == 0 ? 0 : 100.0 * column.Missing / rows):F1}%\"></i></div><dl>"
        );
        Fact(page, "missing", $"{column.Missing:N0} ({Picture.Share(column.Missing, rows)})");
        Fact(page, "different", $"{(column.DistinctIsExact ? "" : "about ")}{column.Distinct:N0}");
        if (column.Numbers is { } numbers)
        {
            Fact(page, "mean ± deviation", $"{numbers.Mean:G5} ± {numbers.Deviation:G4}");
            Fact(page, "1 % · middle · 99 %", $"{At(numbers, 0.01):G4} · {numbers.Median:G4} · {At(numbers, 0.99):G4}");
        }
        else if (column.Earliest is { } earliest)
        {
            Fact(page, "from", $"{earliest}");
            Fact(page, "to", $"{column.Latest}");
        }
        else if (column.Texts is { } texts)
        {
            Fact(page, "length", $"{texts.ShortestLength} to {texts.LongestLength}, {texts.MeanLength:F1} on average");
        }

        page.Raw("</dl>");
        if (column.Numbers is { } drawn)
        {
            Picture.Histogram(page, drawn.Histogram);
        }
        else if (column.Top is { Count: > 0 } top)
        {
            Picture.Values(page, [.. top.Take(ValuesShown)], column.Count);
        }
        else if (column.Frequent is { Count: > 0 } frequent)
        {
            page.Raw("<dl>");
            foreach (var value in frequent.Take(ValuesShown))
            {
                Fact(
                    page,
                    value.Value.Length == 0 ? "(empty)" : value.Value,
                    $"{Picture.Share(value.Least, column.Count)} to {Picture.Share(value.Greatest, column.Count)}"
                );
            }

            page.Raw("</dl>");
        }

        page.Raw("</section>");
    }

    private static void Fact(HtmlText page, string name, FormattableString value) =>
        page.Add($"<dt>{name}</dt><dd>").Add(value).Raw("</dd>");

    private static double At(NumberStatistics numbers, double share) =>
        numbers.Quantiles.First(q => q.Share == share).Value;
}
