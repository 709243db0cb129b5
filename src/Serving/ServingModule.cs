using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Lineage;
using Rondo.Retention;
using Rondo.Serving.Changes;
using Rondo.Serving.Models;
using Rondo.Serving.OpenInference;
using Rondo.Serving.Rollouts;
using Rondo.Serving.Routing;

namespace Rondo.Serving;

/// <summary>Endpoints, what answers behind them, and how traffic moves. Model runtimes are registered by providers as <see cref="IModelRuntime"/>.</summary>
public static class ServingModule
{
    /// <summary>The module's own tables.</summary>
    public static ModuleSchema Schema { get; } = ModuleSchema.Of("serving", typeof(ServingModule).Assembly);

    /// <summary>Registers serving. Needs the kernel, <see cref="ServerPaths"/> and the registry.</summary>
    public static IServiceCollection AddServing(this IServiceCollection services)
    {
        services.AddSingleton(Schema);
        services.AddSingleton<EndpointStore>();
        services.AddSingleton<DeploymentStore>();
        services.AddSingleton<RolloutStore>();
        services.AddSingleton<RolloutSteps>();
        services.AddSingleton<DeploymentHistory>();
        services.AddSingleton<ModelLoader>();
        services.AddSingleton<RoutingTable>();
        services.AddSingleton<EndpointLoader>();
        services.AddSingleton<EndpointOverviews>();
        services.AddSingleton(provider => new EndpointTraffic(
            provider.GetRequiredService<RoutingTable>(),
            provider.GetRequiredService<EndpointLoader>()
        ));
        services.AddSingleton<PinnedEndpoints>();
        services.AddSingleton<InferenceHandler>();
        services.AddSingleton<OpenInferenceEndpoints>();
        services.TryAddSingleton<IPredictionLog, NoPredictionLog>();
        services.AddHostedService<EndpointLoaderService>();
        services.AddSingleton<IHold, ServedHold>();
        services.AddSingleton<ILitter, ModelFolderLitter>();
        services.AddSingleton<SettingStore>();
        services.AddSingleton<ChangePlans>();
        services.AddSingleton<ChangeSteps>();
        services.AddSingleton<ChangeTroubles>();
        services.AddSubscriber<RolloutSubscriber>();
        services.AddReconciler<RolloutReconciler>();
        services.AddReconciler<ChangeReconciler>();
        return services;
    }

    /// <summary>Maps the Open Inference Protocol below <c>/v2</c> and the management of endpoints below <c>/api/v1</c>.</summary>
    public static IEndpointRouteBuilder MapServing(this IEndpointRouteBuilder routes)
    {
        routes.ServiceProvider.GetRequiredService<OpenInferenceEndpoints>().Map(routes);
        Endpoints.Map(routes);
        ChangeEndpoints.Map(routes);
        return routes;
    }
}
