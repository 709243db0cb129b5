using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Testing;
using static Rondo.Sdk.Duration;

namespace Rondo.Tests.Sdk;

/// <summary>Everything that a graph can say, run without a server.</summary>
public sealed class LocalConstructTests
{
    [Fact]
    [Trait("Requirement", "R11")]
    public async Task A_for_each_runs_its_body_for_each_item_and_gives_the_results_in_their_order()
    {
        var app = Ship.With(g =>
        {
            var cabins = g.Cabins(g.Parameter("count", 5));
            var beds = g.ForEach(
                "each",
                cabins,
                cabin => g.Add(g.Beds(cabin.Get(c => c.Name), cabin.Get(c => c.Beds)), 1000),
                2
            );
            g.Sum(beds);
            g.Names(g.ForEach("names", cabins, cabin => g.Name(cabin.Get(c => c.Name)), parallel: 5));
        });

        await using var run = (await TestRun.OfAsync(app, "sail")).Succeeded();
        await using var none = (await TestRun.Of(app, "sail").Parameter("count", 0).RunAsync()).Succeeded();

        Assert.Equal("c0,c1,c2,c3,c4", run.Value<string>("names-2"));
        Assert.Equal((5 * 1000) + (5 * 200) + (0 + 1 + 2 + 3 + 0), run.Value<int>("sum"));
        Assert.Equal(1203, run.Value<int>("each.3.add"));
        Assert.Equal(5, run.Node("each").Items);
        Assert.Equal(
            ["each.0.beds", "each.1.beds", "each.2.beds", "each.3.beds", "each.4.beds"],
            run.Items("each.beds").Select(n => n.Id)
        );
        Assert.Equal(0, none.Value<int>("sum"));
        Assert.Equal("", none.Value<string>("names-2"));
    }

    [Fact]
    public async Task Loops_in_loops_take_the_items_of_both()
    {
        var app = Ship.With(g =>
        {
            var sums = g.ForEach(
                "outer",
                g.Cabins(3),
                outer =>
                    g.Sum(
                        g.ForEach(
                            "inner",
                            [1, 2],
                            inner => g.Add(g.Beds(outer.Get(c => c.Name), outer.Get(c => c.Beds)), inner)
                        )
                    )
            );
            g.Sum(sums);
        });

        await using var run = (await TestRun.OfAsync(app, "sail")).Succeeded();

        Assert.Equal(202 + 2, run.Value<int>("outer.2.inner.1.add"));
        Assert.Equal((200 + 1 + 200 + 2) + (201 + 1 + 201 + 2) + (202 + 1 + 202 + 2), run.Value<int>("sum"));
    }

    [Theory]
    [InlineData(3, "full", 13)]
    [InlineData(99, "spare", 103)]
    public async Task The_branch_whose_condition_holds_runs_and_the_other_is_passed_over(
        int limit,
        string runs,
        int result
    )
    {
        var app = Ship.With(g =>
        {
            var beds = g.Start(3);
            var load = g.Weigh(beds, g.Parameter("limit", 3));
            var chosen = g.When(
                load,
                l => l.Full,
                then: () => g.Add(beds, 10).Named("full"),
                otherwise: () => g.Add(beds, 100).Named("spare")
            );
            g.Add(chosen, 0).Named("last");
        });

        await using var run = await TestRun.Of(app, "sail").Parameter("limit", limit).RunAsync();

        run.Succeeded();
        Assert.Equal(result, run.Value<int>("last"));
        var passedOver = Assert.Single(run.Run.Nodes, node => node.State == LocalState.Skipped);
        Assert.Equal(LocalDecisions.Condition, passedOver.Decision);
        Assert.Contains(run.Run.Nodes, node => node.Id.EndsWith("." + runs, StringComparison.Ordinal));
        Assert.Equal(4, run.Run.Nodes.Count(node => node.State == LocalState.Succeeded && node.Key is not null));
    }

    [Fact]
    public async Task What_needs_something_that_does_not_exist_is_skipped_and_what_can_do_without_is_not()
    {
        var app = Ship.With(g =>
        {
            var maybe = g.When(g.Weigh(g.Start(1), 5), l => l.Full, then: () => g.Cabins(2))!;
            g.ForEach("each", maybe!, cabin => g.Name(cabin.Get(c => c.Name)));
            g.Sum([g.Start(2).Named("two")]).Named("sum");
        });

        await using var run = (await TestRun.OfAsync(app, "sail")).Succeeded();

        Assert.Equal(LocalDecisions.Missing, run.Node("each").Decision);
        Assert.Equal(2, run.Value<int>("sum"));
    }

    [Fact]
    public async Task A_fail_fails_the_run_with_its_message()
    {
        var app = Ship.With(g => g.When(g.Weigh(g.Start(9), 5), l => l.Full, then: () => g.Fail("the ship is full")));

        await using var run = await TestRun.OfAsync(app, "sail");

        Assert.Contains("the ship is full", run.Ended(LocalState.Failed).Run.Reason);
    }

    [Fact]
    [Trait("Requirement", "R95")]
    public async Task Fail_fast_leaves_out_what_has_not_begun_and_fail_slow_what_needs_the_failed_step()
    {
        static void Build(Graph g)
        {
            var start = g.Start(1);
            var bad = g.Trouble(start).Named("bad");
            g.Add(bad, 1).Named("after-bad");
            g.Add(g.Add(bad, 2).Named("far"), 3).Named("farther");
            var slow = g.Add(start, 1).Named("one");
            foreach (var number in Enumerable.Range(2, 6))
            {
                slow = g.Add(slow, 1).Named($"step{number}");
            }
        }

        await using var fast = await TestRun.Of(Ship.With(Build), "sail").AtOnce(1).RunAsync();
        await using var slow = await TestRun.Of(Ship.With(Build, p => p.FailSlow()), "sail").AtOnce(1).RunAsync();

        Assert.Equal("bad", fast.Ended(LocalState.Failed).Run.FailedNode);
        Assert.Equal(LocalState.NotRun, fast.Node("step7").State);
        slow.Ended(LocalState.Failed);
        Assert.Equal(LocalState.Succeeded, slow.Node("step7").State);
        Assert.All(
            ["after-bad", "far", "farther"],
            id => Assert.Equal(LocalDecisions.NeedsFailed, slow.Node(id).Decision)
        );
        Assert.Contains("no luck with 1", slow.Run.Reason);
    }

    [Fact]
    public async Task In_a_loop_that_fails_slowly_the_other_items_go_on_and_their_list_is_not_taken()
    {
        var app = Ship.With(
            g =>
            {
                var all = g.ForEach(
                    "each",
                    [1, 2, 3],
                    item =>
                        g.When(
                            g.Weigh(g.Start(item), 2),
                            l => l.Full,
                            then: () => g.Trouble(g.Start(item)),
                            otherwise: () => g.Start(item)
                        )
                );
                g.Sum(all);
            },
            p => p.FailSlow()
        );

        await using var run = await TestRun.OfAsync(app, "sail");

        Assert.Equal(LocalState.Failed, run.Ended(LocalState.Failed).Node("each").State);
        Assert.Equal(LocalDecisions.NeedsFailed, run.Node("sum").Decision);
        Assert.Equal(
            2,
            run.Run.Nodes.Count(node => node is { Kind: NodeKind.Merge, Decision: LocalDecisions.NeedsFailed })
        );
    }

    [Theory]
    [InlineData("none", LocalState.Succeeded, "report: succeeded |  |  | 8")]
    [InlineData("fails", LocalState.Failed, "report: failed | Step 'middle' failed: no luck with 7 | middle | -")]
    [InlineData("stops", LocalState.Stopped, "report: stopped | 7 is enough | middle | -")]
    public async Task An_exit_handler_runs_in_the_end_whatever_happened(string what, LocalState state, string line)
    {
        var app = Ship.With(g =>
        {
            var start = g.Start(7);
            var middle =
                what == "fails" ? g.Trouble(start)
                : what == "stops" ? g.Stop(start)
                : g.Add(start, 1);
            middle.Named("middle");
            var last = g.Add(middle, 0);
            g.Always("tell", outcome => g.Report(outcome.State, outcome.Reason, outcome.FailedNode, last.OrNone()));
        });

        await using var run = await TestRun.OfAsync(app, "sail");

        run.Ended(state);
        Assert.Contains(line.TrimEnd('-').TrimEnd(), run.Log);
        Assert.Equal(LocalState.Succeeded, run.Node("tell.report").State);
    }

    [Fact]
    public async Task An_exit_handler_that_fails_is_told_and_does_not_change_how_the_run_ended()
    {
        var app = Ship.With(g =>
        {
            g.Start(1);
            g.Always("tell", _ => g.Trouble(g.Start(2)));
            g.Always("also", _ => g.Start(3));
        });

        await using var run = (await TestRun.OfAsync(app, "sail")).Succeeded();

        Assert.Contains("tell.trouble", run.Run.Reason);
        Assert.Equal(LocalState.Succeeded, run.Node("also.start").State);
    }

    [Fact]
    public async Task A_cancelled_run_still_runs_its_exit_handlers()
    {
        using var cancel = new CancellationTokenSource();
        var app = Ship.With(g =>
        {
            var last = g.Add(g.Start(1), 1);
            g.Always("tell", outcome => g.Report(outcome.State, outcome.Reason, outcome.FailedNode, last.OrNone()));
        });

        await using var run = await TestRun
            .Of(app, "sail")
            .Fake(
                "start",
                async inputs =>
                {
                    await cancel.CancelAsync();
                    await new TaskCompletionSource().Task.WaitAsync(inputs.Context.Cancellation);
                    return 1;
                }
            )
            .RunAsync(cancel.Token);

        run.Ended(LocalState.Cancelled);
        Assert.Equal(LocalState.Cancelled, run.Node("start").State);
        Assert.Equal(LocalState.NotRun, run.Node("add").State);
        Assert.Contains("report: cancelled | It was cancelled.", run.Log);
    }

    [Fact]
    public async Task An_approval_is_answered_expires_or_is_refused_before_anything_runs()
    {
        static void Build(Graph g)
        {
            var ok = g.Approval<bool>("release", "Release it?", expires: Hours(48), otherwise: false);
            g.When(ok, then: () => g.Start(1).Named("yes"), otherwise: () => g.Start(2).Named("no"));
        }

        await using var yes = await TestRun.Of(Ship.With(Build), "sail").Answer("release", true).RunAsync();
        await using var expired = await TestRun.OfAsync(Ship.With(Build), "sail");
        await using var stopped = await TestRun.OfAsync(
            Ship.With(g => g.Approval<string>("who", "Who?", expires: Hours(1))),
            "sail"
        );

        Assert.Contains(yes.Succeeded().Run.Nodes, node => node.Id.EndsWith(".yes", StringComparison.Ordinal));
        Assert.Contains(expired.Succeeded().Run.Nodes, node => node.Id.EndsWith(".no", StringComparison.Ordinal));
        Assert.Contains("Nobody has answered 'who'", stopped.Ended(LocalState.Stopped).Run.Reason);
        var wrong = await Assert.ThrowsAsync<RondoException>(() =>
            TestRun.Of(Ship.With(Build), "sail").Answer("release", "perhaps").RunAsync()
        );
        Assert.Contains("yes or no", wrong.Message);
    }

    [Fact]
    [Trait("Requirement", "R94")]
    public async Task Failures_are_tried_again_by_their_class_with_growing_waits()
    {
        var app = Ship.With(g =>
            g.Trouble(g.Start(1), "io")
                .Retry(
                    Rondo.Sdk.Retry.On<TimeoutException>(attempts: 2),
                    Rondo.Sdk.Retry.On<IOException>(attempts: 4, every: Seconds(10), backOff: 3)
                )
        );
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var began = clock.GetUtcNow();

        await using var run = await TestRun.Of(app, "sail").Clock(clock).RunAsync();
        await using var late = await TestRun
            .Of(
                Ship.With(g =>
                    g.Trouble(g.Start(1), "time")
                        .Retry(Rondo.Sdk.Retry.On<TimeoutException>(every: Seconds(40), within: Minutes(2)))
                ),
                "sail"
            )
            .RunAsync();
        await using var other = await TestRun
            .Of(Ship.With(g => g.Trouble(g.Start(1)).Retry(Rondo.Sdk.Retry.On<IOException>(attempts: 9))), "sail")
            .RunAsync();

        Assert.Equal(4, run.Ended(LocalState.Failed).Calls("trouble"));
        Assert.Equal(10 + 30 + 90, (clock.GetUtcNow() - began).TotalSeconds);
        Assert.Equal(4, run.Node("trouble").Attempts);
        Assert.Equal(3, late.Calls("trouble"));
        Assert.Equal(1, other.Calls("trouble"));
    }

    [Fact]
    public async Task A_partition_is_checked_and_given_to_steps_and_counts_as_an_input()
    {
        var app = Ship.With(
            g =>
            {
                g.Name(g.Partition());
                g.Start(1);
            },
            p => p.Partitioned(Partitions.Daily("2024-01-01"))
        );

        await using var run = await TestRun.Of(app, "sail").Partition("2024-05-01").RunAsync();
        await using var other = await run.AgainAsync(change: scenario => scenario.Partition("2024-05-02"));

        Assert.Equal("2024-05-01", run.Succeeded().Value<string>("name"));
        Assert.Equal("2024-05-02", other.Succeeded().Value<string>("name"));
        Assert.Equal([IdentityPart.Partition], other.Explain("start").Changes.Select(change => change.Part));
        Assert.Contains("--partition", (await Refused(TestRun.Of(app, "sail"))).Message);
        Assert.Contains("'2023-12-31'", (await Refused(TestRun.Of(app, "sail").Partition("2023-12-31"))).Message);
    }

    [Fact]
    public async Task A_pool_bounds_how_many_attempts_run_at_once()
    {
        var app = MlApp.Create([], "ship");
        var one = app.Pool("one", slots: 1);
        app.Pipeline(
            "sail",
            g => g.ForEach("each", [1, 2, 3, 4, 5, 6], item => g.Start(item).InPool(one), parallel: 6)
        );
        var (now, most) = (0, 0);

        await using var run = await TestRun
            .Of(app, "sail")
            .AtOnce(6)
            .Fake(
                "each.start",
                async inputs =>
                {
                    most = Math.Max(most, Interlocked.Increment(ref now));
                    await Task.Yield();
                    Interlocked.Decrement(ref now);
                    return inputs.Argument<int>("number");
                }
            )
            .RunAsync();

        run.Succeeded();
        Assert.Equal(1, most);
        Assert.Equal(6, run.Calls("each.start"));
    }

    private static Task<RondoException> Refused(TestScenario scenario) =>
        Assert.ThrowsAsync<RondoException>(() => scenario.RunAsync());
}
