using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Monitoring.Monitors;
using Rondo.Monitoring.Overview;
using Rondo.Monitoring.Predictions;
using Rondo.Serving;

namespace Rondo.Monitoring;

/// <summary>The prediction log, ground truth, monitors and alerts.</summary>
public static class MonitoringModule
{
    /// <summary>The module's own tables.</summary>
    public static ModuleSchema Schema { get; } = ModuleSchema.Of("monitoring", typeof(MonitoringModule).Assembly);

    /// <summary>Registers monitoring, and itself as the prediction log of Serving.</summary>
    public static IServiceCollection AddMonitoring(this IServiceCollection services, MonitoringOptions? options = null)
    {
        services.AddSingleton(Schema);
        services.AddSingleton(options ?? new MonitoringOptions());
        services.AddSingleton<PredictionLog>();
        services.AddSingleton<IPredictionLog>(provider => provider.GetRequiredService<PredictionLog>());
        services.AddSingleton<PredictionStore>();
        services.AddSingleton<MonitorStore>();
        services.AddSingleton<AlertStore>();
        services.AddSingleton<MonitorSignal>();
        services.AddSingleton<ModelOverviews>();
        services.AddHostedService<PredictionLogWriter>();
        services.AddSubscriber<MonitorSubscriber>();
        services.AddReconciler<MonitorReconciler>();
        return services;
    }

    /// <summary>Maps ground truth, monitors, quality, alerts and the overview of all models below <c>/api/v1</c>; a page of it at <c>/models</c>.</summary>
    public static IEndpointRouteBuilder MapMonitoring(this IEndpointRouteBuilder routes)
    {
        Endpoints.Map(routes);
        OverviewEndpoints.Map(routes);
        return routes;
    }
}
