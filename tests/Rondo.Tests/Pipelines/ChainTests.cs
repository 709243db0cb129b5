using Microsoft.Extensions.DependencyInjection;
using Rondo.Pipelines;
using Rondo.Pipelines.Orchestration;
using Rondo.Tests.Kernel;

namespace Rondo.Tests.Pipelines;

/// <summary>Where one step is all there is to do next, it is begun in the commit that ends the one before it.</summary>
public sealed class ChainTests : IAsyncLifetime
{
    private PipelineWorld _world = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        _server = Server();
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline(
                "train",
                Manifests.Step("load"),
                Manifests.Step("fit", "load"),
                Manifests.Step("score", "fit")
            ),
            Manifests.Pipeline("other", Manifests.Step("count"))
        );
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_chain_of_steps_needs_no_round_of_the_loop()
    {
        Assert.SkipWhen(TestKernel.OnPostgres, "Where many write at once, a publication claims nothing.");
        var id = await CreateAsync("train");

        await _server.SettleAsync();

        var run = await _server.Runs.GetAsync(id);
        Assert.Equal(RunStates.Succeeded, run.State);
        Assert.All(run.Steps, step => Assert.Equal(1, step.Attempt));
        Assert.Equal(["load", "fit", "score"], _world.Executor.Calls.Select(call => call.NodeId));
        Assert.Equal(3, (await _world.EventsAsync("step.published")).Count);
    }

    [Fact]
    public async Task A_step_of_another_run_that_waits_has_its_turn()
    {
        _world.Executor.Capacity = 1;
        _world.Executor.Decide = call => call.NodeId == "load" ? Script.Pause : Script.Succeed;
        await CreateAsync("train");
        await _server.OrchestrateAsync();
        await CreateAsync("other");
        await _world.Executor.PausedAsync(1);

        _world.Executor.ReleaseAll();
        await _server.SettleAsync();

        Assert.Equal(["load"], _world.Executor.Calls.Select(call => call.NodeId));
    }

    [Fact]
    public async Task What_may_be_reused_is_left_to_the_loop_which_looks_at_its_bytes()
    {
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline("train", Manifests.Step("load") with { Cache = false }, Manifests.Step("fit", "load"))
        );
        await _server.FinishAsync(await CreateAsync("train"));

        var run = await _server.FinishAsync(await CreateAsync("train"));

        Assert.Equal(["load", "fit", "load"], _world.Executor.Calls.Select(call => call.NodeId));
        Assert.NotNull(run.Steps.Single(step => step.NodeId == "fit").ReusedFrom);
    }

    [Fact]
    public async Task Killed_in_the_commit_that_ends_one_step_and_begins_the_next_the_run_goes_on()
    {
        Assert.SkipWhen(TestKernel.OnPostgres, "Where many write at once, a publication claims nothing.");
        // The second commit that ends a step: the first has begun that step.
        var commits = 0;
        var probe = new CrashProbe(line => line == ProtocolProbe.InsidePublish && ++commits == 2);
        var first = Server(probe);
        var id = (await first.Runs.CreateAsync(PipelineWorld.Wish("train"))).Id;
        await first.SettleAsync();
        Assert.True(probe.Dead);

        var next = Server();
        _world.Kernel.Time.Advance(TimeSpan.FromSeconds(21));
        await next.ReapAsync();
        var run = await next.FinishAsync(id);

        Assert.Equal(RunStates.Succeeded, run.State);
        Assert.Equal(3, (await _world.EventsAsync("step.published")).Count);
    }

    [Fact]
    public async Task Killed_before_the_run_is_written_down_nothing_of_it_is_there_and_its_room_is_free()
    {
        Assert.SkipWhen(TestKernel.OnPostgres, "Where many write at once, a publication claims nothing.");
        _world.Executor.Capacity = 1;
        var failed = false;
        var server = Server(new CrashProbe(line => line == ProtocolProbe.InsideClaim && !failed && (failed = true)));

        await Assert.ThrowsAnyAsync<Exception>(() => server.Runs.CreateAsync(PipelineWorld.Wish("train")));

        Assert.Equal(0, await _world.CountAsync("select count(*) from pipelines_run"));
        Assert.Empty(_world.Executor.Calls);
        Assert.NotNull(_world.Executor.TryReserve(null));
    }

    private async Task<string> CreateAsync(string pipeline) =>
        (await _server.Runs.CreateAsync(PipelineWorld.Wish(pipeline))).Id;

    private TestServer Server(ProtocolProbe? probe = null) =>
        _world.Server(probe, more: services => services.AddSingleton(new PipelinesOptions()));
}
