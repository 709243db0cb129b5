using CsCheck;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Testing;
using Rondo.Tests.Sdk;

namespace Rondo.Tests.Testing;

/// <summary>A run that is killed at any point goes on, publishes each step once, and gives what it would have given.</summary>
public sealed class CrashTests
{
    [Theory]
    [Trait("Requirement", "R92")]
    [InlineData(CrashPoint.BeforeStep, 1, false)]
    [InlineData(CrashPoint.InsideStep, 2, false)]
    [InlineData(CrashPoint.AfterStaging, 2, false)]
    [InlineData(CrashPoint.AfterKeeping, 2, false)]
    [InlineData(CrashPoint.AfterPublishing, 1, true)]
    [InlineData(CrashPoint.BetweenSteps, 1, true)]
    public async Task A_step_is_called_again_unless_it_had_published(CrashPoint point, int calls, bool published)
    {
        var app = Ship.With(g => g.Add(g.Add(g.Start(1), 10).Named("middle").Uncached(), 100));

        await using var run = await TestRun.Of(app, "sail").CrashAt(point, "middle").RunAsync();
        await using var resumed = await run.Killed().ResumeAsync();

        Assert.Equal(111, resumed.Succeeded().Value<int>("add"));
        Assert.Equal(calls, resumed.Calls("middle"));
        Assert.Equal(1, resumed.Calls("start"));
        Assert.Equal(published ? LocalDecisions.Resumed : LocalDecisions.NotCached, resumed.Node("middle").Decision);
        Assert.All(["start", "middle", "add"], node => resumed.Published(node).Once());
    }

    [Fact]
    public async Task A_run_may_be_killed_again_and_again()
    {
        var app = Ship.With(g => g.Sum(g.ForEach("each", [1, 2, 3, 4], item => g.Add(g.Start(item), 1).Uncached())));

        await using var run = await TestRun
            .Of(app, "sail")
            .AtOnce(1)
            .CrashAt(CrashPoint.InsideStep, "each.add")
            .RunAsync();
        await using var second = await run.Killed().ResumeAsync(CrashPoint.AfterKeeping, "each.add", time: 2);
        await using var third = await second.Killed().ResumeAsync(CrashPoint.BeforeStep, "sum");
        await using var last = await third.Killed().ResumeAsync();

        Assert.Equal(2 + 3 + 4 + 5, last.Succeeded().Value<int>("sum"));
        last.Published("each.add").Once();
        last.Published("sum").Once();
        // Two of the deaths found at least one call unpublished, and at most all of them.
        Assert.InRange(last.Calls("each.add"), 6, 12);
    }

    [Fact]
    public async Task Assertions_that_do_not_hold_say_what_was()
    {
        var app = Ship.With(g => g.Add(g.Start(1), 10));

        await using var run = await TestRun.OfAsync(app, "sail");
        await using var killed = await TestRun.Of(app, "sail").CrashAt(CrashPoint.InsideStep).RunAsync();

        Assert.Contains(
            "start 1 times",
            Assert.Throws<AssertionFailedException>(() => run.Published("start").Times(2)).Message
        );
        Assert.Contains(
            "nothing",
            Assert.Throws<AssertionFailedException>(() => killed.Published("add").Once()).Message
        );
        Assert.Contains("not killed", Assert.Throws<AssertionFailedException>(() => run.Killed()).Message);
        Assert.Contains("killed", Assert.Throws<AssertionFailedException>(() => killed.Succeeded()).Message);
        Assert.Contains("'nobody'", Assert.Throws<RondoException>(() => run.Calls("nobody")).Message);
        killed.Published("add").Never();
    }

    [Fact]
    [Trait("Requirement", "R92")]
    public async Task Killed_anywhere_a_random_graph_goes_on_to_the_same_end()
    {
        await Gen.Select(RandomGraph.Gen, Gen.Int[1, 12], Gen.Enum<CrashPoint>(), Gen.Int[1, 6], Gen.Enum<CrashPoint>())
            .SampleAsync(
                async (graph, time, point, secondTime, secondPoint) =>
                {
                    var app = graph.Declare();
                    await using var whole = await TestRun.OfAsync(app, "sail");
                    await using var run = await TestRun.Of(app, "sail").CrashAt(point, time: time).RunAsync();
                    var last = run;
                    if (run.WasKilled)
                    {
                        last = await run.ResumeAsync(secondPoint, time: secondTime);
                    }
                    if (last.WasKilled)
                    {
                        last = await last.ResumeAsync();
                    }
                    Assert.Equal(whole.Run.State, last.Run.State);
                    Assert.Equal(Ends(whole), Ends(last));
                    foreach (var node in last.Run.Nodes.Where(node => node.Kind == NodeKind.Step))
                    {
                        // An equal step of the graph may have computed it: then it has published nothing itself.
                        var times = last.Published(node.Id).Counts[node.Id];
                        Assert.InRange(times, node.State == LocalState.Succeeded ? 1 : 0, 1);
                    }
                },
                iter: 40,
                threads: 1
            );
    }

    private static List<string> Ends(TestRun run) =>
        [
            .. run.Run.Nodes.Select(node =>
                $"{node.Id} {node.State is LocalState.Skipped or LocalState.NotRun} {node.Outputs.GetValueOrDefault("value")?.Artifact.Digest}"
            ),
        ];
}
