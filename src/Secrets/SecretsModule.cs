using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Projects;
using Rondo.Secrets.Keys;

namespace Rondo.Secrets;

/// <summary>Values that steps need and nobody may read.</summary>
public static class SecretsModule
{
    /// <summary>The tables of this module.</summary>
    public static ModuleSchema Schema { get; } = ModuleSchema.Of("secrets", typeof(SecretsModule).Assembly);

    /// <summary>Registers the store and the key. Needs kernel.</summary>
    public static IServiceCollection AddSecrets(this IServiceCollection services)
    {
        services.AddSingleton(Schema);
        services.AddSingleton(provider => new SecretKeys(
            provider.GetRequiredService<ServerPaths>(),
            Environment.GetEnvironmentVariable(SecretKeys.Variable)
        ));
        return services.AddSingleton(provider => new SecretStore(
            provider.GetRequiredService<Database>(),
            provider.GetRequiredService<SecretKeys>(),
            provider.GetRequiredService<ProjectStore>(),
            provider.GetRequiredService<EventLog>(),
            provider.GetRequiredService<TimeProvider>()
        ));
    }

    /// <summary>Maps <c>/api/v1/projects/{project}/secrets</c>.</summary>
    public static void MapSecrets(this IEndpointRouteBuilder routes) => Endpoints.Map(routes);
}
