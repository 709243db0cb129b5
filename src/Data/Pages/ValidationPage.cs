namespace Rondo.Data;

/// <summary>A validation report as one page of HTML that needs nothing else.</summary>
public static class ValidationPage
{
    /// <summary>The page.</summary>
    /// <param name="title">What was validated, such as the name of a file.</param>
    /// <param name="report">What was found.</param>
    public static string Html(string title, ValidationReport report)
    {
        var page = new HtmlText(title);
        page.Add($"<h1>{title}</h1><p class=\"soft\">{report.Rows:N0} rows against the schema of {report.Schema}</p>");
        if (report.IsClean)
        {
            return page.Raw("<p class=\"good\">Everything is as expected.</p>").ToString();
        }

        Section(page, "Stops a run", "bad", [.. report.Anomalies.Where(anomaly => anomaly.IsSchemaSkew)]);
        Section(page, "Is told, and does not stop", "soft", [.. report.Anomalies.Where(a => !a.IsSchemaSkew)]);
        return page.ToString();
    }

    private static void Section(HtmlText page, string heading, string kind, IReadOnlyList<Anomaly> anomalies)
    {
        if (anomalies.Count == 0)
        {
            return;
        }

        page.Add($"<h2 class=\"{kind}\">{heading} ({anomalies.Count})</h2>");
        page.Raw(
            "<table><tr><th style=\"width:30%\">What</th><th style=\"width:6rem\">Share</th><th>Examples</th><th style=\"width:30%\">What to do</th></tr>"
        );
        foreach (var anomaly in anomalies)
        {
            page.Add(
                $"<tr><td>{anomaly.Message}</td><td class=\"number\">{anomaly.Share:P1}</td><td>{string.Join(" · ", anomaly.Examples)}</td><td>{anomaly.Mend}</td></tr>"
            );
        }

        page.Raw("</table>");
    }
}
