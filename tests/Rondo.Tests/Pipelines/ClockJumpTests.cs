using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel.Leases;
using Rondo.Pipelines;
using Rondo.Pipelines.Orchestration;
using Rondo.Retention.Collection;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Pipelines;

/// <summary>A server whose clock is set forward past every lease, and back by hours, while attempts are under way.</summary>
public sealed class ClockJumpTests : IAsyncLifetime
{
    private static readonly TimeSpan s_jump = TimeSpan.FromHours(5);

    private PipelineWorld _world = null!;
    private TestServer _server = null!;

    private SetClock _clock = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        _world.Executor.Capacity = 1;
        _clock = new SetClock(_world.Kernel.Time);
        _server = Server();
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline(
                "two",
                Manifests.Step("read"),
                Manifests.Step("fit"),
                Manifests.Step("sum", "read", "fit")
            )
        );
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R92")]
    public async Task A_clock_set_forward_past_a_lease_gives_the_attempt_away_and_what_it_says_late_is_discarded()
    {
        var run = await BeginAsync();
        _clock.Set(s_jump);

        _world.Executor.Decide = _ => Script.Succeed;
        await _server.ReapAsync();
        await EndAsync(run);

        Assert.Single(await _world.EventsAsync("step.failed", run));
    }

    [Fact]
    [Trait("Requirement", "R92")]
    public async Task A_clock_set_back_by_hours_makes_nothing_wait_that_was_ready()
    {
        var run = await BeginAsync();
        SetBack();

        await _server.ReapAsync();
        await LookAsync();
        await EndAsync(run);

        Assert.Empty(await _world.EventsAsync("step.failed", run));
    }

    [Fact]
    [Trait("Requirement", "R92")]
    public async Task A_clock_set_back_while_the_server_was_down_makes_nothing_wait_that_was_ready()
    {
        var run = await BeginAsync();
        await _server.DisposeAsync();
        SetBack();

        _server = Server();
        await _server.ReapAsync();
        await LookAsync();
        await EndAsync(run);
    }

    [Fact]
    [Trait("Requirement", "R94")]
    public async Task A_failed_step_waits_as_long_as_it_should_when_the_clock_is_set_back_meanwhile()
    {
        var failures = 0;
        _world.Executor.Decide = _ => failures++ == 0 ? Script.Fail : Script.Succeed;
        await _world.DeployAsync(_server, Manifests.Pipeline("again", Manifests.Step("read") with { MaxAttempts = 2 }));
        var run = (await _server.Runs.CreateAsync(PipelineWorld.Wish("again"))).Id;
        await _server.OrchestrateAsync();
        await _server.SettleAsync();

        await LookAsync();
        SetBack();
        await LookAsync();
        await _server.OrchestrateAsync();
        await _server.SettleAsync();
        Assert.Equal(1, failures);
        _world.Kernel.Time.Advance(new PipelinesOptions().RetryDelay);
        await _server.FinishAsync(run);

        Assert.Equal(2, failures);
    }

    [Theory]
    [InlineData(-24 * 365)]
    [InlineData(24 * 365)]
    public async Task A_clock_that_jumps_makes_nothing_old_enough_to_be_deleted(int hours)
    {
        var run = await BeginAsync();
        await EndAsync(run);
        var garbage = _server.Get<SharedGarbageReconciler>();
        var blobs = await _world.Kernel.Blobs.ListAsync(null, 1000);

        _clock.Set(TimeSpan.FromHours(hours));
        for (var minute = 0; minute < 10; minute++)
        {
            while (await garbage.ReconcileAsync(Anybody, CancellationToken.None)) { }
            _world.Kernel.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(
            blobs.Select(blob => blob.Digest),
            (await _world.Kernel.Blobs.ListAsync(null, 1000)).Select(blob => blob.Digest)
        );
        Assert.Empty(await _world.EventsAsync("garbage.collected"));
    }

    private static Lease Anybody { get; } = new("test", "test", 1, DateTimeOffset.MaxValue);

    private TestServer Server() => _world.Server(more: services => services.AddSingleton<TimeProvider>(_clock));

    private void SetBack()
    {
        Assert.SkipWhen(TestKernel.OnPostgres, "On a shared database other servers have clocks that are right.");
        _clock.Set(-s_jump);
    }

    private Task LookAsync() => _server.Get<ClockWatch>().ReconcileAsync(Anybody, CancellationToken.None);

    // One step is under way, the other is ready, and there is no room for it.
    private async Task<string> BeginAsync()
    {
        _world.Executor.Decide = _ => Script.Pause;
        await LookAsync();
        var run = (await _server.Runs.CreateAsync(PipelineWorld.Wish("two"))).Id;
        await _server.OrchestrateAsync();
        await _world.Executor.PausedAsync(1);
        return run;
    }

    private async Task EndAsync(string run)
    {
        _world.Executor.Decide = _ => Script.Succeed;
        _world.Executor.ReleaseAll();
        await _server.SettleAsync();
        Assert.Equal(RunStates.Succeeded, (await _server.FinishAsync(run)).State);
        Assert.Equal(
            ["fit", "read", "sum"],
            (await _world.EventsAsync("step.published", run))
                .Select(e => e.Data.GetProperty("nodeId").GetString())
                .Order(StringComparer.Ordinal)
        );
    }

    /// <summary>A clock that can be set, while time passes as before.</summary>
    private sealed class SetClock(TimeProvider time) : TimeProvider
    {
        private TimeSpan _wrong;

        public override long TimestampFrequency => time.TimestampFrequency;

        public void Set(TimeSpan by) => _wrong += by;

        public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + _wrong;

        public override long GetTimestamp() => time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            time.CreateTimer(callback, state, dueTime, period);
    }
}
