using Rondo.Pipelines;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>What a run asks of the database grows with what it does, and not with what stands around it.</summary>
public sealed class StatementTests : IAsyncLifetime
{
    private PipelineWorld _world = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        _world.Executor.Capacity = 1;
        _world.Executor.Decide = _ => Script.Pause;
        _world.Executor.Content = (_, _) => "\"value\""u8.ToArray();
        _server = _world.Server();
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task The_statements_of_an_item_do_not_grow_with_the_list()
    {
        var few = await CostAsync(Loop(20));
        var more = await CostAsync(Loop(60));
        var most = await CostAsync(Loop(100));

        Assert.Equal(more - few, most - more);
    }

    [Fact]
    public async Task The_statements_of_a_branch_do_not_grow_with_the_branches_beside_it()
    {
        var few = await CostAsync(Branches(5));
        var more = await CostAsync(Branches(15));
        var most = await CostAsync(Branches(25));

        Assert.Equal(more - few, most - more);
    }

    [Fact]
    public async Task The_statements_of_a_step_in_a_chain_do_not_grow_with_its_length()
    {
        var few = await CostAsync(Chain(5));
        var more = await CostAsync(Chain(25));
        var most = await CostAsync(Chain(45));

        Assert.Equal(more - few, most - more);
    }

    private static PipelineManifest Loop(int items) =>
        Manifests.Pipeline(
            $"loop{items}",
            Manifests.ForEach("each", [.. Enumerable.Range(0, items).Select(item => (object)$"{items}-{item}")]),
            Manifests.Step("each.fit").In("each") with
            {
                Cache = false,
            },
            Manifests.Collect("sum", "each.fit")
        );

    private static PipelineManifest Branches(int branches) =>
        Manifests.Pipeline(
            $"branches{branches}",
            [
                Manifests.Step("root") with
                {
                    Cache = false,
                },
                .. Enumerable
                    .Range(0, branches)
                    .SelectMany(branch =>
                        new[]
                        {
                            Manifests.Group($"g{branch}", Manifests.Equal("root", "never", not: true)),
                            Manifests.Step($"g{branch}.fit").In($"g{branch}") with
                            {
                                Cache = false,
                            },
                        }
                    ),
            ]
        );

    private static PipelineManifest Chain(int steps) =>
        Manifests.Pipeline(
            $"chain{steps}",
            [
                .. Enumerable
                    .Range(0, steps)
                    .Select(step =>
                        (step == 0 ? Manifests.Step("s0") : Manifests.Step($"s{step}", $"s{step - 1}")) with
                        {
                            Cache = false,
                        }
                    ),
            ]
        );

    private async Task<long> CostAsync(PipelineManifest pipeline)
    {
        await _world.DeployAsync(_server, pipeline);
        var before = _world.Kernel.Database.Statements;
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish(pipeline.Name));
        // No attempt ends while the loop looks: how often it looks must not depend on the machine.
        var state = run;
        for (; state.FinishedAt is null; state = await _server.Runs.GetAsync(run.Id))
        {
            await _server.OrchestrateAsync();
            await _server.PausedAsync();
            _world.Executor.ReleaseAll();
            await _server.SettleAsync();
        }

        Assert.Equal(RunStates.Succeeded, state.State);
        return _world.Kernel.Database.Statements - before;
    }
}
