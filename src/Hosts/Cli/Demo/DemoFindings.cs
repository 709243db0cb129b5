using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rondo.Cli.Api;

namespace Rondo.Cli.Demo;

/// <summary>Asks the server what happened, and holds it against what the demo set out to show.</summary>
internal sealed class DemoFindings(RondoApi api, DemoEvents events, DemoPlan plan)
{
    private const int RunsMax = 200;

    public async Task<DemoReport> CollectAsync(DemoOutside outside, CancellationToken cancellation)
    {
        var all = events.All;
        var runs = await RunsAsync(cancellation);
        var periods = new List<DemoPeriod>();
        var last = int.Parse(plan.Until[..4], CultureInfo.InvariantCulture);
        for (var year = 2005; year <= last; year++)
        {
            periods.Add(await PeriodAsync(year, runs, cancellation));
        }

        var requests = new DemoRequests(
            (long)(outside.Client.Number("sent") ?? 0),
            (long)(outside.Client.Number("failed") ?? 0),
            outside.Client.Number("p50Ms"),
            outside.Client.Number("p99Ms")
        );
        var lineage = await LineageAsync(cancellation);
        var report = new DemoReport(
            [],
            periods,
            await SummaryAsync(all, runs, cancellation),
            requests,
            outside.RefusedPush,
            runs.FirstOrDefault(run => run.Text("state") == "stopped") is { ValueKind: JsonValueKind.Object } stopped
                ? stopped
                : null,
            runs,
            lineage,
            all,
            Math.Round(outside.Elapsed.TotalSeconds, 1)
        );
        return report with { Claims = DemoClaims.Of(report) };
    }

    private async Task<IReadOnlyList<JsonElement>> RunsAsync(CancellationToken cancellation)
    {
        var list = await api.GetAsync($"/api/v1/runs?project={DemoPlan.Project}&limit={RunsMax}", cancellation);
        var runs = new List<JsonElement>();
        foreach (var run in list.Items())
        {
            var whole = await api.GetAsync($"/api/v1/runs/{run.Text("id")}", cancellation);
            runs.Add(WithModel(whole));
        }

        return [.. runs.OrderBy(run => run.Text("createdAt"), StringComparer.Ordinal)];
    }

    private async Task<DemoPeriod> PeriodAsync(
        int year,
        IReadOnlyList<JsonElement> runs,
        CancellationToken cancellation
    )
    {
        var from = $"{year}-01-01";
        var to = $"{year + 1}-01-01";
        var continuous = await QualityAsync(DemoPlan.Endpoint, from, to, cancellation);
        var frozen = await QualityAsync(DemoPlan.FrozenEndpoint, from, to, cancellation);
        var started = runs.Where(run => StartedIn(run, year)).ToList();
        return new DemoPeriod(
            year.ToString(CultureInfo.InvariantCulture),
            (long)(continuous.Number("n") ?? 0),
            new DemoQuality(frozen.Number("rmse"), frozen.Number("bias")),
            new DemoQuality(continuous.Number("rmse"), continuous.Number("bias")),
            started.Count,
            started.Count(run => run.Text("model") is not null)
        );
    }

    private Task<JsonElement> QualityAsync(string endpoint, string from, string to, CancellationToken cancellation) =>
        api.GetAsync($"/api/v1/endpoints/{endpoint}/quality?from={from}&to={to}", cancellation);

    private async Task<DemoSummary> SummaryAsync(
        IReadOnlyList<JsonElement> all,
        IReadOnlyList<JsonElement> runs,
        CancellationToken cancellation
    )
    {
        var continuous = await QualityAsync(DemoPlan.Endpoint, DemoPlan.FirstReplayedDay, "2100-01-01", cancellation);
        var frozen = await QualityAsync(DemoPlan.FrozenEndpoint, DemoPlan.FirstReplayedDay, "2100-01-01", cancellation);
        return new DemoSummary(
            frozen.Number("rmse"),
            continuous.Number("rmse"),
            (long)(continuous.Number("n") ?? 0),
            all.Count(e => e.Text("type") == "alert.raised"),
            runs.Count(run => run.Text("environment") == "production") - 1
        );
    }

    private async Task<JsonElement> LineageAsync(CancellationToken cancellation)
    {
        var endpoint = await api.GetAsync($"/api/v1/endpoints/{DemoPlan.Endpoint}", cancellation);
        var version = (endpoint.At("deployments")?.EnumerateArray() ?? default)
            .MaxBy(deployment => deployment.Number("percent"))
            .Text("version");
        return await api.GetAsync(
            $"/api/v1/lineage?direction=up&of={Uri.EscapeDataString($"{DemoPlan.Project}/production/{DemoPlan.Model}/{version}")}",
            cancellation
        );
    }

    // Which model version came of a run is said by the registry's event.
    private JsonElement WithModel(JsonElement run)
    {
        var registered = events.All.FirstOrDefault(e =>
            e.Text("type") == "model.registered" && e.Text("data.runId") == run.Text("id")
        );
        var whole = JsonNode.Parse(run.GetRawText())!.AsObject();
        whole["model"] = registered.ValueKind == JsonValueKind.Object ? registered.Text("data.version") : null;
        return JsonSerializer.SerializeToElement(whole);
    }

    private static bool StartedIn(JsonElement run, int year) =>
        run.Text("environment") == "production"
        && run.Text("asOf")?.StartsWith(year.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal) == true;
}
