using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Lineage;
using Rondo.Pipelines.Approvals;
using Rondo.Pipelines.Backfills;
using Rondo.Pipelines.Catalog;
using Rondo.Pipelines.Cleaning;
using Rondo.Pipelines.Executors;
using Rondo.Pipelines.Logs;
using Rondo.Pipelines.Orchestration;
using Rondo.Pipelines.Partitions;
using Rondo.Pipelines.Records;
using Rondo.Pipelines.Rows;
using Rondo.Pipelines.Runs;
using Rondo.Pipelines.Tracked;
using Rondo.Pipelines.Triggers;

namespace Rondo.Pipelines;

/// <summary>Deployed pipelines, their runs, and what starts them.</summary>
public static class PipelinesModule
{
    /// <summary>The tables of this module.</summary>
    public static ModuleSchema Schema { get; } = ModuleSchema.Of("pipelines", typeof(PipelinesModule).Assembly);

    /// <summary>Who stands in events of steps and runs that nobody asked for.</summary>
    internal static Actor Actor => Actor.System("orchestrator");

    /// <summary>Registers catalog, runs, orchestrator, local executor and triggers. Needs kernel, lineage, secrets, registry and datasets.</summary>
    public static IServiceCollection AddPipelines(this IServiceCollection services)
    {
        services.AddSingleton(Schema);
        services.TryAddSingleton(new PipelinesOptions());
        services.AddSingleton<PipelineVersions>();
        services.AddSingleton(p => new PipelineCatalog(
            p.GetRequiredService<Database>(),
            p.GetRequiredService<PipelineVersions>(),
            p.GetRequiredService<EventLog>(),
            p.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton<LogSignal>();
        services.AddSingleton<LogStore>();
        services.AddSingleton<IRunSources, RunSources>();
        services.AddSingleton<RunQueue>();
        services.AddSingleton<RunEnding>();
        services.AddSingleton<RunProgress>();
        services.AddSingleton<RunWriter>();
        services.AddSingleton<RunReader>();
        services.AddSingleton(p => new RunStore(
            p.GetRequiredService<Database>(),
            p.GetRequiredService<RunWriter>(),
            p.GetRequiredService<RunStart>(),
            p.GetRequiredService<RunEnding>(),
            p.GetRequiredService<RunReader>()
        ));
        services.AddSingleton<RunRecords>();
        services.AddSingleton(p => new RowAccounts(
            p.GetRequiredService<Database>(),
            p.GetRequiredService<PipelineVersions>(),
            p.GetRequiredService<EventLog>()
        ));
        services.AddSingleton(p => new RunExplainer(
            p.GetRequiredService<Database>(),
            p.GetRequiredService<PipelineVersions>()
        ));
        services.AddSingleton<PackageFolders>();
        services.AddSingleton<LocalExecutor>();
        services.AddSingleton<AttemptStorage>();
        services.TryAddSingleton<IExecutor>(p => new StorageGuard(
            p.GetRequiredService<LocalExecutor>(),
            p.GetRequiredService<AttemptStorage>()
        ));
        services.AddReconciler<WorkerJanitor>();
        return services.AddTriggers().AddApprovals().AddOrchestration().AddCleaning();
    }

    /// <summary>Makes every run of a pipeline a run of tracking. Needs tracking.</summary>
    public static IServiceCollection AddTrackedRuns(this IServiceCollection services) =>
        services.AddSingleton<SweepReader>().AddSubscriber<TrackedRunSubscriber>();

    /// <summary>Maps runs, logs and pipelines below <c>/api/v1</c>.</summary>
    public static void MapPipelines(this IEndpointRouteBuilder routes)
    {
        Endpoints.Map(routes);
        RecordEndpoints.Map(routes);
    }

    private static IServiceCollection AddOrchestration(this IServiceCollection services)
    {
        services.AddSingleton(p => new ServerIncarnation(p.GetRequiredService<IdSource>().New("srv")));
        services.AddSingleton<ProtocolProbe>();
        services.AddSingleton<ReadySteps>();
        services.AddSingleton<ItemLists>();
        services.AddSingleton<AttemptSecrets>();
        services.AddSingleton<StepPlanner>();
        services.AddSingleton<StepCache>();
        services.AddSingleton<StepClaims>();
        services.AddSingleton<StepOutputs>();
        services.AddSingleton<PublishedModels>();
        services.AddSingleton<PublishedRows>();
        services.AddSingleton<NodeSettling>();
        services.AddSingleton<StepSuccession>();
        services.AddSingleton<StepPublisher>();
        services.AddSingleton<AttemptFolders>();
        services.AddSingleton<AttemptRunner>();
        services.AddReconciler<Orchestrator>();
        services.AddSingleton<RunStart>();
        services.AddReconciler<ClockWatch>();
        return services.AddReconciler<AttemptReaper>();
    }

    private static IServiceCollection AddApprovals(this IServiceCollection services)
    {
        services.AddSingleton<ApprovalRequests>();
        services.AddSingleton(p => new ApprovalStore(
            p.GetRequiredService<Database>(),
            p.GetRequiredService<IBlobStore>(),
            p.GetRequiredService<PipelineVersions>(),
            p.GetRequiredService<RunProgress>(),
            p.GetRequiredService<RunEnding>(),
            p.GetRequiredService<EventLog>(),
            p.GetRequiredService<IdSource>(),
            p.GetRequiredService<TimeProvider>()
        ));
        return services.AddReconciler<ApprovalReconciler>();
    }

    private static IServiceCollection AddTriggers(this IServiceCollection services)
    {
        services.AddSingleton<TriggerStore>();
        services.AddSingleton<TriggerFirings>();
        services.AddSingleton<TriggerDecisions>();
        services.AddSingleton<TriggerBoard>();
        services.AddSingleton<TriggerPauses>();
        services.AddSingleton<CustomEvents>();
        services.AddSubscriber<TriggerSubscriber>();
        services.AddReconciler<TriggerReconciler>();
        services.AddSingleton<PartitionStore>();
        services.AddSingleton<BackfillStore>();
        return services.AddReconciler<BackfillReconciler>();
    }
}
