using Rondo.Pipelines;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

public sealed class ManifestRulesTests
{
    [Fact]
    public void A_cycle_is_refused_and_named()
    {
        var pipeline = Manifests.Pipeline("p", Manifests.Step("a", "b"), Manifests.Step("b", "a"));

        Assert.Contains("there is a cycle through node 'a'", Refusal(pipeline));
    }

    [Fact]
    public void An_input_that_nothing_makes_is_refused_and_named() =>
        Assert.Contains(
            "node 'a': input 'in0' takes x.value, which nothing makes",
            Refusal(Manifests.Pipeline("p", Manifests.Step("a", "x")))
        );

    [Fact]
    public void A_node_id_that_could_leave_its_folder_is_refused() =>
        Assert.Contains("an id has 1 to 512 letters", Refusal(Manifests.Pipeline("p", Manifests.Step("../a"))));

    [Fact]
    public void Two_nodes_of_one_id_are_refused() =>
        Assert.Contains(
            "two nodes are called 'a'",
            Refusal(Manifests.Pipeline("p", Manifests.Step("a"), Manifests.Step("a")))
        );

    private static string Refusal(PipelineManifest pipeline) =>
        Assert
            .Throws<RondoException>(() => PipelineCatalog.Check(PipelineWorld.Package("test", pipeline).Manifest))
            .Message;
}
