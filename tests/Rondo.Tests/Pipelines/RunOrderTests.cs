using Rondo.Kernel;
using Rondo.Pipelines;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>Runs once more, runs that wait for their turn, and limits on attempts at once.</summary>
public sealed class RunOrderTests : IAsyncLifetime
{
    private PipelineWorld _world = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        _server = _world.Server();
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R92")]
    public async Task A_failed_run_is_resumed_from_the_step_that_failed_even_where_nothing_is_cached()
    {
        _world.Executor.Decide = request => request.NodeId == "each.1.fit" ? Script.Fail : Script.Succeed;
        NodeManifest Uncached(NodeManifest node) => node with { Cache = false };
        var failed = await RunAsync(
            Uncached(Manifests.Step("load")),
            Manifests.ForEach("each", [1, 2, 3], parallel: 1),
            Uncached(Manifests.Step("each.fit", "load")).In("each"),
            Manifests.Collect("best", "each.fit")
        );
        Assert.Equal(RunStates.Failed, failed.State);
        _world.Executor.Decide = _ => Script.Succeed;
        _world.Executor.Calls.Clear();

        var resumed = await _server.Runs.ResumeAsync(failed.Id, Actor.Local);
        resumed = await _server.FinishAsync(resumed.Id);

        Assert.Equal(RunStates.Succeeded, resumed.State);
        Assert.Equal(failed.Id, resumed.Resumes);
        Assert.Equal(["best", "each.1.fit", "each.2.fit"], _world.Executor.Calls.Select(call => call.NodeId).Order());
        Assert.Equal(StepDecisions.Resumed, Step(resumed, "load").Decision);
        Assert.Equal(StepDecisions.Resumed, Step(resumed, "each.0.fit").Decision);
    }

    [Fact]
    [Trait("Requirement", "R7")]
    public async Task A_run_is_done_again_from_its_recorded_inputs_computing_everything()
    {
        var first = await RunAsync(Manifests.Step("a"), Manifests.Step("b", "a"));
        Assert.Equal(2, _world.Executor.Calls.Count);

        var again = await _server.FinishAsync((await _server.Runs.RerunAsync(first.Id, Actor.Local)).Id);

        Assert.Equal(4, _world.Executor.Calls.Count);
        Assert.Equal(first.Id, again.Reruns);
        Assert.All(again.Steps, step => Assert.Equal(StepDecisions.Fresh, step.Decision));
        Assert.Equal(Step(first, "b").Outputs[0].Artifact, Step(again, "b").Outputs[0].Artifact);
    }

    [Fact]
    [Trait("Requirement", "R84")]
    public async Task Runs_beyond_the_limit_wait_for_their_turn_the_most_urgent_first()
    {
        var pipeline = Manifests.Pipeline("p", Manifests.Step("a")) with { RunsMax = 1 };
        await _world.DeployAsync(_server, pipeline);
        var first = await _server.Runs.CreateAsync(PipelineWorld.Wish("p"));
        var second = await _server.Runs.CreateAsync(PipelineWorld.Wish("p"));
        var third = await _server.Runs.CreateAsync(PipelineWorld.Wish("p") with { Priority = 5 });
        Assert.Equal(RunStates.Queued, second.State);
        Assert.Empty(second.Steps);

        await _server.FinishAsync(first.Id);
        Assert.Equal(RunStates.Queued, (await _server.Runs.GetAsync(second.Id)).State);
        Assert.Equal(RunStates.Succeeded, (await _server.FinishAsync(third.Id)).State);
        Assert.Equal(RunStates.Succeeded, (await _server.FinishAsync(second.Id)).State);
    }

    [Fact]
    [Trait("Requirement", "R98")]
    public async Task No_more_attempts_of_a_pool_run_at_once_than_it_has_slots_and_others_are_not_held_up()
    {
        _world.Executor.Capacity = 10;
        _world.Executor.Decide = _ => Script.Pause;
        var nodes = Enumerable
            .Range(0, 5)
            .Select(i => Manifests.Step($"gpu-{i}") with { Pool = "gpu", CodeDigest = $"{i}" })
            .Append(Manifests.Step("other"));
        await _world.Kernel.Database.WriteAsync(async t =>
        {
            var package = PipelineWorld.Package("production", Manifests.Pipeline("p", [.. nodes]));
            await _server
                .Get<PipelineCatalog>()
                .DeployAsync(t, package with { Manifest = package.Manifest with { Pools = [new("gpu", 2)] } });
        });
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("p"));
        for (var round = 0; round < 5; round++)
        {
            await _server.OrchestrateAsync();
        }

        run = await _server.Runs.GetAsync(run.Id);
        Assert.Equal(2, run.Steps.Count(s => s.State == StepStates.Running && s.NodeId.StartsWith("gpu")));
        Assert.Equal(StepStates.Running, Step(run, "other").State);
        await _world.Executor.PausedAsync(3);
        _world.Executor.Decide = _ => Script.Succeed;
        _world.Executor.ReleaseAll();
        Assert.Equal(RunStates.Succeeded, (await _server.FinishAsync(run.Id)).State);
    }

    private async Task<Run> RunAsync(params NodeManifest[] nodes)
    {
        await _world.DeployAsync(_server, Manifests.Pipeline("p", nodes));
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("p"));
        return await _server.FinishAsync(run.Id);
    }

    private static RunStep Step(Run run, string node) => run.Steps.Single(step => step.NodeId == node);
}
