using System.Globalization;
using Rondo.Data;

namespace Rondo.Monitoring.Overview;

/// <summary>The newest windows of a monitor as a small line against the limit; those over it are marked.</summary>
internal static class MonitorLine
{
    private const int Width = 160;
    private const int Height = 32;
    private const int Margin = 3;

    public static void Add(HtmlText page, MonitorStanding monitor)
    {
        var windows = monitor.Windows.Where(window => window.Value is not null).ToList();
        if (windows.Count == 0)
        {
            return;
        }

        var values = windows.SelectMany(window => new[] { window.Value!.Value, window.Limit }).ToList();
        var (low, high) = (Math.Min(0, values.Min()), values.Max());
        double X(int index) =>
            windows.Count == 1 ? Width / 2.0 : Margin + ((Width - (2.0 * Margin)) * index / (windows.Count - 1));
        double Y(double value) => Height - Margin - ((Height - (2.0 * Margin)) * Share(value, low, high));
        page.Add(
            $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{monitor.Name} of {monitor.Endpoint}, the last {windows.Count} windows against the limit\">"
        );
        page.Add(
            $"<polyline class=\"line\" points=\"{Points(windows.Select((w, i) => (X(i), Y(w.Value!.Value))))}\"/>"
        );
        page.Add(
            $"<polyline class=\"limit\" fill=\"none\" points=\"{Points(LimitOf(windows).Select(point => (point.Index < 0 ? 0.0 : point.Index >= windows.Count ? Width : X(point.Index), Y(point.Limit))))}\"/>"
        );
        foreach (var (index, window) in windows.Index())
        {
            page.Add(
                $"<circle class=\"{(window.State == "alert" ? "over" : "at")}\" cx=\"{X(index):F1}\" cy=\"{Y(window.Value!.Value):F1}\" r=\"2\"><title>{window.To:yyyy-MM-dd}: {window.Value:G4} of {window.Limit:G4}</title></circle>"
            );
        }

        page.Raw("</svg>");
    }

    // The limit was another one before somebody changed it: it is drawn as it was for each window, from edge to edge.
    private static IEnumerable<(int Index, double Limit)> LimitOf(IReadOnlyList<WindowPoint> windows) =>
        windows
            .Select((window, index) => (index, window.Limit))
            .Prepend((-1, windows[0].Limit))
            .Append((windows.Count, windows[^1].Limit));

    private static string Points(IEnumerable<(double X, double Y)> points) =>
        string.Join(
            ' ',
            points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:F1},{point.Y:F1}"))
        );

    private static double Share(double value, double low, double high) =>
        high > low ? (value - low) / (high - low) : 0.5;
}
