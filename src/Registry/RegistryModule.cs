using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Lineage;
using Rondo.Mlflow.Wire;
using Rondo.Registry.Cards;
using Rondo.Registry.Clients;
using Rondo.Registry.Clients.Formats;
using Rondo.Registry.Deletion;
using Rondo.Registry.Governance;
using Rondo.Registry.Mlflow;
using Rondo.Registry.Transfer;
using Rondo.Registry.Versions;
using Rondo.Registry.Webhooks;
using Rondo.Retention;
using Rondo.Tracking.Removing;

namespace Rondo.Registry;

/// <summary>Model versions, their aliases, and what was rejected.</summary>
public static class RegistryModule
{
    /// <summary>The registry's own tables.</summary>
    public static ModuleSchema Schema { get; } = ModuleSchema.Of("registry", typeof(RegistryModule).Assembly);

    /// <summary>Registers <see cref="ModelRegistry"/>. Needs kernel, lineage and, for MLflow's clients, tracking.</summary>
    public static IServiceCollection AddRegistry(this IServiceCollection services) =>
        services
            .AddSingleton<ModelRegistry>()
            .AddSingleton<ModelGovernance>()
            .AddSingleton<ModelCatalog>()
            .AddSingleton<ModelLists>()
            .AddSingleton<CardStore>()
            .AddSingleton<CardReader>()
            .AddSingleton<RegisteredModelStore>()
            .AddSingleton<RegisteredVersionStore>()
            .AddSingleton<RegistrySearch>()
            .AddSingleton<ModelTextSearch>()
            .AddSingleton<VersionSources>()
            .AddSingleton<ModelFileReader>()
            .AddTransfer()
            .AddSingleton(Schema)
            .AddSingleton<ModelDeletion>()
            .AddSingleton<IHold, AliasHold>()
            .AddSingleton<IArtifactHold, SourceHold>()
            .AddSingleton<IBlobReferences, ModelReferences>();

    /// <summary>Lets lineage know what MLflow's clients have logged and registered. Needs lineage, tracking and the registry.</summary>
    public static IServiceCollection AddClientLineage(this IServiceCollection services) =>
        services.AddSingleton<ILineageSource, ClientLineage>();

    /// <summary>Tells webhooks what happens to models. Needs secrets, and the registry.</summary>
    public static IServiceCollection AddModelWebhooks(this IServiceCollection services)
    {
        services.TryAddSingleton(new WebhookOptions());
        return services
            .AddSingleton<WebhookSecrets>()
            .AddSingleton<WebhookStore>()
            .AddSingleton<WebhookSender>()
            .AddSingleton<WebhookDeliveries>()
            .AddSubscriber<WebhookSubscriber>()
            .AddReconciler<WebhookReconciler>();
    }

    /// <summary>Maps the registry's addresses below <c>/api/v1</c>, and those of MLflow's clients.</summary>
    public static IEndpointRouteBuilder MapRegistry(this IEndpointRouteBuilder routes)
    {
        Endpoints.Map(routes);
        TransferRoutes.Map(routes);
        foreach (var address in MlflowBases.Classic)
        {
            var group = routes.MapGroup(address).WithMetadata(MlflowHandler.Errors);
            RegisteredModelRoutes.Map(group);
            ModelVersionRoutes.Map(group);
            WebhookRoutes.Map(group);
        }

        return routes;
    }
}
