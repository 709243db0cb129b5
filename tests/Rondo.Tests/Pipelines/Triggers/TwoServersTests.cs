using Rondo.Pipelines;
using Rondo.Pipelines.Triggers;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>
/// Two servers on one database that both believe to be the one whose loop turns: whatever comes between what, and wherever one of them
/// is killed, each event and each time of a schedule has one run.
/// </summary>
[Trait("Requirement", "R84")]
[Trait("Requirement", "R90")]
public sealed class TwoServersTests
{
    private const int TurnsMax = 100;
    private const string Due = "2024-01-01 03:00";

    public static TheoryData<string> Reasons => ["time", "event", "both"];

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task However_one_comes_between_the_transactions_of_the_other_no_run_is_started_twice(string reason)
    {
        for (var place = 1; place < TurnsMax; place++)
        {
            await using var scene = await TriggerScene.StartAsync();
            var one = new InterleavedDatabase(scene.World.Kernel.Database);
            var first = one.Server(scene);
            var second = scene.World.Server();
            await PrepareAsync(scene, reason);
            one.Before = number => number == place ? TurnAsync(second) : Task.CompletedTask;

            await TurnAsync(first);
            await TurnAsync(first);

            await CheckAsync(scene, reason);
            if (one.Transactions < place)
            {
                return;
            }
        }

        Assert.Fail("The loop does not end.");
    }

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task Turning_in_any_order_two_servers_start_no_run_twice(string reason)
    {
        for (var seed = 0; seed < 25; seed++)
        {
            await using var scene = await TriggerScene.StartAsync();
            await PrepareAsync(scene, reason);
            var turns = new Turns(new Random(seed));
            var servers = new List<Task>();
            for (var i = 0; i < 2; i++)
            {
                var database = new InterleavedDatabase(scene.World.Kernel.Database) { Before = turns.WaitAsync };
                var server = database.Server(scene);
                servers.Add(
                    turns.RunAsync(async () =>
                    {
                        await TurnAsync(server);
                        await TurnAsync(server);
                    })
                );
            }

            turns.Start();
            await Task.WhenAll(servers);

            await CheckAsync(scene, reason);
        }
    }

    [Theory]
    [InlineData(TriggerReconciler.BeforeDecision, 0)]
    [InlineData(TriggerReconciler.InsideDecision, 0)]
    [InlineData(TriggerReconciler.AfterDecision, 0)]
    [InlineData(TriggerReconciler.BeforeDecision, 1)]
    [InlineData(TriggerReconciler.InsideDecision, 1)]
    [InlineData(TriggerReconciler.AfterDecision, 1)]
    public async Task Killed_at_any_line_the_next_server_starts_what_is_left_and_nothing_twice(string line, int passes)
    {
        await using var scene = await TriggerScene.StartAsync();
        await PrepareAsync(scene, "both");
        var left = passes;
        var probe = new CrashProbe(reached => reached == line && left-- == 0);
        var killed = scene.World.Server(probe);

        await Assert.ThrowsAsync<CrashException>(() => killed.TriggerAsync());
        Assert.True(probe.Dead);
        await TurnAsync(scene.World.Server());

        await CheckAsync(scene, "both");
    }

    [Fact]
    public async Task Two_events_at_once_start_one_run_where_only_one_may_be_under_way()
    {
        for (var seed = 0; seed < 25; seed++)
        {
            await using var scene = await TriggerScene.StartAsync();
            await scene.DeployAsync(TriggerScene.Pipeline(new TriggerManifest(TriggerKinds.Event) { Event = "a.b" }));
            await scene.EventAsync("a.b", new { });
            await scene.EventAsync("a.b", new { });
            var turns = new Turns(new Random(seed));
            var servers = Enumerable
                .Range(0, 2)
                .Select(_ =>
                    new InterleavedDatabase(scene.World.Kernel.Database) { Before = turns.WaitAsync }.Server(scene)
                )
                .Select(server => turns.RunAsync(() => TurnAsync(server)))
                .ToList();

            turns.Start();
            await Task.WhenAll(servers);

            Assert.Single(await scene.RunsAsync());
            Assert.Single(await scene.SkippedAsync());
        }
    }

    private static async Task PrepareAsync(TriggerScene scene, string reason)
    {
        await scene.DeployAsync(
            TriggerScene.Pipeline(
                new TriggerManifest(TriggerKinds.Schedule, "0 * * * *") { CatchUp = "all", Overlap = "queue" },
                new TriggerManifest(TriggerKinds.Event) { Event = "a.b", Overlap = "queue" }
            ) with
            {
                RunsMax = 1,
            }
        );
        if (reason != "time")
        {
            await scene.EventAsync("a.b", new { });
            await scene.EventAsync("a.b", new { });
        }

        if (reason != "event")
        {
            scene.Set(Due);
        }
    }

    // A server that finds what it was about to do done by the other does nothing, or finds out when it writes and tries again.
    private static async Task TurnAsync(TestServer server)
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            try
            {
                await server.TriggerAsync();
                return;
            }
            catch (RondoException e) when (e.Code == ErrorCode.Conflict)
            {
                // The other one feeds the subscriber.
            }
        }
    }

    private static async Task CheckAsync(TriggerScene scene, string reason)
    {
        var runs = await scene.RunsAsync();
        var dues = runs.Where(run => run.Trigger == TriggerKinds.Schedule)
            .Select(run => run.Evidence.GetProperty("due").GetDateTimeOffset())
            .ToList();
        var events = runs.Where(run => run.Trigger == TriggerKinds.Event)
            .Select(run => run.Evidence.GetProperty("eventPosition").GetInt64())
            .ToList();
        Assert.Equal(reason == "event" ? 0 : 3, dues.Count);
        Assert.Equal(dues.Distinct(), dues);
        Assert.Equal(reason == "time" ? 0 : 2, events.Count);
        Assert.Equal(events.Distinct(), events);
        Assert.Equal(runs.Count, (await scene.World.EventsAsync("trigger.fired")).Count);
        Assert.Empty(await scene.SkippedAsync());
        Assert.Equal(0, await scene.World.CountAsync("select count(*) from pipelines_signal"));
    }

    /// <summary>Lets one of several servers at a time take its next step, in an order that a seed decides.</summary>
    private sealed class Turns(Random random)
    {
        private readonly Lock _lock = new();
        private readonly List<TaskCompletionSource> _waiting = [];
        private int _running;
        private bool _started;

        public Task RunAsync(Func<Task> server)
        {
            lock (_lock)
            {
                _running++;
            }

            return Task.Run(async () =>
            {
                await WaitAsync(0);
                try
                {
                    await server();
                }
                finally
                {
                    lock (_lock)
                    {
                        _running--;
                        Release();
                    }
                }
            });
        }

        public void Start()
        {
            lock (_lock)
            {
                _started = true;
                Release();
            }
        }

        public Task WaitAsync(int transaction)
        {
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_lock)
            {
                _waiting.Add(turn);
                Release();
            }

            return turn.Task;
        }

        // When everybody waits, one goes on.
        private void Release()
        {
            if (!_started || _waiting.Count == 0 || _waiting.Count < _running)
            {
                return;
            }

            var next = random.Next(_waiting.Count);
            var turn = _waiting[next];
            _waiting.RemoveAt(next);
            turn.SetResult();
        }
    }
}
