using System.Globalization;
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

    // ./test --full asks for the full size.
    private static readonly int s_orders = Environment.GetEnvironmentVariable("RONDO_TEST_FULL") is { Length: > 0 }
        ? 500
        : 20;

    public static TheoryData<string> Reasons => ["time", "event", "both"];

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task However_one_comes_between_the_transactions_of_the_other_no_run_is_started_twice(string reason)
    {
        await using var scene = await TriggerScene.StartAsync();
        var (one, other) = (new InterleavedDatabase(scene.World.Kernel.Database), scene.World.Server());
        var first = one.Server(scene);
        for (var place = 1; place < TurnsMax; place++)
        {
            var round = await PrepareAsync(scene, reason, place);
            var from = one.Transactions;
            one.Before = number => number == from + place ? TurnAsync(other) : Task.CompletedTask;

            await TurnAsync(first);
            await TurnAsync(first);

            await CheckAsync(scene, round);
            if (one.Transactions < from + place)
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
        await using var scene = await TriggerScene.StartAsync();
        for (var seed = 0; seed < s_orders; seed++)
        {
            var round = await PrepareAsync(scene, reason, seed);

            await TogetherAsync(scene, seed);

            await CheckAsync(scene, round);
        }
    }

    // On a shared database (RONDO_TEST_DATABASE=postgres) their statements overlap.
    [Fact]
    public async Task At_full_speed_two_servers_start_no_run_twice_and_none_beside_another_that_is_to_be_alone()
    {
        await using var scene = await TriggerScene.StartAsync();
        TestServer[] servers = [scene.World.Server(), scene.World.Server()];
        for (var number = 0; number < s_orders; number++)
        {
            var round = await PrepareAsync(scene, "both", number);
            await Task.WhenAll(servers.Select(server => Task.Run(() => TurnAsync(server))));
            await TurnAsync(servers[0]);
            await CheckAsync(scene, round);

            var alone = await AloneAsync(scene, number);
            await Task.WhenAll(servers.Select(server => Task.Run(() => TurnAsync(server))));
            await TurnAsync(servers[0]);
            Assert.Single(await scene.RunsAsync(alone));
            Assert.Single(await scene.World.EventsAsync("trigger.skipped", alone));
        }
    }

    [Theory]
    [InlineData(TriggerReconciler.BeforeDecision, 0)]
    [InlineData(TriggerReconciler.InsideDecision, 0)]
    [InlineData(TriggerReconciler.AfterDecision, 0)]
    [InlineData(TriggerReconciler.BeforeDecision, 3)]
    [InlineData(TriggerReconciler.InsideDecision, 3)]
    [InlineData(TriggerReconciler.AfterDecision, 3)]
    public async Task Killed_at_any_line_the_next_server_starts_what_is_left_and_nothing_twice(string line, int passes)
    {
        await using var scene = await TriggerScene.StartAsync();
        var round = await PrepareAsync(scene, "both", 0);
        var left = passes;
        var probe = new CrashProbe(reached => reached == line && left-- == 0);
        var killed = scene.World.Server(probe);

        await Assert.ThrowsAsync<CrashException>(() => killed.TriggerAsync());
        Assert.True(probe.Dead);
        await TurnAsync(scene.World.Server());

        await CheckAsync(scene, round);
    }

    [Fact]
    public async Task Two_events_at_once_start_one_run_where_only_one_may_be_under_way()
    {
        await using var scene = await TriggerScene.StartAsync();
        for (var seed = 0; seed < s_orders; seed++)
        {
            var name = await AloneAsync(scene, seed);

            await TogetherAsync(scene, seed);

            Assert.Single(await scene.RunsAsync(name));
            Assert.Single(await scene.World.EventsAsync("trigger.skipped", name));
        }
    }

    // A pipeline of which one run at a time may be under way, and two events that would each start one.
    private static async Task<string> AloneAsync(TriggerScene scene, int number)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"alone{number}");
        await scene.DeployAsync(
            Manifests.Pipeline(name, Manifests.Step("fit")) with
            {
                Triggers = [new TriggerManifest(TriggerKinds.Event) { Event = "a.b" }],
            }
        );
        await scene.EventAsync("a.b", new { });
        await scene.EventAsync("a.b", new { });
        return name;
    }

    private static async Task TogetherAsync(TriggerScene scene, int seed)
    {
        var turns = new Turns(new Random(seed));
        var servers = Enumerable
            .Range(0, 2)
            .Select(_ =>
                new InterleavedDatabase(scene.World.Kernel.Database) { Before = turns.WaitAsync }.Server(scene)
            )
            .Select(server =>
                turns.RunAsync(async () =>
                {
                    await TurnAsync(server);
                    await TurnAsync(server);
                })
            )
            .ToList();
        turns.Start();
        await Task.WhenAll(servers);
    }

    // A pipeline with three times of a schedule that have passed, two events that have come, or both.
    private static async Task<Round> PrepareAsync(TriggerScene scene, string reason, int number)
    {
        var round = new Round(
            string.Create(CultureInfo.InvariantCulture, $"p{number}"),
            reason == "event" ? 0 : 3,
            reason == "time" ? 0 : 2
        );
        await scene.DeployAsync(
            Manifests.Pipeline(round.Pipeline, Manifests.Step("fit")) with
            {
                RunsMax = 1,
                Triggers =
                [
                    new TriggerManifest(TriggerKinds.Schedule, "0 * * * *") { CatchUp = "all", Overlap = "queue" },
                    new TriggerManifest(TriggerKinds.Event) { Event = "a.b", Overlap = "queue" },
                ],
            }
        );
        for (var i = 0; i < round.Events; i++)
        {
            await scene.EventAsync("a.b", new { });
        }

        scene.World.Kernel.Time.Advance(TimeSpan.FromHours(round.Times));
        return round;
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

    private static async Task CheckAsync(TriggerScene scene, Round round)
    {
        var runs = await scene.RunsAsync(round.Pipeline);
        var dues = runs.Where(run => run.Trigger == TriggerKinds.Schedule)
            .Select(run => run.Evidence.GetProperty("due").GetDateTimeOffset())
            .ToList();
        var events = runs.Where(run => run.Trigger == TriggerKinds.Event)
            .Select(run => run.Evidence.GetProperty("eventPosition").GetInt64())
            .ToList();
        Assert.Equal((round.Times, round.Events), (dues.Count, events.Count));
        Assert.Equal(dues.Distinct(), dues);
        Assert.Equal(events.Distinct(), events);
        Assert.Equal(runs.Count, (await scene.World.EventsAsync("trigger.fired", round.Pipeline)).Count);
        Assert.Empty(await scene.World.EventsAsync("trigger.skipped", round.Pipeline));
        Assert.Equal(0, await scene.World.CountAsync("select count(*) from pipelines_signal"));
    }

    private sealed record Round(string Pipeline, int Times, int Events);

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
