using Rondo.Sdk;
using Rondo.Testing;
using Rondo.Tests.Sdk;
using static Rondo.Sdk.Duration;

namespace Rondo.Tests.Testing;

public sealed class TestGraphTests
{
    private static readonly TestGraph s_graph = Ship.With(g =>
        {
            var number = g.Parameter("number", 1);
            var cabins = g.Cabins(3);
            var beds = g.ForEach("each", cabins, cabin => g.Beds(cabin.Get(c => c.Name), number), parallel: 4);
            var load = g.Weigh(g.Sum(beds), 5);
            var chosen = g.When(load, l => l.Full && l.Beds < 9, then: () => g.Start(1), otherwise: () => g.Sum(beds));
            g.Add(chosen, 1).Named("result");
            g.Nested("apart", () => g.Add(g.Start(7), 0));
            var ok = g.Approval<bool>("release", "Release it?", expires: Hours(1), otherwise: false);
            g.When(ok, then: () => g.Fail("no"));
            g.Always("tell", outcome => g.Report(outcome.State, outcome.Reason, outcome.FailedNode, chosen.OrNone()));
        })
        .Graph("sail");

    [Fact]
    public void A_graph_is_told_as_text_that_can_be_compared_as_a_whole() =>
        Assert.Equal(
            """
            cabins() [count = 3]
            each: for each of cabins.value, 4 at once
              beds() [cabin = item of each.name, beds = $number]
            sum(numbers ← all each.beds.value)
            weigh(beds ← sum.value) [limit = 5]
            when-weigh: group if weigh.value.full == true and weigh.value.beds < 9
              start() [number = 1]
            when-weigh-otherwise: group if not (weigh.value.full == true and weigh.value.beds < 9)
              sum(numbers ← all each.beds.value)
            when-weigh-value(then ← when-weigh.start.value, otherwise ← when-weigh-otherwise.sum.value)
            result(number ← when-weigh-value.value) [plus = 1]
            apart: group
              start() [number = 7]
              add(number ← apart.start.value) [plus = 0]
            release: asks "Release it?" for a boolean
            when-release: group if release.value == true
              fail: fails with "no"
            tell: always
              report(number ← when-weigh-value.value) [state = run state, reason = run reason, failed = run failed-node]
            """,
            s_graph.Describe()
        );

    [Fact]
    public void Who_reaches_whom_goes_through_outputs_conditions_lists_and_groups()
    {
        s_graph.MustReach("cabins", "each.beds").MustReach("each.beds", "result").MustReach("weigh", "result");
        s_graph.MustReach("release", "when-release.fail").MustReach("cabins", "tell.report");
        s_graph.MustNotReach("result", "cabins").MustNotReach("cabins", "apart.add").MustNotReach("cabins", "cabins");

        Assert.Contains(
            "does not reach",
            Assert.Throws<AssertionFailedException>(() => s_graph.MustReach("result", "each")).Message
        );
        Assert.Contains(
            "'result' in",
            Assert.Throws<AssertionFailedException>(() => s_graph.MustNotReach("cabins", "result")).Message
        );
        Assert.Throws<RondoException>(() => s_graph.Reaches("nobody", "result"));
    }

    [Fact]
    public void Groups_edges_and_conditions_can_be_asked_for()
    {
        Assert.Equal(["each.beds"], s_graph.In("each"));
        Assert.Contains(("each.beds", "sum"), s_graph.Edges);
        Assert.Equal("weigh.value.full == true and weigh.value.beds < 9", s_graph.ConditionOf("when-weigh.start"));
        Assert.Equal(
            "not (weigh.value.full == true and weigh.value.beds < 9)",
            s_graph.ConditionOf("when-weigh-otherwise.sum")
        );
        Assert.Null(s_graph.ConditionOf("result"));
    }
}
