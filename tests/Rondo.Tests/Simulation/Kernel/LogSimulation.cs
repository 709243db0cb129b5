using Microsoft.Extensions.Logging.Abstractions;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Kernel.Servers;
using Rondo.Tests.Simulation.Scheduling;
using Rondo.Tests.Simulation.Store;

namespace Rondo.Tests.Simulation.Kernel;

/// <summary>
/// Two or three servers run the kernel's own loops over one log: a subscriber that notes every event, under a lease. Servers are
/// killed, stand still and come back, clocks jump, the database fails. Each event must take effect once, in order.
/// </summary>
internal sealed class LogSimulation(Mutation? mutation = null) : ISimulation
{
    private const int TroubleMs = 60_000;
    private const int TimeMsMax = 300_000;
    private const int StepsMax = 100_000;

    public IReadOnlyList<ModuleSchema> Modules { get; } =
    [
        KernelModule.Schema,
        new ModuleSchema(
            "simulation",
            [
                (
                    "0001_start.sql",
                    """
                    create table simulation_seen (position bigint primary key, server text not null, number bigint not null);
                    create table simulation_number (id bigint primary key, number bigint not null);
                    insert into simulation_number (id, number) values (1, 0);
                    """
                ),
            ]
        ),
    ];

    public Mutation? Mutation => mutation;

    public SeedOutcome Run(SimulatedStore store, Seed seed, bool verbose)
    {
        var trace = new Trace(verbose);
        var way = seed.Stream("way");
        var ordering = new Ordering(way.NextDouble(), way.Next(3) == 0 ? 0.01 : 0, 3000);
        var scheduler = new SimulationScheduler(seed.Stream("order"), ordering, trace);
        store.Begin();
        try
        {
            var world = new World(scheduler, store, seed);
            scheduler.Run(world.Client.Start(world.PlayAsync), TimeMsMax, StepsMax);
            world.Check();
            return Outcome(null);
        }
        catch (Exception e)
        {
            return Outcome(e);
        }
        finally
        {
            store.End();
        }

        SeedOutcome Outcome(Exception? failure) =>
            new(
                seed.Number,
                trace.Digest,
                trace.Text,
                failure,
                new SeedFigures(scheduler.Steps, scheduler.NowMs, new Dictionary<string, long>())
            );
    }

    private sealed class World
    {
        private readonly SimulationScheduler _scheduler;
        private readonly SimulatedStore _store;
        private readonly Seed _seed;
        private readonly Random _way;
        private readonly FaultSource _faults;
        private readonly Dialect _dialect;
        private readonly int _servers;
        private readonly List<SimulatedDatabase> _databases = [];
        private readonly Dictionary<(string Name, long Fence), string> _holders = [];
        private int _appended;

        public World(SimulationScheduler scheduler, SimulatedStore store, Seed seed)
        {
            (_scheduler, _store, _seed) = (scheduler, store, seed);
            _way = seed.Stream("world");
            _servers = 1 + _way.Next(3);
            _dialect = _servers == 1 ? Dialect.Sqlite : SimulatedStore.Shared;
            _faults = new FaultSource(seed.Stream("faults"), Rates(), killsMax: 5);
            Client = scheduler.NewProcess("client");
        }

        public SimulatedProcess Client { get; }

        public async Task PlayAsync()
        {
            for (var i = 0; i < _servers; i++)
            {
                StartServer();
            }

            var events = 1 + _way.Next(15);
            while (_scheduler.NowMs < TroubleMs && _appended < events)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(_way.Next(4000)), Client.Clock);
                Append();
                Disturb();
            }

            _faults.Calm = _scheduler.Calm = true;
            foreach (var process in _scheduler.Processes)
            {
                process.Clock.Jump(0);
            }

            while (_scheduler.Processes.Count(process => !process.Dead) <= _servers)
            {
                StartServer();
            }

            while (_store.Number("select count(*) from simulation_seen") < _appended)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(500), Client.Clock);
            }
        }

        public void Check()
        {
            var seen = _store.Rows(
                "select position, number from simulation_seen order by number",
                row => (row.GetInt64(0), row.GetInt64(1))
            );
            var wrong = seen.Index().FirstOrDefault(entry => entry.Item != (entry.Index + 1, entry.Index + 1));
            if (wrong != default)
            {
                throw new Violation($"Event {wrong.Item.Item1} took effect as number {wrong.Item.Item2}.");
            }
        }

        private FaultRates Rates() =>
            new()
            {
                Refused = Some(30),
                Statement = Some(30),
                Commit = Some(30),
                Unknown = Some(50),
                Collision = Some(50),
                Kill = Some(10),
                Slow = Some(50),
                SlowMsMax = 1 + _way.Next(20_000),
                NewsLost = Some(500),
            };

        private int Some(int most) => _way.Next(2) == 0 ? 0 : _way.Next(most);

        private void Append()
        {
            var database = new SimulatedDatabase(_store, Client, new FaultSource(_way, new FaultRates(), 0), _dialect);
            var log = new EventLog(database, new IdSource(Client.Clock, _way), Client.Clock);
            _store.BeginTransaction();
            database.Repeat(async transaction =>
                await log.AppendAsync(
                    transaction,
                    new NewEvent("number.said", "p", "s", Actor.Local, new { Number = _appended })
                )
            );
            _store.Commit();
            _appended++;
            foreach (var other in _databases.Where(_ => _way.Next(2) == 0))
            {
                other.Hear();
            }
        }

        private void Disturb()
        {
            var servers = _scheduler.Processes.Where(process => process != Client && !process.Dead).ToList();
            foreach (var server in servers)
            {
                switch (_way.Next(12))
                {
                    case 0:
                        server.Pause(_way.Next(40_000));
                        break;
                    case 1:
                        server.Clock.Jump(_way.Next(-30_000, 30_000));
                        break;
                    case 2:
                        server.Clock.Jump(0);
                        break;
                    case 3 when _dialect == SimulatedStore.Shared:
                        server.Kill("from outside");
                        StartServer();
                        break;
                }
            }

            while (_scheduler.Processes.Count(process => !process.Dead) <= _servers)
            {
                StartServer();
            }
        }

        private void StartServer()
        {
            var number = _scheduler.Processes.Count;
            var process = _scheduler.NewProcess($"server{number}");
            var database = new SimulatedDatabase(_store, process, _faults, _dialect);
            database.Others.AddRange(_databases);
            _databases.ForEach(other => other.Others.Add(database));
            _databases.Add(database);
            var ids = new IdSource(process.Clock, _seed.Stream(process.Name));
            var log = new EventLog(database, ids, process.Clock);
            var leases = new LeaseStore(database, process.Clock);
            var subscriber = new SubscriptionReconciler(
                new Counter(process.Name),
                database,
                log,
                NullLogger<SubscriptionReconciler>.Instance
            );
            var service = new ReconcilerService(
                [new Watched(subscriber, this)],
                new ServerPresence(leases, ids, new ReconcilerOptions(), process.Clock),
                leases,
                log,
                process.Clock,
                new ReconcilerOptions(),
                NullLogger<ReconcilerService>.Instance
            );
            process.Start(async () =>
            {
                try
                {
                    await service.RunAsync(CancellationToken.None);
                }
                catch (RondoException e) when (e.Code == ErrorCode.Unavailable)
                {
                    process.Kill("by its supervisor: it could not start");
                }
            });
        }

        private void Hold(Lease lease)
        {
            if (_holders.TryGetValue((lease.Name, lease.Fence), out var holder) && holder != lease.Holder)
            {
                throw new Violation($"{holder} and {lease.Holder} hold {lease.Name} with fence {lease.Fence}.");
            }

            _holders[(lease.Name, lease.Fence)] = lease.Holder;
        }

        private sealed class Watched(Reconciler inner, World world) : Reconciler
        {
            public override string Name => inner.Name;

            public override TimeSpan Interval => inner.Interval;

            public override Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
            {
                world.Hold(lease);
                return inner.ReconcileAsync(lease, cancellation);
            }
        }

        private sealed class Counter(string server) : EventSubscriber
        {
            public override string Name => "simulation.counter";

            public override IReadOnlyCollection<string> Types => ["number.said"];

            public override async Task HandleAsync(Transaction transaction, LoggedEvent e)
            {
                var number = await transaction.ScalarAsync<long>(
                    "update simulation_number set number = number + 1 where id = 1 returning number"
                );
                await transaction.ExecuteAsync(
                    "insert into simulation_seen (position, server, number) values (@Position, @server, @number)",
                    new
                    {
                        e.Position,
                        server,
                        number,
                    }
                );
            }
        }
    }
}
