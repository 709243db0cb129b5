using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel.Db;

namespace Rondo.Lineage;

/// <summary>What was made from what, by which code, and why.</summary>
public static class LineageModule
{
    /// <summary>The tables of this module.</summary>
    public static ModuleSchema Schema { get; } = ModuleSchema.Of("lineage", typeof(LineageModule).Assembly);

    /// <summary>Registers the store.</summary>
    public static IServiceCollection AddLineage(this IServiceCollection services)
    {
        services.AddSingleton(Schema);
        return services.AddSingleton<LineageStore>();
    }

    /// <summary>Maps <c>/api/v1/lineage</c>.</summary>
    public static IEndpointRouteBuilder MapLineage(this IEndpointRouteBuilder routes) => Endpoints.Map(routes);
}
