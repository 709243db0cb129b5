using CsCheck;
using Rondo.Sdk;
using Rondo.Testing;

namespace Rondo.Tests.Testing;

public sealed class RandomGraphTests
{
    [Fact]
    [Trait("Requirement", "R11")]
    public async Task A_local_run_of_any_graph_gives_what_a_plain_interpreter_gives() =>
        await RandomGraph.Gen.SampleAsync(
            async graph =>
            {
                await using var run = await TestRun.OfAsync(graph.Declare(), "sail");
                Assert.Equal(graph.Result(), run.Succeeded().Value<int>("result"));
                Assert.DoesNotContain(run.Run.Nodes, node => node.State is LocalState.NotRun or LocalState.Failed);
            },
            iter: 60,
            threads: 1
        );
}
