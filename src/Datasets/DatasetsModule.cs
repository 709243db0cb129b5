using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Datasets.Arrivals;
using Rondo.Datasets.Versions;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Retention;

namespace Rondo.Datasets;

/// <summary>Named data as immutable, content-addressed versions.</summary>
public static class DatasetsModule
{
    /// <summary>The module's tables.</summary>
    public static ModuleSchema Schema { get; } = ModuleSchema.Of("datasets", typeof(DatasetsModule).Assembly);

    /// <summary>Registers the store. Needs kernel and lineage.</summary>
    public static IServiceCollection AddDatasets(this IServiceCollection services) =>
        services
            .AddSingleton(Schema)
            .AddSingleton<DatasetStore>()
            .AddSingleton<DatasetDeletion>()
            .AddSingleton<DatasetDiffs>()
            .AddSingleton<DatasetDescriptions>()
            .AddSingleton<SubjectDeletion>()
            .AddSingleton<FileSpans>()
            .AddSingleton<DatasetArrivals>()
            .AddReconciler<ArrivalReconciler>()
            .AddSingleton<IBlobReferences, DatasetReferences>();

    /// <summary>Adds the HTTP surface.</summary>
    public static IEndpointRouteBuilder MapDatasets(this IEndpointRouteBuilder routes)
    {
        Endpoints.Map(routes);
        return routes;
    }
}
