using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Retention.Blobs;
using Rondo.Retention.Collection;

namespace Rondo.Retention;

/// <summary>What is kept how long, and the removal of what nothing needs.</summary>
public static class RetentionModule
{
    /// <summary>Registers the collector and its loops. Needs kernel; modules register their <see cref="IBlobReferences"/> and <see cref="ILitter"/>.</summary>
    public static IServiceCollection AddRetention(this IServiceCollection services)
    {
        services.TryAddSingleton(new RetentionOptions());
        services.AddSingleton(provider => new GarbageCollector(
            new Collectors(
                provider.GetRequiredService<Database>(),
                provider.GetRequiredService<IBlobStore>(),
                [.. provider.GetServices<IBlobReferences>()],
                [.. provider.GetServices<ILitter>()],
                provider.GetRequiredService<RetentionOptions>()
            ),
            provider.GetRequiredService<EventLog>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<BlobVerification>();
        services.AddReconciler<SharedGarbageReconciler>();
        return services.AddReconciler<LocalGarbageReconciler>();
    }

    /// <summary>Maps <c>/api/v1/gc</c> and <c>/api/v1/blobs/verify</c>.</summary>
    public static IEndpointRouteBuilder MapRetention(this IEndpointRouteBuilder routes)
    {
        routes
            .MapPost(
                "/api/v1/gc",
                (bool? dryRun, GarbageCollector collector, HttpContext context) =>
                    collector.RunAsync(dryRun ?? false, context.GetActor(), context.RequestAborted)
            )
            .Needs(Permission.ServerOperate, At.Everything);
        routes
            .MapGet(
                "/api/v1/blobs/verify",
                (string? after, int? limit, BlobVerification verification, HttpContext context) =>
                    verification.VerifyAsync(after, limit, context.RequestAborted)
            )
            .Needs(Permission.Read, At.Everything);
        return routes;
    }
}
