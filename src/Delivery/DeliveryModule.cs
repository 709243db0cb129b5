using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Delivery.Builds;
using Rondo.Delivery.Cleaning;
using Rondo.Delivery.Releases;
using Rondo.Delivery.Repositories;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Retention;

namespace Rondo.Delivery;

/// <summary>From <c>git push</c> to a package that works in production: repositories, builds, releases.</summary>
public static class DeliveryModule
{
    /// <summary>The module's tables.</summary>
    public static ModuleSchema Schema { get; } = ModuleSchema.Of("delivery", typeof(DeliveryModule).Assembly);

    /// <summary>Registers repositories, the build runner and the release controller.</summary>
    public static IServiceCollection AddDelivery(this IServiceCollection services, DeliveryOptions? options = null)
    {
        services.AddSingleton(Schema);
        services.AddSingleton(options ?? new DeliveryOptions());
        services.AddSingleton<GitRepositories>();
        services.AddSingleton<PushGate>();
        services.AddSingleton<GitEndpoints>();
        services.AddSingleton<BuildStore>();
        services.AddSingleton<BuildQueue>();
        services.AddSingleton<BuildLanding>();
        services.AddSingleton<BuildRunner>();
        services.AddSingleton<ReleaseStore>();
        services.AddSingleton<Promotion>();
        services.AddSingleton<IBlobReferences, PackageReferences>();
        services.AddSingleton<ILitter, BuildLogLitter>();
        services.AddReconciler<BuildReconciler>();
        services.AddReconciler<ReleaseReconciler>();
        return services;
    }

    /// <summary>Adds the HTTP surface and Git's.</summary>
    public static IEndpointRouteBuilder MapDelivery(this IEndpointRouteBuilder routes)
    {
        Endpoints.Map(routes);
        GitEndpoints.Map(routes, routes.ServiceProvider.GetRequiredService<DeliveryOptions>());
        return routes;
    }
}
