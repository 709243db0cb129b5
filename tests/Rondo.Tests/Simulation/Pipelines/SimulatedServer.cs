using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rondo.Datasets;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Kernel.Servers;
using Rondo.Lineage;
using Rondo.Pipelines;
using Rondo.Pipelines.Executors;
using Rondo.Pipelines.Orchestration;
using Rondo.Pipelines.Runs;
using Rondo.Pipelines.Triggers;
using Rondo.Registry;
using Rondo.Retention;
using Rondo.Secrets;
using Rondo.Secrets.Keys;
using Rondo.Tests.Simulation.Scheduling;
using Rondo.Tests.Simulation.Store;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>
/// One incarnation of a server: the product's own composition of kernel, lineage, registry, datasets and pipelines, on simulated time,
/// tables, blobs and attempts. Its loops run as they do in a process.
/// </summary>
internal sealed class SimulatedServer
{
    private static readonly Lease s_unleased = new("simulation", "simulation", 1, DateTimeOffset.MaxValue);

    private readonly ServiceProvider _services;

    public SimulatedServer(SimulatedProcess process, SimulatedDatabase database, ServerParts parts)
    {
        Process = process;
        Database = database;
        var services = new ServiceCollection();
        services.AddSingleton(typeof(ILogger<>), typeof(SimulatedLogger<>));
        services.AddSingleton(process);
        services.AddSingleton(parts.Loops);
        services.AddKernel(database, parts.Blobs);
        services.AddSingleton<TimeProvider>(process.Clock);
        services.AddSingleton(new IdSource(process.Clock, parts.Ids));
        services.AddSingleton(parts.Paths);
        services.AddRetention();
        services.AddLineage();
        services.AddSecrets();
        // The key is that of this server's folder, whatever the environment of the tests says.
        services.AddSingleton(provider => new SecretKeys(provider.GetRequiredService<ServerPaths>(), null));
        services.AddDatasets();
        services.AddRegistry();
        services.AddSingleton<IExecutor>(parts.Executor);
        services.AddSingleton(parts.Options);
        services.AddPipelines();
        services.AddSingleton<ProtocolProbe>(parts.Probe);
        services.AddSingleton<AttemptFolders>(parts.Folders);
        services.AddSingleton<IRunSources>(parts.Sources);
        _services = services.BuildServiceProvider();
    }

    public SimulatedProcess Process { get; }

    public SimulatedDatabase Database { get; }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>Runs its loops. Without leases every server acts at once, which the protocol must bear too.</summary>
    public void Start(bool leased) =>
        Process.Start(async () =>
        {
            try
            {
                await (leased ? RunAsync(Loops) : RunUnleasedAsync());
            }
            catch (RondoException e) when (e.Code == ErrorCode.Unavailable)
            {
                Process.Kill("by its supervisor: it could not start");
            }
        });

    /// <summary>Does something in the server for a client, who may give up waiting.</summary>
    public Task<Exception?> CallAsync(Func<SimulatedServer, Task> work)
    {
        var answer = new TaskCompletionSource<Exception?>();
        Process.Post(
            async _ =>
            {
                try
                {
                    await work(this);
                    answer.TrySetResult(null);
                }
                catch (Exception e) when (e is RondoException or IOException)
                {
                    answer.TrySetResult(e);
                }
                catch (KilledException)
                {
                    // No answer will come.
                }
                catch (Exception e)
                {
                    Process.Scheduler.Fail(e);
                }
            },
            null
        );
        return answer.Task;
    }

    // There are no processes of workers, and no folders, that somebody would have to look after.
    private IEnumerable<Reconciler> Loops =>
        _services
            .GetServices<Reconciler>()
            .Where(loop =>
                loop is not WorkerJanitor && !loop.Name.StartsWith("garbage.folders", StringComparison.Ordinal)
            );

    private Task RunAsync(IEnumerable<Reconciler> loops) =>
        new ReconcilerService(
            loops,
            Get<ServerPresence>(),
            Get<LeaseStore>(),
            Get<EventLog>(),
            Process.Clock,
            Get<ReconcilerOptions>(),
            Get<ILogger<ReconcilerService>>()
        ).RunAsync(CancellationToken.None);

    // A subscriber acts under its lease only, and what triggers see depends on the clock of the server that looks.
    private Task RunUnleasedAsync()
    {
        var loops = Loops.ToLookup(loop => loop is SubscriptionReconciler or TriggerReconciler);
        foreach (var loop in loops[false])
        {
            Process.Start(() => LoopAsync(loop));
        }

        return RunAsync(loops[true]);
    }

    private async Task LoopAsync(Reconciler reconciler)
    {
        using var listener = Get<EventLog>().Listen(reconciler.Concerns);
        await Task.Yield();
        while (true)
        {
            listener.Forget();
            var more = false;
            try
            {
                more = await reconciler.ReconcileAsync(s_unleased, CancellationToken.None);
            }
            catch (Exception e) when (e is not (Violation or KilledException))
            {
                Process.Scheduler.Trace.Say(Process, $"{reconciler.Name} failed: {e.Message}");
                await Task.Delay(reconciler.Interval, Process.Clock);
            }

            if (!more)
            {
                await listener.WaitAsync(reconciler.Interval, CancellationToken.None);
            }
        }
    }
}

/// <summary>What a server is made of in a simulation.</summary>
internal sealed record ServerParts(
    IBlobStore Blobs,
    SimulatedFolders Folders,
    SimulatedExecutor Executor,
    SimulatedProbe Probe,
    IRunSources Sources,
    PipelinesOptions Options,
    ReconcilerOptions Loops,
    ServerPaths Paths,
    Random Ids
);

/// <summary>Writes what a server logs into the trace.</summary>
internal sealed class SimulatedLogger<T>(SimulatedProcess process) : ILogger<T>
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => process.Scheduler.Trace.Verbose;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (IsEnabled(logLevel))
        {
            process.Scheduler.Trace.Say(process, $"logs: {formatter(state, exception)}: {exception?.Message}");
        }
    }
}
