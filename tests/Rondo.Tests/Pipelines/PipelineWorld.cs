using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Datasets;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Projects;
using Rondo.Lineage;
using Rondo.Pipelines;
using Rondo.Pipelines.Orchestration;
using Rondo.Pipelines.Triggers;
using Rondo.Registry;
using Rondo.Retention;
using Rondo.Sdk.Wire;
using Rondo.Secrets;
using Rondo.Secrets.Keys;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Pipelines;

/// <summary>A real database with every module below pipelines, and servers on it that a test starts, steps and kills.</summary>
internal sealed class PipelineWorld : IAsyncDisposable
{
    public const string Project = "transit";
    public const string Production = "production";
    private readonly List<TestServer> _servers = [];

    private PipelineWorld(TestKernel kernel) => Kernel = kernel;

    public TestKernel Kernel { get; }

    public ScriptedExecutor Executor { get; } = new();

    public static async Task<PipelineWorld> StartAsync(params ModuleSchema[] more)
    {
        var kernel = await TestKernel.StartAsync([
            LineageModule.Schema,
            DatasetsModule.Schema,
            RegistryModule.Schema,
            SecretsModule.Schema,
            PipelinesModule.Schema,
            .. more,
        ]);
        await new ProjectStore(kernel.Database, kernel.Log, kernel.Time).CreateAsync(Project, Actor.Local);
        return new PipelineWorld(kernel);
    }

    /// <summary>A new incarnation of the server, on what the ones before it left.</summary>
    public TestServer Server(
        ProtocolProbe? probe = null,
        IExecutor? executor = null,
        Action<IServiceCollection>? more = null
    )
    {
        var services = new ServiceCollection();
        services.AddLogging();
        AddModules(services, executor ?? Executor);
        services.AddSingleton(probe ?? new ProtocolProbe());
        more?.Invoke(services);
        var server = new TestServer(services.BuildServiceProvider());
        _servers.Add(server);
        return server;
    }

    /// <summary>Registers every module on this world's database and clock.</summary>
    public void AddModules(IServiceCollection services, IExecutor executor)
    {
        services.AddKernel(Kernel.Database, Kernel.Blobs);
        services.AddSingleton<TimeProvider>(Kernel.Time);
        services.AddSingleton(Kernel.Ids);
        services.AddSingleton(Kernel.Log);
        services.AddSingleton(new ServerPaths(Kernel.Folder, Path.Combine(Kernel.Folder, "feed")));
        services.AddRetention();
        services.AddLineage();
        services.AddDatasets();
        services.AddRegistry();
        services.AddSingleton(executor);
        services.AddSecrets();
        // The key is that of this server's folder, whatever the environment of the tests says.
        services.AddSingleton(provider => new SecretKeys(provider.GetRequiredService<ServerPaths>(), null));
        // A test turns the loop a round at a time: no step begins by itself.
        services.AddSingleton(new PipelinesOptions { ChainedAttemptsMax = 0 });
        services.AddPipelines();
    }

    public Task DeployAsync(TestServer server, params PipelineManifest[] pipelines) =>
        Kernel.Database.WriteAsync(async t =>
            await server.Get<PipelineCatalog>().DeployAsync(t, Package(Production, pipelines))
        );

    public static DeployedPackage Package(string environment, params PipelineManifest[] pipelines) =>
        new(
            Project,
            environment,
            new string('a', 64),
            "c0ffee",
            new Manifest(Manifest.CurrentFormatVersion, Project, "0.1.0", [], pipelines, []),
            Actor.Local
        );

    public Task<IReadOnlyList<LoggedEvent>> EventsAsync(string? type = null, string? subject = null) =>
        Kernel.Log.ReadAsync(0, 1000, new EventFilter(Type: type, Subject: subject));

    public Task<long> CountAsync(string sql, object? arguments = null) =>
        Kernel.Database.ReadAsync(async session => await session.ScalarAsync<long>(sql, arguments));

    public async Task<long> AppendAsync(string type, object data) =>
        await Kernel.Database.WriteAsync(async t =>
            await Kernel.Log.AppendAsync(t, new NewEvent(type, Project, "test", Actor.Local, data))
        );

    public static NewRun Wish(string pipeline, params (string Name, object Value)[] parameters) =>
        new(
            Project,
            Production,
            pipeline,
            parameters.ToDictionary(p => p.Name, p => JsonSerializer.SerializeToElement(p.Value)),
            TriggerKinds.Manual,
            null,
            Actor.Local
        );

    public async ValueTask DisposeAsync()
    {
        Executor.ReleaseAll();
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        await Kernel.DisposeAsync();
    }
}

/// <summary>One incarnation of a server, whose loops turn only when a test says so.</summary>
internal sealed class TestServer(ServiceProvider provider) : IAsyncDisposable
{
    private static readonly Lease s_lease = new("test", "test", 1, DateTimeOffset.MaxValue);

    public RunStore Runs => Get<RunStore>();

    public T Get<T>()
        where T : notnull => provider.GetRequiredService<T>();

    public Task<bool> OrchestrateAsync() => Get<Orchestrator>().ReconcileAsync(s_lease, CancellationToken.None);

    public Task<bool> ReapAsync() => Get<AttemptReaper>().ReconcileAsync(s_lease, CancellationToken.None);

    /// <summary>How many attempts of this server have not come to their end.</summary>
    public int UnderWay => Get<Orchestrator>().UnderWay;

    /// <summary>Waits until every attempt has ended, or is paused.</summary>
    public async Task SettleAsync(int paused = 0)
    {
        while (UnderWay > paused)
        {
            await Task.Yield();
        }
    }

    /// <summary>Waits until every attempt that has not ended is paused.</summary>
    public async Task PausedAsync()
    {
        var executor = (ScriptedExecutor)Get<IExecutor>();
        while (UnderWay > executor.Paused)
        {
            await Task.Yield();
        }
    }

    /// <summary>Turns the loop until the run has ended.</summary>
    public async Task<Run> FinishAsync(string runId)
    {
        for (var round = 0; round < 1000; round++)
        {
            var run = await Runs.GetAsync(runId);
            if (run.FinishedAt is not null)
            {
                return run;
            }

            await OrchestrateAsync();
            await SettleAsync();
        }

        throw new InvalidOperationException("The run does not end.");
    }

    /// <summary>Lets triggers see every event, and act.</summary>
    public async Task TriggerAsync()
    {
        await TurnAsync("subscriber.pipelines.triggers");
        await TurnAsync("pipelines.triggers");
    }

    /// <summary>Turns a loop until it has nothing to do.</summary>
    public async Task TurnAsync(string name)
    {
        var loop = provider
            .GetServices<global::Rondo.Kernel.Reconcilers.Reconciler>()
            .Single(candidate => candidate.Name == name);
        var lease = await Get<LeaseStore>().TryAcquireAsync(name, "test", TimeSpan.FromDays(1));
        while (await loop.ReconcileAsync(lease!, CancellationToken.None)) { }
    }

    public ValueTask DisposeAsync() => provider.DisposeAsync();
}
