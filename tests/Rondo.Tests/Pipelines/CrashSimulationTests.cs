using Rondo.Kernel.Events;
using Rondo.Pipelines;
using Rondo.Pipelines.Orchestration;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>
/// Random graphs under random deaths: a server is killed at a line of the protocol, or goes on as a zombie whose attempts report
/// after others have taken over. Whatever happens, what is published is published once.
/// </summary>
public sealed class CrashSimulationTests
{
    private const int RoundsMax = 400;

    // ./test --full asks for the full size.
    private static readonly int s_seedsAPart = Environment.GetEnvironmentVariable("RONDO_TEST_FULL") is { Length: > 0 }
        ? 2_500
        : 60;

    [Theory]
    [Trait("Requirement", "R92")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Killed_at_any_line_a_run_ends_as_it_would_have_and_publishes_everything_once(int part)
    {
        await using var world = await PipelineWorld.StartAsync();
        for (var seed = part * s_seedsAPart; seed < (part + 1) * s_seedsAPart; seed++)
        {
            await new Simulation(world, seed).RunAsync();
        }
    }

    [Fact]
    public async Task The_simulation_does_kill_servers_at_every_line()
    {
        await using var world = await PipelineWorld.StartAsync();
        var lines = new HashSet<string>();
        for (var seed = 5000; seed < 5150 && lines.Count < 11; seed++)
        {
            var simulation = new Simulation(world, seed);
            await simulation.RunAsync();
            lines.UnionWith(simulation.Deaths);
        }

        Assert.Equal(11, lines.Count);
    }

    private sealed class Simulation(PipelineWorld world, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly Lock _lock = new();
        private readonly Dictionary<string, Script> _scripts = [];
        private readonly List<ScriptedExecutor> _executors = [];
        private int _deathsLeft = 6;

        public HashSet<string> Deaths { get; } = [];

        public async Task RunAsync()
        {
            var pipeline = Graph();
            var server = Server(out var probe, out var executor);
            await world.DeployAsync(server, pipeline);
            var run = await server.Runs.CreateAsync(PipelineWorld.Wish(pipeline.Name));
            var cancelAt = Chance(0.15) ? Next(8) : -1;
            for (var round = 0; round < RoundsMax; round++)
            {
                if (round == cancelAt)
                {
                    await CancelAsync(server, run.Id);
                }

                await TurnAsync(server, executor);
                if ((await server.Runs.GetAsync(run.Id)).FinishedAt is not null)
                {
                    break;
                }

                if (probe.Dead || Chance(0.1))
                {
                    // Dead, or cut off: in both cases another incarnation takes over, and paused attempts go on regardless.
                    server = Server(out probe, out executor);
                }

                if (Chance(0.4))
                {
                    _executors.ForEach(zombie => zombie.ReleaseAll());
                }

                world.Kernel.Time.Advance(TimeSpan.FromSeconds(2));
            }

            _executors.ForEach(zombie => zombie.ReleaseAll());
            await Task.WhenAll(_servers.Select(s => s.SettleAsync()));
            await CheckAsync(server, await server.Runs.GetAsync(run.Id), pipeline);
        }

        private readonly List<TestServer> _servers = [];

        private async Task TurnAsync(TestServer server, ScriptedExecutor executor)
        {
            try
            {
                await server.ReapAsync();
                await server.OrchestrateAsync();
            }
            catch (CrashException)
            {
                // The loop of a dead server.
            }

            while (server.Get<Orchestrator>().UnderWay > executor.Paused)
            {
                await Task.Yield();
            }
        }

        private static async Task CancelAsync(TestServer server, string runId)
        {
            try
            {
                await server.Runs.CancelAsync(runId, Rondo.Kernel.Actor.Local);
            }
            catch (RondoException e) when (e.Code == ErrorCode.FailedPrecondition)
            {
                // It has ended by itself.
            }
        }

        private PipelineManifest Graph()
        {
            var nodes = new List<NodeManifest>();
            var count = 1 + Next(7);
            for (var i = 0; i < count; i++)
            {
                var from = nodes.Where(_ => Chance(0.4)).Select(node => node.Id).ToArray();
                var id = $"s{(Chance(0.2) ? Next(3) : 10 + i)}-{i}";
                var attempts = 1 + Next(3);
                nodes.Add(
                    Manifests.Step(id, from) with
                    {
                        MaxAttempts = attempts,
                        Cache = Chance(0.7),
                        CodeDigest = $"code{seed / 2}",
                    }
                );
                _scripts[id] =
                    Chance(0.03) ? Script.Stop
                    : Chance(0.1) ? Script.Fail
                    : Script.Succeed;
            }

            return Manifests.Pipeline($"sim{seed}", [.. nodes]);
        }

        private TestServer Server(out CrashProbe probe, out ScriptedExecutor executor)
        {
            probe = new CrashProbe(Dies);
            executor = new ScriptedExecutor { Capacity = 1 + Next(3), Decide = Decide };
            var server = world.Server(probe, executor);
            _executors.Add(executor);
            _servers.Add(server);
            return server;
        }

        private bool Dies(string line)
        {
            lock (_lock)
            {
                if (_deathsLeft == 0 || _random.NextDouble() > 0.06)
                {
                    return false;
                }

                _deathsLeft--;
                Deaths.Add(line);
                return true;
            }
        }

        // A failing step fails once, or always; any may be slow enough to outlive its server.
        private Script Decide(StepRequest request)
        {
            var script = _scripts[request.NodeId];
            if (script == Script.Fail && request.NodeId[^1] % 2 == 0 && request.Attempt > 1)
            {
                script = Script.Succeed;
            }

            return script == Script.Succeed && Chance(0.2) ? Script.Pause : script;
        }

        private async Task CheckAsync(TestServer server, Run run, PipelineManifest pipeline)
        {
            Assert.NotNull(run.FinishedAt);
            var events = await world.EventsAsync(subject: run.Id);
            Assert.Single(events, e => e.Type == "run.finished");
            Assert.Equal("run.finished", events[^1].Type);
            var published = events
                .Where(e => e.Type is "step.published" or "step.reused")
                .ToDictionary(e => Node(e), e => e.Position);
            Assert.Equal(
                run.Steps.Where(step => step.State == StepStates.Succeeded).Select(step => step.NodeId).Order(),
                published.Keys.Order()
            );
            CheckOrder(pipeline, events, published);
            await CheckRowsAsync(run, pipeline);
            if (run.State == RunStates.Succeeded)
            {
                Assert.All(run.Steps, step => Assert.Equal(StepStates.Succeeded, step.State));
            }

            if (run.State == RunStates.Failed)
            {
                Assert.Contains(
                    run.Steps,
                    step => step.State == StepStates.Failed && _scripts[step.NodeId] == Script.Fail
                );
            }

            if (run.State == RunStates.Stopped)
            {
                Assert.Contains(run.Steps, step => step.State == StepStates.Stopped);
            }

            Assert.All(run.Steps, step => Assert.True(step.Attempts.Count(a => a.State == StepStates.Succeeded) <= 1));
            Assert.DoesNotContain(run.Steps, step => step.Attempts.Any(a => a.State == StepStates.Running));
            Assert.False(await server.ReapAsync());
        }

        private static void CheckOrder(
            PipelineManifest pipeline,
            IReadOnlyList<LoggedEvent> events,
            Dictionary<string, long> published
        )
        {
            foreach (var e in events.Where(e => e.Type is "step.started" or "step.reused"))
            {
                var node = pipeline.Nodes.Single(n => n.Id == Node(e));
                Assert.All(node.Inputs, input => Assert.True(published[input.FromNode] < e.Position));
            }
        }

        private async Task CheckRowsAsync(Run run, PipelineManifest pipeline)
        {
            var made = run.Steps.Where(step => step.State is StepStates.Succeeded or StepStates.Stopped).ToList();
            Assert.All(made, step => Assert.Single(step.Outputs));
            Assert.All(run.Steps.Except(made), step => Assert.Empty(step.Outputs));
            foreach (var digest in made.Select(step => step.Outputs[0].Artifact.Digest).Distinct())
            {
                Assert.NotEmpty(await world.Kernel.Blobs.ReadAsync(digest));
            }

            Assert.Equal(
                made.Count,
                await world.CountAsync("select count(*) from lineage_execution where run_id = @Id", run)
            );
            Assert.Equal(
                pipeline.Nodes.Count - made.Count(step => step.State == StepStates.Succeeded),
                await world.CountAsync("select remaining from pipelines_run where id = @Id", run)
            );
            Assert.Equal(
                0,
                await world.CountAsync("select count(*) from pipelines_step where run_id = @Id and waiting_on < 0", run)
            );
        }

        private static string Node(LoggedEvent e) => e.Data.GetProperty("nodeId").GetString()!;

        private bool Chance(double share)
        {
            lock (_lock)
            {
                return _random.NextDouble() < share;
            }
        }

        private int Next(int below)
        {
            lock (_lock)
            {
                return _random.Next(below);
            }
        }
    }
}
