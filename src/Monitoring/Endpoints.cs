using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Kernel.Paging;
using Rondo.Monitoring.Monitors;
using Rondo.Monitoring.Predictions;
using Rondo.Serving;

namespace Rondo.Monitoring;

internal static class Endpoints
{
    private const int TruthsMax = 10_000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.MapGroup("/api/v1/endpoints/{endpoint}");
        endpoints.MapPost("/ground-truth", TakeTruthAsync).Needs(Permission.Predict, ServingPlaces.OfEndpoint);
        endpoints.MapGet("/monitors", MonitorsAsync).Needs(Permission.Read, ServingPlaces.OfEndpoint);
        endpoints.MapGet("/quality", QualityAsync).Needs(Permission.Read, ServingPlaces.OfEndpoint);
        routes
            .MapGet(
                "/api/v1/alerts",
                (string? project, string? endpoint, int? limit, AlertStore alerts, HttpContext context) =>
                    alerts.ListAsync(
                        new AlertFilter(project, endpoint, context.GetCaller().ProjectsWith(Permission.Read)),
                        PageLimit.Of(limit)
                    )
            )
            .NeedsSomewhere(Permission.Read);
    }

    private static async Task<object> TakeTruthAsync(
        string endpoint,
        GroundTruth[] truths,
        EndpointStore endpoints,
        PredictionStore predictions,
        MonitorSignal signal
    )
    {
        await endpoints.RequireAsync(endpoint);
        Check(truths);
        var accepted = await predictions.WriteTruthAsync(endpoint, truths);
        signal.Raise();
        return new { accepted };
    }

    internal static void Check(GroundTruth[] truths)
    {
        if (truths.Length > TruthsMax)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{truths.Length} true values came at once.",
                $"Send at most {TruthsMax}."
            );
        }

        for (var i = 0; i < truths.Length; i++)
        {
            if (string.IsNullOrEmpty(truths[i]?.InferenceId) || !double.IsFinite(truths[i].Value))
            {
                throw new RondoException(
                    ErrorCode.InvalidArgument,
                    $"Element {i} has no inferenceId, or its value is not a finite number.",
                    """Send [{"inferenceId": "…", "value": 12.5}]."""
                );
            }
        }
    }

    private static async Task<IReadOnlyList<MonitorView>> MonitorsAsync(
        string endpoint,
        int? limit,
        EndpointStore endpoints,
        MonitorStore monitors,
        Database database
    )
    {
        await endpoints.RequireAsync(endpoint);
        return await database.ReadAsync<IReadOnlyList<MonitorView>>(async session =>
        {
            var views = new List<MonitorView>();
            foreach (var monitor in await monitors.ListAsync(session, endpoint))
            {
                views.Add(
                    MonitorView.Of(monitor, await MonitorStore.WindowsAsync(session, monitor, PageLimit.Of(limit)))
                );
            }

            return views;
        });
    }

    private static async Task<QualityView> QualityAsync(
        string endpoint,
        string? from,
        string? to,
        EndpointStore endpoints,
        PredictionStore predictions
    )
    {
        await endpoints.RequireAsync(endpoint);
        var window = new Window(
            Time(from, nameof(from)) ?? DateTimeOffset.UnixEpoch.AddYears(-1000),
            Time(to, nameof(to)) ?? DateTimeOffset.MaxValue
        );
        var quality = Quality.Of(await predictions.OutcomesAsync(endpoint, window));
        return new QualityView(
            endpoint,
            from,
            to,
            quality.Predictions,
            quality.N,
            quality.Rmse,
            quality.Mae,
            quality.Bias,
            quality.Metrics,
            quality.Versions
        );
    }

    private static DateTimeOffset? Time(string? text, string name)
    {
        if (text is null)
        {
            return null;
        }

        return DateTimeOffset.TryParse(
            text,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out var time
        )
            ? time
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{name}' is '{text}'.",
                "Send an ISO 8601 date (2010-03-01) or time."
            );
    }

    private sealed record QualityView(
        string Endpoint,
        string? From,
        string? To,
        int Predictions,
        int N,
        double? Rmse,
        double? Mae,
        double? Bias,
        IReadOnlyDictionary<string, double> Metrics,
        IReadOnlyList<VersionQuality> Versions
    );

    private sealed record MonitorView(
        string Name,
        string Kind,
        string Metric,
        double Limit,
        int WindowDays,
        int EveryDays,
        int MinColumns,
        IReadOnlyList<WindowView> Windows
    )
    {
        public static MonitorView Of(WatchedMonitor monitor, IReadOnlyList<WindowView> windows) =>
            new(
                monitor.Manifest.Name,
                monitor.Manifest.Kind,
                monitor.Manifest.Metric,
                monitor.Manifest.Limit,
                monitor.Manifest.WindowDays,
                monitor.Manifest.EveryDays,
                monitor.Manifest.MinColumns,
                windows
            );
    }
}
