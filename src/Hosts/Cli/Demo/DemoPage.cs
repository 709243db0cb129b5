using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Output;
using Rondo.Data;
using Column = Rondo.Cli.Output.Column;

namespace Rondo.Cli.Demo;

/// <summary>Shows the report: for people a timeline, a table of years with bars, the lineage and the claims; for programs the document.</summary>
internal static class DemoPage
{
    private const double BarRmse = 0.15;

    public static void Show(DemoReport report, Screen screen)
    {
        if (screen.Json)
        {
            screen.Document(report);
            return;
        }

        screen.Table(
            "Timeline (without the warnings of the drift monitor: rondo alerts lists them)",
            [.. report.Events.Where(e => DemoStory.Tell(e) is not null && e.Text("data.kind") != "drift")],
            Column.Number("#", "position"),
            Column.Time("at", "at"),
            new Column("what happened", DemoStory.Tell),
            Column.Of("by", "actor"),
            Column.Number("because of", "cause")
        );
        screen.Table("Runs and what caused them", report.Runs, RunColumns());
        screen.Table(
            "Error by year (RMSE, thousands of entries a day): the frozen first model beside the continuously trained one",
            [.. report.Periods.Select(period => JsonSerializer.SerializeToElement(period, RondoJson.Options))],
            Column.Of("year", "period"),
            Column.Number("days", "predictions"),
            new Column("frozen", row => Two(row, "frozen.rmse"), RightAligned: true),
            new Column("continuous", row => Two(row, "continuous.rmse"), RightAligned: true),
            new Column("░ frozen  █ continuous", Bars),
            Column.Number("runs", "runsStarted"),
            Column.Number("released", "modelsReleased")
        );
        screen.Line(
            $"All later days: frozen {Two(report.Summary.FrozenRmse)}, continuous {Two(report.Summary.ContinuousRmse)}; "
                + $"{report.Requests.Sent} requests sent, {report.Requests.Failed} failed"
                + $" (p50 {Two(report.Requests.P50Ms)} ms, p99 {Two(report.Requests.P99Ms)} ms)."
        );
        LineageTree.Show(report.Lineage, screen);
        screen.Table(
            "What the demo set out to show",
            [.. report.Claims.Select(claim => JsonSerializer.SerializeToElement(claim, RondoJson.Options))],
            new Column("", row => row.Text("holds") == "yes" ? "✓" : "✗"),
            Column.Of("claim", "claim"),
            Column.Of("observed", "observed")
        );
        screen.Line($"The demo took {report.Seconds.ToString("0", CultureInfo.InvariantCulture)} s.");
    }

    private static Column[] RunColumns() =>
        [
            Column.Id("run", "id"),
            Column.Of("in", "environment"),
            Column.Of("state", "state"),
            Column.Of("trigger", "trigger"),
            new Column("as of", row => Words.Day(row, "asOf")),
            new Column("evidence", row => Words.Evidence(row.At("evidence"))),
            new Column("commit", row => Words.Digest(row.Text("commit"))),
            Column.Of("model", "model"),
        ];

    private static string Bars(JsonElement row) =>
        Bar(row.Number("frozen.rmse"), '░') + "\n" + Bar(row.Number("continuous.rmse"), '█');

    private static string Bar(double? rmse, char mark) => new(mark, (int)Math.Round((rmse ?? 0) / BarRmse));

    private static string? Two(JsonElement row, string path) => row.Number(path) is { } value ? Two(value) : null;

    private static string Two(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "–";
}
