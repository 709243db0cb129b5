using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Rondo.Kernel.Access;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Credentials;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Projects;
using Rondo.Kernel.Reconcilers;
using Rondo.Kernel.Servers;

namespace Rondo.Kernel;

/// <summary>What every module stands on.</summary>
public static class KernelModule
{
    /// <summary>The kernel's own tables.</summary>
    public static ModuleSchema Schema { get; } = ModuleSchema.Of("kernel", typeof(KernelModule).Assembly);

    /// <summary>Registers database, blobs, log, leases and the loops that run reconcilers.</summary>
    public static IServiceCollection AddKernel(this IServiceCollection services, Database database, IBlobStore blobs)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(database);
        services.AddSingleton(blobs);
        services.AddSingleton(provider => new IdSource(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<EventLog>();
        services.AddSingleton<LeaseStore>();
        services.AddSingleton<ProjectStore>();
        services.AddSingleton<GrantStore>();
        services.AddSingleton<CredentialStore>();
        services.AddSingleton(Schema);
        services.TryAddSingleton(new ReconcilerOptions());
        services.AddSingleton<ServerPresence>();
        services.AddSingleton<ReconcilerService>();
        services.AddHostedService(provider => provider.GetRequiredService<ReconcilerService>());
        return services;
    }

    /// <summary>Adds a loop.</summary>
    public static IServiceCollection AddReconciler<T>(this IServiceCollection services)
        where T : Reconciler
    {
        services.AddSingleton<T>();
        return services.AddSingleton<Reconciler>(provider => provider.GetRequiredService<T>());
    }

    /// <summary>Adds a reaction to events.</summary>
    public static IServiceCollection AddSubscriber<T>(this IServiceCollection services)
        where T : EventSubscriber
    {
        services.AddSingleton<T>();
        return services.AddSingleton<Reconciler>(provider => new SubscriptionReconciler(
            provider.GetRequiredService<T>(),
            provider.GetRequiredService<Database>(),
            provider.GetRequiredService<EventLog>(),
            provider.GetRequiredService<ILogger<SubscriptionReconciler>>()
        ));
    }
}
