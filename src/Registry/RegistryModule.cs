using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel.Db;
using Rondo.Lineage;
using Rondo.Registry.Deletion;
using Rondo.Retention;

namespace Rondo.Registry;

/// <summary>Model versions, their aliases, and what was rejected.</summary>
public static class RegistryModule
{
    /// <summary>The registry's own tables.</summary>
    public static ModuleSchema Schema { get; } = ModuleSchema.Of("registry", typeof(RegistryModule).Assembly);

    /// <summary>Registers <see cref="ModelRegistry"/>. Needs kernel and lineage.</summary>
    public static IServiceCollection AddRegistry(this IServiceCollection services) =>
        services
            .AddSingleton<ModelRegistry>()
            .AddSingleton(Schema)
            .AddSingleton<ModelDeletion>()
            .AddSingleton<IHold, AliasHold>()
            .AddSingleton<IBlobReferences, ModelReferences>();

    /// <summary>Maps the registry's addresses below <c>/api/v1</c>.</summary>
    public static IEndpointRouteBuilder MapRegistry(this IEndpointRouteBuilder routes)
    {
        Endpoints.Map(routes);
        return routes;
    }
}
