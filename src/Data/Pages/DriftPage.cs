using System.Globalization;

namespace Rondo.Data;

/// <summary>A drift report as one page of HTML that needs nothing else.</summary>
public static class DriftPage
{
    private const int DriversShown = 10;

    /// <summary>The page: columns most moved first, each with what drove it.</summary>
    /// <param name="title">What was compared, such as the name of a file.</param>
    /// <param name="report">What was found.</param>
    public static string Html(string title, DriftReport report)
    {
        var page = new HtmlText(title);
        page.Add(
            $"<h1>{title}</h1><p class=\"soft\">{report.CurrentRows:N0} rows beside {report.ReferenceRows:N0} of the reference</p>"
        );
        if (report.Limits is { } limits)
        {
            page.Add($"<p>{limits}</p>");
        }

        if (report.Domain is { } domain)
        {
            Together(page, domain);
        }

        page.Raw("<h2>Columns, most moved first</h2><table><tr><th>Column</th><th></th><th>What drove it</th>");
        page.Raw(
            "<th>Effect</th><th>PSI</th><th>KS</th><th>Wasserstein</th><th>Jensen–Shannon</th><th>p, adjusted</th></tr>"
        );
        foreach (var column in report.Columns.OrderByDescending(column => column.Effect ?? -1))
        {
            Row(page, column);
        }

        return page.Raw("</table>").ToString();
    }

    private static void Together(HtmlText page, DomainDrift domain)
    {
        page.Add(
            $"<h2>All columns together</h2><p>A classifier tells current rows from reference rows with an AUC of {domain.Auc:F3} (0.5: not at all); p {Small(domain.P)}.</p>"
        );
        if (domain.Drivers.Count == 0)
        {
            return;
        }

        page.Raw("<table><tr><th>Column</th><th>Share of what told them apart</th></tr>");
        foreach (var driver in domain.Drivers.Take(DriversShown))
        {
            page.Add($"<tr><td>{driver.Column}</td><td class=\"number\">{driver.Share:P1}</td></tr>");
        }

        page.Raw("</table>");
    }

    private static void Row(HtmlText page, ColumnDrift column)
    {
        var (kind, state) =
            column.AboveLimits.Count > 0 ? ("bad", "above its limits")
            : column.Limits is not null ? ("soft", "within its limits")
            : column.IsSignificant ? ("bad", "moved")
            : ("soft", "");
        page.Add(
            $"<tr><td>{column.Column}</td><td class=\"{kind}\">{column.Reason ?? state}</td><td>{column.Driver}</td>"
        );
        foreach (var measure in s_measures)
        {
            page.Add($"<td class=\"number\">{column[measure]:G3}{Limit(column, measure)}</td>");
        }

        page.Add($"<td class=\"number\">{Small(column.AdjustedP)}</td></tr>");
    }

    private static readonly DriftMeasure[] s_measures =
    [
        DriftMeasure.Effect,
        DriftMeasure.Psi,
        DriftMeasure.Ks,
        DriftMeasure.Wasserstein,
        DriftMeasure.JensenShannon,
    ];

    private static string Limit(ColumnDrift column, DriftMeasure measure) =>
        column.Limits?[measure] is { } limit ? string.Create(CultureInfo.InvariantCulture, $" (limit {limit:G3})") : "";

    private static string Small(double? p) => p?.ToString("G2", CultureInfo.InvariantCulture) ?? "unknown";
}
