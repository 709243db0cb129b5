using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rondo.Kernel.Db;
using Rondo.Kernel.Reconcilers;
using Rondo.Tracking.Access;
using Rondo.Tracking.Artifacts;
using Rondo.Tracking.Comparing;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Mlflow;
using Rondo.Tracking.Models;
using Rondo.Tracking.Removing;
using Rondo.Tracking.Runs;
using Rondo.Tracking.Text;
using Rondo.Tracking.Transfer;

namespace Rondo.Tracking;

/// <summary>Experiments, their runs, and what runs log, models among it.</summary>
public static class TrackingModule
{
    /// <summary>The tables of tracking.</summary>
    public static ModuleSchema Schema { get; } = ModuleSchema.Of("tracking", typeof(TrackingModule).Assembly);

    /// <summary>Registers the stores and the default experiment. Needs the kernel.</summary>
    public static IServiceCollection AddTracking(this IServiceCollection services)
    {
        services.TryAddSingleton(new TrackingOptions());
        return services
            .AddSingleton(Schema)
            .AddSingleton<TrackingPlaces>()
            .AddSingleton<ExperimentStore>()
            .AddSingleton<ExperimentSearch>()
            .AddSingleton<ExperimentFolders>()
            .AddSingleton<RunStore>()
            .AddSingleton<RunLog>()
            .AddSingleton<RunInputs>()
            .AddSingleton<RunSearch>()
            .AddSingleton<UnsettledRuns>()
            .AddSingleton<Reconciler>(p => p.GetRequiredService<UnsettledRuns>())
            .AddSingleton<MetricHistory>()
            .AddSingleton<MetricSample>()
            .AddSingleton<ExperimentDatasets>()
            .AddSingleton<LoggedModelStore>()
            .AddSingleton<LoggedModelSearch>()
            .AddSingleton<ArtifactFolder>()
            .AddSingleton<LoggedArtifacts>()
            .AddSingleton(p => new ArtifactRoots(
                p.GetRequiredService<Database>(),
                p.GetRequiredService<TrackingPlaces>()
            ))
            .AddSingleton(p => new StoredArtifacts(p.GetRequiredService<ArtifactFolder>()))
            .AddTransfer()
            .AddSingleton(p => new PlatformRuns(
                p.GetRequiredService<ExperimentStore>(),
                p.GetRequiredService<RunInputs>(),
                p.GetRequiredService<TrackingOptions>()
            ))
            .AddSingleton<RunComparer>()
            .AddSingleton<TextSearch>()
            .AddSingleton<RunMove>()
            .AddSingleton<ExperimentRemoval>()
            .AddSingleton<RemovedFiles>()
            .AddSingleton<DeletedRemoval>()
            .AddSingleton<IArtifactHold, NestedHold>()
            .AddHostedService(p => p.GetRequiredService<RemovedFiles>())
            .AddHostedService<TextBacklog>()
            .AddHostedService<DefaultExperiment>()
            .AddHostedService<UnfinishedUploads>();
    }

    /// <summary>Maps MLflow's REST surface, and <c>/api/v1/tracking</c>.</summary>
    public static IEndpointRouteBuilder MapTracking(this IEndpointRouteBuilder routes)
    {
        MlflowEndpoints.Map(routes);
        Endpoints.Map(routes);
        ComparisonEndpoints.Map(routes);
        TransferRoutes.Map(routes);
        return routes;
    }
}
