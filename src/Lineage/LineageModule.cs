using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Lineage.Events;
using Rondo.Lineage.OpenLineage;

namespace Rondo.Lineage;

/// <summary>What was made from what, by which code, and why.</summary>
public static class LineageModule
{
    /// <summary>The tables of this module.</summary>
    public static ModuleSchema Schema { get; } = ModuleSchema.Of("lineage", typeof(LineageModule).Assembly);

    /// <summary>Registers the store, what may be deleted, and what listens to the log. Needs kernel.</summary>
    public static IServiceCollection AddLineage(this IServiceCollection services)
    {
        services.AddSingleton(Schema);
        services.AddSingleton<LineageStore>();
        services.AddSingleton(provider => new LineageHolds(provider.GetServices<IHold>()));
        services.AddSingleton(OpenLineageOptions.None);
        services.AddSingleton<OutboxStore>();
        return services.AddSubscriber<LineageSubscriber>();
    }

    /// <summary>Tells others of runs and steps in the words of OpenLineage, where there is somebody to tell.</summary>
    public static IServiceCollection AddOpenLineage(this IServiceCollection services, OpenLineageOptions options)
    {
        if (options.Target is null)
        {
            return services;
        }

        services.AddSingleton(options);
        services.AddSingleton<OpenLineageDocuments>();
        services.AddSingleton<OpenLineageSender>();
        services.AddSubscriber<OpenLineageSubscriber>();
        return services.AddReconciler<OpenLineageReconciler>();
    }

    /// <summary>Maps <c>/api/v1/lineage</c> and <c>/api/v1/openlineage</c>.</summary>
    public static IEndpointRouteBuilder MapLineage(this IEndpointRouteBuilder routes) => Endpoints.Map(routes);
}
