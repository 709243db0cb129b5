using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Reconcilers;
using Rondo.Pipelines;
using Rondo.Pipelines.Orchestration;
using Rondo.Sdk.Wire;
using Rondo.Tests.Simulation.Scheduling;
using Rondo.Tests.Simulation.Store;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>The servers of a seed, what they share, and what happens to them.</summary>
internal sealed class SimulatedWorld
{
    public const string Project = "transit";
    public const string Environment = "production";

    private readonly SimulationScheduler _scheduler;
    private readonly Seed _seed;
    private readonly WorldTaste _taste;
    private readonly Random _random;
    private readonly Dialect _dialect;
    private readonly List<SimulatedServer> _servers = [];
    private readonly HashSet<string> _killedAt = [];

    public SimulatedWorld(SimulationScheduler scheduler, SimulatedStore store, Seed seed)
    {
        (_scheduler, Store, _seed) = (scheduler, store, seed);
        _random = seed.Stream("world");
        _taste = WorldTaste.Of(seed.Stream("taste"));
        _dialect = _taste.Servers == 1 ? Dialect.Sqlite : SimulatedStore.Shared;
        Faults = new FaultSource(seed.Stream("faults"), _taste.Faults, _taste.KillsMax);
        Outside = scheduler.NewProcess("outside");
        Disk = new SimulatedDisk(store.Mutation);
        Watch = new RunWatch(scheduler, store, Disk);
        Disk.Put(SimulatedSources.Digest, SimulatedSources.Bytes, Outside.Clock.TrueNow);
    }

    public SimulatedStore Store { get; }

    public SimulatedDisk Disk { get; }

    public Excuses Excuses { get; } = new();

    public FaultSource Faults { get; }

    public RunWatch Watch { get; }

    /// <summary>Whoever uses the servers, and whoever disturbs them. It is never disturbed itself.</summary>
    public SimulatedProcess Outside { get; }

    public WorldTaste Taste => _taste;

    /// <summary>The lines of the protocol at which servers were killed.</summary>
    public IReadOnlySet<string> KilledAt => _killedAt;

    public IReadOnlyList<SimulatedServer> Living => [.. _servers.Where(server => !server.Process.Dead)];

    /// <summary>Keeps as many servers running as there should be.</summary>
    public void Supervise()
    {
        while (Living.Count < _taste.Servers)
        {
            StartServer();
        }
    }

    /// <summary>Something happens to the servers.</summary>
    public void Disturb()
    {
        foreach (var server in Living)
        {
            switch (_random.Next(14))
            {
                case 0 when _taste.Pauses:
                    server.Process.Pause(_random.Next(15_000));
                    break;
                case 1 when _taste.ClockJumps:
                    server.Process.Clock.Jump(_random.Next(-20_000, 20_000));
                    break;
                case 2:
                    server.Process.Clock.Jump(0);
                    break;
                case 3 when Faults.Kills():
                    server.Process.Kill("from outside");
                    break;
                case 4 when _taste.Damage && Disk.Digests.Count > 1 && _random.Next(4) == 0:
                    Disk.Damage(
                        Disk.Digests.Order(StringComparer.Ordinal).ElementAt(_random.Next(Disk.Digests.Count)),
                        _random.Next(2) == 0
                    );
                    Excuses.Everybody = true;
                    break;
            }
        }
    }

    /// <summary>Nothing goes wrong any more.</summary>
    public void CalmDown()
    {
        Faults.Calm = _scheduler.Calm = true;
        Watch.CalmSinceMs = _scheduler.NowMs;
        foreach (var server in Living)
        {
            server.Process.Clock.Jump(0);
        }
    }

    private void StartServer()
    {
        var name = $"server{_servers.Count + 1}";
        var process = _scheduler.NewProcess(name);
        var database = new SimulatedDatabase(Store, process, Faults, _dialect);
        database.Committed += OnCommitted;
        foreach (var other in Living)
        {
            other.Database.Others.Add(database);
            database.Others.Add(other.Database);
        }

        var paths = new ServerPaths("/simulated", "/simulated/feed");
        var folders = new SimulatedFolders(paths, new ServerIncarnation(name), Excuses);
        var options = new PipelinesOptions
        {
            AttemptLease = TimeSpan.FromSeconds(4),
            RetryDelay = TimeSpan.FromMilliseconds(200),
            RetryDelayMax = TimeSpan.FromSeconds(2),
            LocalAttemptsMax = 1 + _random.Next(3),
            LocalCores = 2,
        };
        var executor = new ExecutorTaste(_seed.Stream(name + ".executor"), Faults, options, Watch.StepName)
        {
            ShortMsMax = _taste.ShortMsMax,
            LongMsMax = _taste.LongMsMax,
            Long = _taste.Long,
            Deaf = _taste.Deaf,
            Breaks = _taste.Breaks,
            Torn = _taste.Torn,
            Logs = _taste.Logs,
        };
        var server = new SimulatedServer(
            process,
            database,
            new ServerParts(
                new SimulatedBlobStore(Disk, process, Faults, folders),
                folders,
                new SimulatedExecutor(process, folders, Excuses, executor),
                new SimulatedProbe(process, Faults, line => _killedAt.Add(line)),
                new SimulatedSources(),
                options,
                new ReconcilerOptions { Lease = TimeSpan.FromSeconds(8), Standby = TimeSpan.FromSeconds(4) },
                paths,
                _seed.Stream(name + ".ids")
            )
        );
        _servers.Add(server);
        server.Start(_taste.Leased);
    }

    private void OnCommitted(SimulatedCommit commit)
    {
        Watch.AfterCommit(commit.Process);
        if (Faults.Happens(_taste.Faults.Late) && IsProtocol(commit.Work))
        {
            RepeatLater(commit);
        }
    }

    private void RepeatLater(SimulatedCommit commit)
    {
        var delay = TimeSpan.FromMilliseconds(_random.Next(10_000));
        Outside.Start(async () =>
        {
            await Task.Delay(delay, Outside.Clock);
            _scheduler.Trace.Say(Outside, $"{WorkNames.Of(commit.Work)} of {commit.Process} arrives once more");
            commit.Repeat();
            Watch.AfterCommit(Outside, isLate: true);
        });
    }

    // What attempts and loops send. What people ask for is asked for twice when it is sent twice.
    private static bool IsProtocol(Delegate work) =>
        work.Method.DeclaringType?.FullName is { } name
        && (
            name.Contains(".Orchestration.", StringComparison.Ordinal)
            || name.Contains("ApprovalStore", StringComparison.Ordinal)
            || name.Contains("LeaseStore", StringComparison.Ordinal)
            || name.Contains("SubscriptionReconciler", StringComparison.Ordinal)
        );
}
