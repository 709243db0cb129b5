using System.Globalization;

namespace Rondo.Data;

/// <summary>Small pictures of columns, as SVG.</summary>
internal static class Picture
{
    private const int Width = 320;
    private const int Height = 72;
    private const int RowHeight = 16;
    private const int LabelWidth = 120;
    private const int LabelLength = 18;

    /// <summary>Bars of a histogram, with the least and the greatest value below.</summary>
    public static void Histogram(HtmlText page, IReadOnlyList<HistogramBin> bins)
    {
        var most = Math.Max(1, bins.Max(bin => bin.Count));
        var width = (double)Width / bins.Count;
        page.Add($"<svg viewBox=\"0 0 {Width} {Height + 14}\" role=\"img\" aria-label=\"histogram\">");
        foreach (var (i, bin) in bins.Index())
        {
            var height = Height * (double)bin.Count / most;
            page.Add(
                $"<rect class=\"bar\" x=\"{i * width:F1}\" y=\"{Height - height:F1}\" width=\"{width - 1:F1}\" height=\"{height:F1}\"><title>{bin.From:G6} to {bin.To:G6}: {bin.Count}</title></rect>"
            );
        }

        page.Add(
            $"<text x=\"0\" y=\"{Height + 11}\">{bins[0].From:G6}</text><text x=\"{Width}\" y=\"{Height + 11}\" text-anchor=\"end\">{bins[^1].To:G6}</text></svg>"
        );
    }

    /// <summary>The most frequent values, each with its share.</summary>
    public static void Values(HtmlText page, IReadOnlyList<ValueCount> values, long count)
    {
        var most = Math.Max(1, values.Max(value => value.Count));
        page.Add(
            $"<svg viewBox=\"0 0 {Width} {values.Count * RowHeight}\" role=\"img\" aria-label=\"most frequent values\">"
        );
        foreach (var (i, value) in values.Index())
        {
            var width = (Width - LabelWidth - 40) * (double)value.Count / most;
            var y = i * RowHeight;
            page.Add(
                $"<text x=\"{LabelWidth - 6}\" y=\"{y + 11}\" text-anchor=\"end\">{Short(value.Value)}<title>{value.Value}: {value.Count}</title></text><rect class=\"bar\" x=\"{LabelWidth}\" y=\"{y + 3}\" width=\"{width:F1}\" height=\"10\"/><text x=\"{LabelWidth + width + 4:F1}\" y=\"{y + 11}\">{Share(value.Count, count)}</text>"
            );
        }

        page.Raw("</svg>");
    }

    public static string Share(long part, long whole) =>
        whole == 0 ? "" : ((double)part / whole).ToString("P1", CultureInfo.InvariantCulture);

    private static string Short(string text) =>
        text.Length == 0 ? "(empty)"
        : text.Length <= LabelLength ? text
        : text[..LabelLength] + "…";
}
