using Rondo.Kernel;
using Rondo.Pipelines;
using Rondo.Pipelines.Backfills;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>Backfills under random deaths, two servers at a time: no partition is run twice and none is lost.</summary>
public sealed class BackfillCrashTests
{
    private const int RoundsMax = 300;

    private static readonly int s_seeds = Environment.GetEnvironmentVariable("RONDO_TEST_FULL") is { Length: > 0 }
        ? 1_000
        : 30;

    private static readonly string[] s_lines =
    [
        BackfillReconciler.BeforeRun,
        BackfillReconciler.InsideRun,
        BackfillReconciler.AfterRun,
        BackfillReconciler.BeforeSettling,
        BackfillReconciler.BeforeCancelling,
    ];

    [Fact]
    public async Task Killed_at_any_line_a_backfill_runs_every_partition_once_and_never_more_at_once_than_it_may()
    {
        await using var scene = await TriggerScene.StartAsync();
        var killed = new HashSet<string>();
        for (var seed = 0; seed < s_seeds; seed++)
        {
            await new Simulation(scene, seed, killed).RunAsync();
        }

        Assert.Equal(s_lines.Order(), killed.Order());
    }

    [Fact]
    public async Task However_one_server_comes_between_the_transactions_of_another_no_partition_is_run_twice()
    {
        for (var place = 1; place < 100; place++)
        {
            await using var scene = await TriggerScene.StartAsync();
            var database = new InterleavedDatabase(scene.World.Kernel.Database);
            var (one, other) = (database.Server(scene), scene.World.Server());
            await scene.DeployAsync(Simulation.Pipeline("train"));
            var id = (await Simulation.CreateAsync(one, "train", 2)).Id;
            var from = database.Transactions;
            database.Before = number => number == from + place ? scene.FillAsync(other) : Task.CompletedTask;

            await scene.FillAsync(one);

            var runs = await scene.RunsAsync();
            Assert.Equal(2, runs.Count);
            Assert.Equal(2, runs.Select(run => run.Partition).Distinct().Count());
            Assert.Equal(2, (await one.Get<BackfillStore>().GetAsync(id)).Partitions["running"]);
            if (database.Transactions < from + place)
            {
                return;
            }
        }

        Assert.Fail("The loop does not end.");
    }

    private sealed class Simulation(TriggerScene scene, int seed, HashSet<string> killed)
    {
        private readonly Random _random = new(seed);
        private int _deathsLeft = 5;

        public static PipelineManifest Pipeline(string name) =>
            Manifests.Pipeline(name, Manifests.Step("fit")) with
            {
                Partitions = new PartitionsManifest("daily", "2023-12-01", null, null),
            };

        public static Task<Backfill> CreateAsync(TestServer server, string pipeline, int parallel) =>
            server
                .Get<BackfillStore>()
                .CreateAsync(
                    new(
                        PipelineWorld.Project,
                        PipelineWorld.Production,
                        pipeline,
                        "2023-12-02",
                        "2023-12-07",
                        "all",
                        parallel
                    )
                    {
                        Fresh = true,
                    },
                    Actor.Local
                );

        public async Task RunAsync()
        {
            var name = $"p{seed}";
            var parallel = 1 + _random.Next(3);
            await scene.DeployAsync(Pipeline(name));
            var id = (await CreateAsync(scene.Server, name, parallel)).Id;
            var cancelAt = _random.NextDouble() < 0.3 ? _random.Next(12) : -1;
            var servers = new[] { Server(), Server() };
            for (var round = 0; round < RoundsMax; round++)
            {
                if (round == cancelAt && (await StoreOf(scene.Server).GetAsync(id)).FinishedAt is null)
                {
                    await StoreOf(scene.Server).CancelAsync(id, Actor.Local);
                }

                var turn = _random.Next(2);
                try
                {
                    await scene.FillAsync(servers[turn]);
                }
                catch (CrashException)
                {
                    servers[turn] = Server();
                }

                if (_random.NextDouble() < 0.6)
                {
                    await scene.Server.OrchestrateAsync();
                    await scene.Server.SettleAsync();
                }

                var underWay = (await RunsAsync(name)).Count(run => run.FinishedAt is null);
                Assert.True(underWay <= parallel);
                if ((await StoreOf(scene.Server).GetAsync(id)).FinishedAt is not null)
                {
                    break;
                }
            }

            await CheckAsync(id, name, cancelAt >= 0);
        }

        private async Task CheckAsync(string id, string name, bool maybeCancelled)
        {
            var backfill = await StoreOf(scene.Server).GetAsync(id);
            var runs = await RunsAsync(name);
            var partitions = (await StoreOf(scene.Server).PartitionsAsync(id, null, null, null)).Items;
            Assert.NotNull(backfill.FinishedAt);
            Assert.Equal(runs.Count, runs.Select(run => run.Partition).Distinct().Count());
            Assert.All(runs, run => Assert.NotNull(run.FinishedAt));
            Assert.Equal(
                runs.Select(run => run.Id).Order(),
                partitions.Where(p => p.RunId is not null).Select(p => p.RunId!).Order()
            );
            Assert.All(runs, run => Assert.Equal(run.State, partitions.Single(p => p.RunId == run.Id).State));
            if (backfill.State != BackfillStates.Cancelled)
            {
                Assert.Equal((BackfillStates.Succeeded, 6), (backfill.State, runs.Count));
            }
            else
            {
                Assert.True(maybeCancelled);
            }

            Assert.Single(await scene.World.EventsAsync("backfill.finished", id));
        }

        private async Task<IReadOnlyList<RunSummary>> RunsAsync(string name) =>
            (await scene.Server.Runs.ListAsync(new RunFilter(Pipeline: name, Limit: 1000))).Items;

        private static BackfillStore StoreOf(TestServer server) => server.Get<BackfillStore>();

        private TestServer Server() => scene.World.Server(new CrashProbe(Dies));

        private bool Dies(string line)
        {
            if (_deathsLeft == 0 || !s_lines.Contains(line) || _random.NextDouble() > 0.15)
            {
                return false;
            }

            _deathsLeft--;
            killed.Add(line);
            return true;
        }
    }
}
