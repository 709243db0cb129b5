using System.Globalization;
using Rondo.Data;

namespace Rondo.Tracking.Comparing;

/// <summary>A comparison as one page of HTML that stands alone: what differs first, then the curves.</summary>
internal static class ComparisonPage
{
    private const int Width = 560;
    private const int Height = 180;
    private static readonly string[] s_colours =
    [
        "#3b82c4",
        "#d98324",
        "#2e8b57",
        "#c0392b",
        "#8e5bb5",
        "#7f6a4f",
        "#d06fa8",
        "#5f6b76",
        "#9aa52c",
        "#23a6a6",
    ];

    public static string Of(RunComparison comparison)
    {
        var page = new HtmlText($"Comparison of {comparison.Runs.Count} runs");
        page.Add($"<h1>Comparison of {comparison.Runs.Count} runs</h1>");
        page.Raw("<table><tr><th></th>");
        foreach (var (i, run) in comparison.Runs.Index())
        {
            page.Add($"<th><span style=\"color: {Colour(i)}\">■</span> {run.Name}</th>");
        }

        page.Raw("</tr>");
        AddRow(page, "id", [.. comparison.Runs.Select(run => run.Id)], soft: true);
        AddRow(page, "status", [.. comparison.Runs.Select(run => run.Status)], soft: true);
        AddRow(page, "started", [.. comparison.Runs.Select(run => Time(run.StartedAt))], soft: true);
        AddRow(page, "lasted", [.. comparison.Runs.Select(Lasted)], soft: true);
        page.Raw("</table>");
        AddSection(
            page,
            "Metrics",
            comparison.Metrics,
            value => value?.ToString("G6", CultureInfo.InvariantCulture),
            "number"
        );
        AddSection(page, "Params", comparison.Params, value => value, "");
        AddSection(page, "Datasets", comparison.Datasets, value => value, "");
        AddSection(page, "Tags", comparison.Tags, value => value, "");
        if (comparison.Curves.Count > 0)
        {
            page.Raw(
                "<h2>Curves</h2><div class=\"cards\" style=\"grid-template-columns: repeat(auto-fill, minmax(30rem, 1fr))\">"
            );
            foreach (var curves in comparison.Curves)
            {
                AddCurves(page, comparison, curves);
            }

            page.Raw("</div>");
        }

        return page.ToString();
    }

    private static void AddSection<T>(
        HtmlText page,
        string title,
        IReadOnlyList<ComparedRow<T>> rows,
        Func<T?, string?> text,
        string kind
    )
    {
        if (rows.Count == 0)
        {
            return;
        }

        page.Add($"<h2>{title}</h2><table>");
        foreach (var row in rows.OrderBy(row => row.Same))
        {
            AddRow(page, row.Key, [.. row.Values.Select(text)], row.Same, kind);
        }

        page.Raw("</table>");
    }

    // What is the same everywhere is written faintly.
    private static void AddRow(HtmlText page, string key, IReadOnlyList<string?> values, bool soft, string kind = "")
    {
        page.Add($"<tr class=\"{(soft ? "soft" : "")}\"><th>{key}</th>");
        foreach (var value in values)
        {
            page.Add($"<td class=\"{kind}\">{value ?? "–"}</td>");
        }

        page.Raw("</tr>");
    }

    private static void AddCurves(HtmlText page, RunComparison comparison, MetricCurves curves)
    {
        var steps = curves.Runs.SelectMany(run => run.Steps).ToList();
        var values = curves.Runs.SelectMany(run => run.Values).ToList();
        var (left, right) = (steps.Min(), steps.Max());
        var (low, high) = (values.Min(), values.Max());
        page.Add($"<div class=\"card\"><h3>{curves.Key}</h3>");
        page.Add($"<svg viewBox=\"0 0 {Width} {Height + 16}\" role=\"img\" aria-label=\"{curves.Key} by step\">");
        foreach (var curve in curves.Runs)
        {
            var place = comparison.Runs.Index().First(run => run.Item.Id == curve.Run);
            var points = string.Join(
                ' ',
                curve.Steps.Zip(
                    curve.Values,
                    (step, value) =>
                        FormattableString.Invariant(
                            $"{Width * Share(step, left, right):F1},{Height - (Height * Share(value, low, high)):F1}"
                        )
                )
            );
            page.Add(
                $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{Colour(place.Index)}\" stroke-width=\"1.5\"><title>{place.Item.Name}</title></polyline>"
            );
        }

        page.Add(
            $"<text x=\"0\" y=\"10\">{high:G5}</text><text x=\"0\" y=\"{Height}\">{low:G5}</text><text x=\"0\" y=\"{Height + 13}\">{left}</text><text x=\"{Width}\" y=\"{Height + 13}\" text-anchor=\"end\">step {right}</text></svg></div>"
        );
    }

    // Halves: the distance between the smallest and the largest number is none.
    private static double Share(double value, double low, double high) =>
        high <= low ? 0.5
        : double.IsFinite(high - low) ? (value - low) / (high - low)
        : ((value / 2) - (low / 2)) / ((high / 2) - (low / 2));

    private static string Colour(int index) => s_colours[index % s_colours.Length];

    private static string Time(DateTimeOffset at) => at.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string? Lasted(ComparedRun run) =>
        run.EndedAt is { } end ? (end - run.StartedAt).ToString("c", CultureInfo.InvariantCulture) : null;
}
