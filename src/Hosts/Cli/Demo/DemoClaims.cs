using System.Globalization;
using System.Text.Json;
using Rondo.Cli.Api;

namespace Rondo.Cli.Demo;

/// <summary>What the demo sets out to show. Each claim is held against what was observed; one that does not hold makes the demo fail.</summary>
internal static class DemoClaims
{
    // Independent software, a ridge regression retrained yearly on the last four years, keeps every year at or below this.
    private const double PeerYearRmseMax = 2.6;

    public static IReadOnlyList<DemoClaim> Of(DemoReport report)
    {
        var byAlert = report.Runs.Count(run => run.Text("trigger") is "degraded" or "drift");
        var worst = report.Periods.Max(period => period.Continuous.Rmse) ?? double.NaN;
        return
        [
            new(
                "a push with a broken test is refused and changes nothing",
                report.RefusedPush.ExitCode != 0 && report.RefusedPush.MainBefore == report.RefusedPush.MainAfter,
                report.RefusedPush.Reason
            ),
            new(
                "a period without a column stops its run before training",
                report.StoppedRun is not null,
                report.StoppedRun?.Text("reason") ?? "no run was stopped"
            ),
            new(
                "no request failed",
                report.Requests is { Failed: 0, Sent: > 0 },
                $"{report.Requests.Sent} sent, {report.Requests.Failed} failed"
            ),
            new("alerts started retrainings", byAlert > 0, $"{byAlert} runs were caused by an alert"),
            new(
                "every retraining names its trigger and evidence",
                report.Runs.All(run =>
                    run.Text("trigger") is not null && run.At("evidence")?.EnumerateObject().Any() == true
                ),
                $"{report.Runs.Count} runs"
            ),
            new(
                "the retrained model is better than the frozen one over all later days",
                report.Summary.ContinuousRmse < report.Summary.FrozenRmse,
                $"RMSE {Two(report.Summary.ContinuousRmse)} against {Two(report.Summary.FrozenRmse)}"
            ),
            new(
                $"no year is worse than {Two(PeerYearRmseMax)}, what a ridge retrained yearly by independent software keeps",
                worst <= PeerYearRmseMax,
                $"worst year {Two(worst)}"
            ),
            new(
                "lineage leads from the serving model to commit, data and alert",
                HasNode(report.Lineage, "commit")
                    && HasNode(report.Lineage, "dataset")
                    && HasNode(report.Lineage, "event"),
                string.Join(", ", Kinds(report.Lineage))
            ),
        ];
    }

    private static bool HasNode(JsonElement lineage, string kind) =>
        Kinds(lineage).Any(found => found.Contains(kind, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string> Kinds(JsonElement lineage) =>
        (lineage.At("nodes")?.EnumerateArray() ?? default)
            .Select(node => node.Text("kind") ?? "")
            .Distinct(StringComparer.Ordinal);

    private static string Two(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? "–";
}
