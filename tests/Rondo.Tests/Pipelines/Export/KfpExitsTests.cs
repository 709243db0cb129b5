using Rondo.Pipelines.Export;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>A failure in an exit handler stops what does not need it in Kubeflow only: that is told where it can be, and nowhere else.</summary>
public sealed class KfpExitsTests
{
    [Theory]
    [InlineData("alone", "")]
    [InlineData("one after the other", "")]
    [InlineData("a fail in the end", "")]
    [InlineData("either of two branches", "")]
    [InlineData("after a group", "")]
    [InlineData("all items", "")]
    [InlineData("outside", "")]
    [InlineData("after a group alone", "end")]
    [InlineData("side by side", "end")]
    [InlineData("a fail beside", "end")]
    [InlineData("a branch and what follows", "end")]
    [InlineData("items", "end")]
    [InlineData("two handlers", "end end-2")]
    public void A_failure_in_an_exit_handler_cuts_short_what_does_not_need_it(string name, string told)
    {
        var pipeline = KfpConfusing.With([
            Manifests.Step("fit"),
            Manifests.Group("end", always: true),
            Manifests.Step("end.first").In("end"),
            .. Rest(name),
        ]);

        var losses = KfpExport.Export(pipeline, KfpExamples.Target, allowLoss: true).Losses;

        Assert.Equal(
            told,
            string.Join(' ', losses.Where(loss => loss.Construct == "exit-failures").Select(loss => loss.Node))
        );
    }

    private static IEnumerable<NodeManifest> Rest(string name) =>
        name switch
        {
            "alone" => [],
            "one after the other" =>
            [
                Manifests.Step("end.second", "end.first").In("end"),
                After("third", "end.second"),
            ],
            "a fail in the end" => [Manifests.Fail("end.fail", "no", "end.first").In("end")],
            "either of two branches" =>
            [
                Group("when", Manifests.Equal("end.first", 1)),
                Manifests.Step("end.when.tell").In("end.when"),
                Group("when-otherwise", Manifests.Equal("end.first", 1, not: true)),
                Manifests.Step("end.when-otherwise.tell").In("end.when-otherwise"),
            ],
            "after a group" =>
            [
                Group("nested"),
                Manifests.Step("end.nested.second", "end.first").In("end.nested"),
                After("third", "end.nested", "end.first"),
            ],
            // What passes over all of a group does not fail it.
            "after a group alone" =>
            [
                Group("nested"),
                Manifests.Step("end.nested.second", "end.first").In("end.nested"),
                After("third", "end.nested"),
            ],
            "all items" =>
            [
                Manifests.ForEach("end.each", "end.first").In("end"),
                Manifests.Approval("end.each.ask", new("Go on?", "boolean", null, [], 0, null)).In("end.each"),
                Manifests.Collect("end.last", "end.each.ask").In("end"),
            ],
            "outside" => [Manifests.Step("more"), Manifests.Step("end.second", "end.first", "more").In("end")],
            "side by side" => [Manifests.Step("end.second").In("end")],
            "a fail beside" => [Manifests.Fail("end.fail", "no").In("end")],
            "a branch and what follows" =>
            [
                Group("when", KfpConfusing.On()),
                Manifests.Step("end.when.second", "end.first").In("end.when"),
                Manifests.Step("end.third", "end.when.second").In("end"),
            ],
            "items" =>
            [
                Manifests.ForEach("end.each", "end.first").In("end"),
                Manifests.Step("end.each.second").In("end.each"),
            ],
            _ => [Manifests.Group("end-2", always: true), Manifests.Step("end-2.second").In("end-2")],
        };

    private static NodeManifest Group(string name, ConditionManifest? condition = null) =>
        Manifests.Group("end." + name, condition).In("end");

    private static NodeManifest After(string name, params string[] before) =>
        Manifests.Step("end." + name).In("end") with
        {
            After = before,
        };
}
