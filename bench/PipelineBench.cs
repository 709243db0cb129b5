using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Rondo.Data;
using Rondo.Datasets;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Projects;
using Rondo.Lineage;
using Rondo.Pipelines;
using Rondo.Registry;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Secrets;

namespace Rondo.Benchmarks;

/// <summary>The server's modules up to pipelines, with their loops, on a database and blob store in a folder; no web.</summary>
internal sealed class PipelineBench : IAsyncDisposable
{
    public const string Flow = "flow";
    public const string Wide = "wide";
    public const string Loop = "loop";
    public const string Flat = "flat";
    public const int LargeSteps = 10_000;
    public const int FlatSteps = 1_000;

    private const string Project = "bench";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private readonly TemporaryFolder _folder = new();
    private readonly SqliteDatabase _database;
    private IHost _host;
    private EventLog _log;
    private RunStore _runs;

    private PipelineBench(IExecutor? executor)
    {
        _database = SqliteDatabase.Open(Path.Combine(_folder.Path, "rondo.db"));
        _host = Build(executor);
        _log = _host.Services.GetRequiredService<EventLog>();
        _runs = _host.Services.GetRequiredService<RunStore>();
    }

    /// <summary>Starts with this executor; null: warm worker processes, whose package is this program.</summary>
    public static async Task<PipelineBench> StartAsync(IExecutor? executor)
    {
        var bench = new PipelineBench(executor);
        var services = bench._host.Services;
        await Migrations.ApplyAsync(bench._database, services.GetServices<ModuleSchema>(), TimeProvider.System);
        await services.GetRequiredService<ProjectStore>().CreateAsync(Project, Actor.Local);
        var digest = new string('b', 64);
        var package = Path.Combine(bench._folder.Path, "packages", digest);
        Directory.CreateDirectory(package);
        await File.WriteAllTextAsync(
            Path.Combine(package, "rondo-package.json"),
            JsonSerializer.Serialize(new { entry = typeof(PipelineBench).Assembly.Location })
        );
        var manifest = BenchSystem.Declare(["manifest"]).ToManifest();
        await bench._database.WriteAsync(async t =>
            await services
                .GetRequiredService<PipelineCatalog>()
                .DeployAsync(t, new DeployedPackage(Project, "production", digest, "c0ffee", manifest, Actor.Local))
        );
        await bench._host.StartAsync();
        return bench;
    }

    /// <summary>One flow, from its creation to its end.</summary>
    public async Task FlowAsync() => await FinishAsync(await CreateAsync(Flow));

    /// <summary>Many flows, so many of them at once.</summary>
    public Task FlowsAsync(int count, int atOnce) =>
        Task.WhenAll(
            Enumerable
                .Range(0, atOnce)
                .Select(async _ =>
                {
                    for (var flow = 0; flow < count / atOnce; flow++)
                    {
                        await FlowAsync();
                    }
                })
        );

    public async Task<string> CreateAsync(string pipeline)
    {
        var wish = new NewRun(
            Project,
            "production",
            pipeline,
            new Dictionary<string, JsonElement>(StringComparer.Ordinal),
            TriggerKinds.Manual,
            null,
            Actor.Local
        );
        return (await _runs.CreateAsync(wish)).Id;
    }

    public async Task FinishAsync(string run)
    {
        using var listener = _log.Listen(kind => kind == "run.finished");
        while (true)
        {
            listener.Forget();
            var state = await _database.ReadAsync(async session =>
                await session.ScalarAsync<string>("select state from pipelines_run where id = @run", new { run })
            );
            if (state is "succeeded")
            {
                return;
            }

            if (state is not ("created" or "running"))
            {
                throw new InvalidOperationException($"Run {run} is {state}.");
            }

            await listener.WaitAsync(s_patience, CancellationToken.None);
        }
    }

    /// <summary>A page of a hundred steps from the middle of a run.</summary>
    public Task PageAsync(string run) => _runs.GetAsync(run, new StepFilter(Limit: 100, After: "5000/-1/"));

    public async Task UntilRunningAsync(int attempts)
    {
        while (
            await _database.ReadAsync(async session =>
                await session.ScalarAsync<long>("select count(*) from pipelines_step where state = 'running'")
            ) < attempts
        )
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    /// <summary>Another server on the database that this one leaves as it stands.</summary>
    public async Task KillAsync(IExecutor executor)
    {
        var dead = _host;
        _host = Build(executor);
        _log = _host.Services.GetRequiredService<EventLog>();
        _runs = _host.Services.GetRequiredService<RunStore>();
        await _host.StartAsync();
        _ = dead;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        (_host as IDisposable)?.Dispose();
        await _database.DisposeAsync();
        _folder.Dispose();
    }

    private IHost Build(IExecutor? executor)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var services = builder.Services;
        services.AddLogging();
        services.AddSingleton(new ServerPaths(_folder.Path, Path.Combine(_folder.Path, "feed")));
        services.AddKernel(_database, new FolderBlobStore(Path.Combine(_folder.Path, "blobs")));
        services.AddLineage();
        services.AddDatasets();
        services.AddRegistry();
        if (executor is not null)
        {
            services.AddSingleton(executor);
        }

        services.AddSecrets();
        services.AddPipelines();
        return builder.Build();
    }
}
