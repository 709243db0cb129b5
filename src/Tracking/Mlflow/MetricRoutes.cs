using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Access;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Mlflow;

/// <summary>The routes by which a metric is read for several runs at once.</summary>
internal static class MetricRoutes
{
    public static void Map(RouteGroupBuilder routes) =>
        routes
            .MapGet("/metrics/get-history-bulk-interval", MlflowHandler.Of<MetricSample>(SampleAsync))
            .Needs(Permission.Read, MlflowPlaces.Runs);

    /// <summary>What only pages ask for.</summary>
    public static void MapPages(RouteGroupBuilder routes) =>
        routes
            .MapGet("/metrics/get-history-bulk", MlflowHandler.Of<MetricHistory>(HistoriesAsync))
            .Needs(Permission.Read, MlflowPlaces.Runs);

    private static async Task<object> SampleAsync(MetricSample sample, MlflowCall call)
    {
        var runs = RunsOf(call, "run_ids");
        var key = call.Fields.Required("metric_key");
        var steps = StepsOf(call.Fields);
        var stepsMax = SearchFields.Limit(call.Fields, Limits.HistorySampleMax, Limits.HistorySampleMax);
        return Answer(await sample.ReadAsync(runs, key, steps, stepsMax));
    }

    private static async Task<object> HistoriesAsync(MetricHistory history, MlflowCall call)
    {
        var runs = RunsOf(call, "run_id");
        var key = call.Fields.Required("metric_key");
        var limit = SearchFields.Limit(call.Fields, Limits.HistoryPageMax, Limits.HistoryPageMax);
        var points = new List<RunPoint>();
        foreach (var run in runs)
        {
            if (points.Count == limit)
            {
                break;
            }

            var (found, _) = await history.ReadAsync(run, key, limit - points.Count, token: null);
            points.AddRange(found.Select(point => new RunPoint(run, point)));
        }

        return Answer(points);
    }

    private static List<string> RunsOf(MlflowCall call, string name)
    {
        var runs = call.Repeated(name).Distinct(StringComparer.Ordinal).ToList();
        return runs.Count switch
        {
            0 => throw call.Fields.Missing(name),
            <= Limits.HistoryRunsMax => runs,
            _ => throw Refusal.Invalid(
                $"Metrics of at most {Limits.HistoryRunsMax} runs are read at once; {runs.Count} were named in '{name}'."
            ),
        };
    }

    private static (long First, long Last) StepsOf(MlflowFields fields) =>
        (fields.Long("start_step"), fields.Long("end_step")) switch
        {
            (null, null) => (long.MinValue, long.MaxValue),
            ({ } first, { } last) when first <= last => (first, last),
            ({ } first, { } last) => throw Refusal.Value(
                first.ToString(CultureInfo.InvariantCulture),
                "start_step",
                $"It is after end_step, which is {last.ToString(CultureInfo.InvariantCulture)}."
            ),
            (null, _) => throw fields.Missing("start_step"),
            _ => throw fields.Missing("end_step"),
        };

    private static Sampled Answer(IReadOnlyList<RunPoint> points) =>
        new(
            WireLists.OrAbsent([
                .. points.Select(found => new RunPointMessage(
                    found.Point.Key,
                    found.Point.Value,
                    found.Point.Timestamp,
                    found.Point.Step,
                    found.Run
                )),
            ])
        );

    private sealed record Sampled(IReadOnlyList<RunPointMessage>? Metrics);

    private sealed record RunPointMessage(string Key, double Value, long Timestamp, long Step, string RunId);
}
