using Rondo.Sdk;
using Rondo.Sdk.Wire;
using static Rondo.Sdk.Duration;

namespace Rondo.Tests.Sdk.Authoring;

/// <summary>Who may take what from whom, across groups; and what a wrong wire is told.</summary>
public sealed class WiringTests
{
    [Fact]
    public void An_item_s_output_outside_of_its_loop_is_refused_with_the_mend()
    {
        Ref<double>? kept = null;
        var error = Refused(g =>
        {
            g.ForEach(
                "per-gauge",
                g.Gauges(3, ""),
                gauge => kept = g.Error(gauge.Get(one => one.Name), 1, [], Speed.Quick)
            );
            g.Lower(g.Judge([], []), kept!);
        });

        Assert.Contains("input 'by' of node 'lower' needs node 'per-gauge.error'", error.What);
        Assert.Contains("for each item of for-each 'per-gauge'", error.What);
        Assert.Contains("IReadOnlyList<T>", error.Mend);
    }

    [Fact]
    public void A_loop_in_a_loop_is_put_together_inside()
    {
        RefList<double>? inner = null;
        var error = Refused(g =>
        {
            var gauges = g.Gauges(3, "");
            g.ForEach(
                "outer",
                gauges,
                _ => inner = g.ForEach("inner", [1.5, 2], north => g.Error("a", north, [], Speed.Quick))
            );
            g.Range(inner!);
        });
        Assert.Contains("of for-each 'outer'", error.What);
        Assert.Contains("in the outer body", error.Mend);

        var nodes = Nodes(g =>
        {
            var lows = g.ForEach(
                "outer",
                g.Gauges(3, ""),
                _ => g.Range(g.ForEach("inner", [1.5, 2], north => g.Error("a", north, [], Speed.Quick))).Low
            );
            g.Range(lows);
        });
        Assert.Equal(
            new InputManifest("errors", "rondo/json", "outer.inner.error", "value") { FanIn = true },
            Assert.Single(nodes.Single(node => node.Id == "outer.range").Inputs)
        );
        Assert.Equal(
            new InputManifest("errors", "rondo/json", "outer.range", "low") { FanIn = true },
            Assert.Single(nodes.Single(node => node.Id == "range").Inputs)
        );
    }

    [Fact]
    public void A_list_is_wired_as_a_whole_one_by_one_or_from_a_loop()
    {
        var nodes = Nodes(g =>
        {
            var one = g.Error("a", 1, [1], Speed.Quick);
            g.Range([one, one]).With(range => range.Named("expression"));
            g.Range(new[] { one }).With(range => range.Named("array"));
            g.Range(new List<Ref<double>> { one }).With(range => range.Named("list"));
            g.Range(g.ForEach("loop", [1.0], north => g.Error("b", north, [], Speed.Quick)))
                .With(range => range.Named("fan-in"));
        });

        Assert.Equal(["errors.0", "errors.1"], Ports("expression"));
        Assert.Equal(["errors.0"], Ports("array"));
        Assert.Equal(["errors.0"], Ports("list"));
        Assert.Equal(["errors"], Ports("fan-in"));

        IEnumerable<string> Ports(string id) => nodes.Single(node => node.Id == id).Inputs.Select(input => input.Port);
    }

    [Fact]
    public void A_loop_s_list_cannot_be_taken_apart()
    {
        var error = Refused(g =>
        {
            var errors = g.ForEach("loop", [1.0], north => g.Error("b", north, [], Speed.Quick));
            g.Range([.. errors]);
        });

        Assert.Contains("how many items it has is known only when the run gets there", error.What);
    }

    [Fact]
    public void A_value_from_before_a_branch_is_passed_through_the_branch()
    {
        var nodes = Nodes(g =>
        {
            var quality = g.Judge([], []);
            var value = g.When(g.IsCalm(quality), then: () => quality, otherwise: () => g.Judge([], []));
            g.Levels(value);
        });

        var passed = nodes.Single(node => node.Id == "when-is-calm.value");
        Assert.Equal((NodeKind.Merge, "judge"), (passed.Kind, Assert.Single(passed.Inputs).FromNode));
        Assert.Equal(
            ["when-is-calm.value", "when-is-calm-otherwise.judge"],
            nodes.Single(node => node.Id == "when-is-calm-value").Inputs.Select(input => input.FromNode)
        );
    }

    [Fact]
    public void The_other_branch_s_output_is_refused()
    {
        Ref<Quality>? one = null;
        var error = Refused(g =>
        {
            var quality = g.Judge([], []);
            g.When(
                g.IsCalm(quality),
                then: () =>
                {
                    one = g.Lower(quality, g.Error("a", 1, [], Speed.Quick));
                },
                otherwise: () => g.Levels(one!)
            );
        });

        Assert.Contains("of the other branch", error.What);
    }

    [Fact]
    public void An_exit_handler_gives_nothing_to_the_run_and_stands_in_no_group()
    {
        Ref<Quality>? late = null;
        Assert.Contains(
            "in the exit handler 'tell'",
            Refused(g =>
            {
                g.Always("tell", _ => late = g.Judge([], []));
                g.Levels(late!);
            }).What
        );
        Assert.Contains(
            "belongs to the whole run",
            Refused(g => g.Nested("a", () => g.Always("tell", _ => g.Judge([], [])))).What
        );
        Assert.Contains(
            "takes 'state', which is known in the exit handler 'tell' only",
            Refused(g =>
            {
                Outcome? outcome = null;
                g.Always(
                    "tell",
                    found =>
                    {
                        outcome = found;
                        g.Judge([], []);
                    }
                );
                g.Tell(outcome!.State, "", null!, null!);
            }).What
        );
    }

    [Fact]
    public void An_item_is_known_in_its_body_only()
    {
        Item<Gauge>? item = null;
        var error = Refused(g =>
        {
            g.ForEach(
                "loop",
                g.Gauges(1, ""),
                gauge =>
                {
                    item = gauge;
                    g.Label(gauge, "");
                }
            );
            g.Label(item!, "");
        });

        Assert.Contains("takes the item of for-each 'loop', which is known in its body only", error.What);
    }

    [Fact]
    public void A_member_of_an_item_must_be_one()
    {
        var error = Refused(g =>
            g.ForEach("loop", g.Gauges(1, ""), gauge => g.Gauges(gauge.Get(one => one.Name.Length), ""))
        );

        Assert.Contains("does not name a member of Gauge", error.What);
    }

    [Fact]
    public void Nodes_wait_for_earlier_ones_only()
    {
        var nodes = Nodes(g =>
        {
            var first = g.Tell("", "", null!, null!);
            var branches = g.When(
                g.Parameter("dry", false),
                then: () => g.Judge([], []),
                otherwise: () => g.Judge([], []).Uncached()
            );
            g.Tell("", "", null!, null!).After(first, branches).Named("last");
            g.Nested(
                    "group",
                    () =>
                    {
                        g.Judge([], []);
                    }
                )
                .After(first);
        });
        Assert.Equal(["tell", "when-dry-value"], nodes.Single(node => node.Id == "last").After);
        Assert.Equal(["tell"], nodes.Single(node => node.Id == "group").After);

        Assert.Equal(
            ["gauges", "judge", "tell"],
            Nodes(g => g.Tell("", "", null!, null!).After(g.Gauges(1, ""), g.Judge([], []))).Select(node => node.Id)
        );
        Assert.Equal(
            ["gauges", "group", "group.judge", "group.levels"],
            Nodes(g =>
                    g.Nested(
                            "group",
                            () =>
                            {
                                g.Levels(g.Judge([], []));
                            }
                        )
                        .After(g.Gauges(1, ""))
                )
                .Select(node => node.Id)
        );
        Assert.Contains(
            "which is not declared before it",
            Refused(g =>
            {
                var one = g.Judge([], []);
                one.After(g.Levels(one));
            }).What
        );
    }

    [Fact]
    public void A_branch_without_a_value_is_waited_for_on_both_sides()
    {
        var nodes = Nodes(g =>
        {
            var quality = g.Judge([], []);
            var both = g.When(
                g.IsCalm(quality),
                then: () => g.Tell("", "", quality!, null!),
                otherwise: () => g.Fail("no")
            );
            g.Levels(quality).After(both);
        });

        Assert.Equal(["when-is-calm", "when-is-calm-otherwise"], nodes.Single(node => node.Id == "levels").After);
    }

    [Fact]
    public void Groups_are_numbered_bounded_and_never_empty()
    {
        var nodes = Nodes(g =>
        {
            g.Nested("part", () => g.Judge([], []));
            g.Nested("part", () => g.Judge([], []).Named("judge-again"));
        });
        Assert.Equal(["part", "part.judge", "part-2", "part-2.judge-again"], nodes.Select(node => node.Id));

        Assert.Contains("group 'empty' holds no step", Refused(g => g.Nested("empty", () => { })).What);
        Assert.Contains("is nested 9 deep, more than 8", Refused(g => Deep(g, 9)).What);
        Nodes(g => Deep(g, 8));

        static void Deep(Graph g, int levels)
        {
            if (levels == 0)
            {
                g.Judge([], []);
                return;
            }
            g.Nested("level", () => Deep(g, levels - 1));
        }
    }

    [Fact]
    public void A_dataset_used_in_a_group_stands_outside_of_it()
    {
        var app = MlApp.Create([], "harbour");
        var levels = app.Dataset<Level>("levels");
        app.Pipeline(
            "one",
            g =>
            {
                g.Nested("group", () => g.Ingest(levels));
                g.Ingest(levels);
            }
        );

        var nodes = app.ToManifest().Pipelines[0].Nodes;
        Assert.Equal(["group", "levels", "group.ingest", "ingest"], nodes.Select(node => node.Id));
        Assert.Null(nodes[1].Parent);
    }

    [Fact]
    public void A_pipeline_within_a_pipeline_shares_equal_parameters()
    {
        var app = MlApp.Create([], "harbour");
        var inner = app.Pipeline("inner", g => g.Gauges(g.Parameter("count", 3), ""));
        app.Pipeline(
            "outer",
            g =>
            {
                g.Parameter("count", 3);
                g.Nested(inner);
            }
        );
        var outer = app.ToManifest().Pipelines[1];
        Assert.Equal(["inner", "inner.gauges"], outer.Nodes.Select(node => node.Id));
        Assert.Equal("count", Assert.Single(outer.Parameters).Name);

        var error = Assert.Throws<RondoException>(() =>
            app.Pipeline(
                "other",
                g =>
                {
                    g.Parameter("count", 4);
                    g.Nested(inner);
                }
            )
        );
        Assert.Contains("declared twice, each time otherwise", error.What);
    }

    [Fact]
    public void The_largest_graph_is_declared_with_a_number_for_each_node()
    {
        var nodes = Nodes(g =>
        {
            var errors = Enumerable.Range(0, 9_000).Select(_ => g.Error("a", 1, [], Speed.Quick)).ToArray();
            g.Range(errors);
            for (var count = 0; count < 300; count++)
            {
                g.Nested("group", () => g.Tell("", "", null!, null!).After(g.Gauges(1, "")));
            }
        });

        Assert.Equal(9_901, nodes.Count);
        Assert.Equal(("error-9000", "group-300.tell"), (nodes[8_999].Id, nodes[^1].Id));
        Assert.Contains(
            "more than 10000 nodes",
            Refused(g => _ = Enumerable.Range(0, 10_001).Select(_ => g.Gauges(1, "")).ToArray()).What
        );
    }

    private static IReadOnlyList<NodeManifest> Nodes(Action<Graph> build)
    {
        var app = MlApp.Create([], "harbour");
        app.Pipeline("one", build);
        return app.ToManifest().Pipelines[0].Nodes;
    }

    private static RondoException Refused(Action<Graph> build) =>
        Assert.Throws<RondoException>(() => MlApp.Create([], "harbour").Pipeline("one", build));
}
