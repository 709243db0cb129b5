using System.Text;
using System.Text.Json;
using Rondo.Kernel;
using Rondo.Pipelines;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>Groups, conditions, for-eaches, merges, approvals, exit handlers: what a run of each does.</summary>
public sealed class GraphTests : IAsyncLifetime
{
    private PipelineWorld _world = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        _server = _world.Server();
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Theory]
    [Trait("Requirement", "R75")]
    [InlineData("true", "yes.a", "no")]
    [InlineData("false", "no.b", "yes")]
    public async Task The_branch_whose_condition_holds_runs_and_the_other_is_passed_over(
        string value,
        string ran,
        string passedOver
    )
    {
        Gives("ask", value);
        var run = await RunAsync(
            Manifests.Step("ask"),
            Manifests.Group("yes", Manifests.Equal("ask", true)),
            Manifests.Step("yes.a").In("yes"),
            Manifests.Group("no", Manifests.Equal("ask", true, not: true)),
            Manifests.Step("no.b").In("no"),
            Manifests.Merge("both", "yes.a", "no.b"),
            Manifests.Step("after", "both")
        );

        Assert.Equal(RunStates.Succeeded, run.State);
        Assert.Equal(StepStates.Succeeded, Step(run, ran).State);
        Assert.Equal(StepStates.Skipped, Step(run, passedOver).State);
        Assert.Equal(StepDecisions.Condition, Step(run, passedOver).Decision);
        Assert.Equal(Step(run, ran).Outputs[0].Artifact, Step(run, "both").Outputs[0].Artifact);
        Assert.Equal(StepStates.Succeeded, Step(run, "after").State);
        Assert.Equal(1 + 1 + 1, _world.Executor.Calls.Count);
    }

    [Fact]
    public async Task What_needs_an_output_of_a_branch_that_did_not_run_is_passed_over_too()
    {
        Gives("ask", """{"rmse": 3.5}""");
        var run = await RunAsync(
            Manifests.Step("ask"),
            Manifests.Group(
                "good",
                new ConditionManifest([new TestManifest("ask", "value", null, "rmse", "<", Manifests.Json(3.0))])
            ),
            Manifests.Step("good.release").In("good"),
            Manifests.Step("tell", "good.release"),
            Manifests.Step("tell-on", "tell")
        );

        Assert.Equal(RunStates.Succeeded, run.State);
        Assert.Equal(StepStates.Skipped, Step(run, "tell").State);
        Assert.Equal(StepDecisions.Missing, Step(run, "tell").Decision);
        Assert.Equal(StepStates.Skipped, Step(run, "tell-on").State);
        Assert.DoesNotContain(run.Steps, step => step.NodeId == "good.release");
    }

    [Theory]
    [Trait("Requirement", "R75")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public async Task A_for_each_repeats_its_steps_for_each_item_and_gives_their_outputs_in_order(int items)
    {
        Gives("list", JsonSerializer.Serialize(Enumerable.Range(0, items).Select(i => $"s{i}")));
        _world.Executor.Content = (request, _) =>
            request.NodeId == "list" ? _given["list"]
            : request.Template == "each.fit" ? Encoding.UTF8.GetBytes($"fit {request.Arguments["item"].GetString()}")
            : null;
        var run = await RunAsync(
            Manifests.Step("list"),
            Manifests.ForEach("each", "list"),
            Manifests.Step("each.fit").In("each") with
            {
                Arguments = [new ArgumentManifest("item", null, null) { Item = "each" }],
            },
            Manifests.Step("each.score", "each.fit").In("each"),
            Manifests.Collect("best", "each.fit")
        );

        Assert.Equal(RunStates.Succeeded, run.State);
        Assert.Equal(new RunItems(items, items, items), Step(run, "each").Items);
        var best = _world.Executor.Calls.Single(call => call.NodeId == "best");
        Assert.Equal(
            Enumerable.Range(0, items).Select(i => $"fit s{i}"),
            await Task.WhenAll(
                Enumerable
                    .Range(0, items)
                    .Select(async i =>
                        Encoding.UTF8.GetString(await _world.Kernel.Blobs.ReadAsync(best.Inputs[$"all.{i}"].Digest))
                    )
            )
        );
        Assert.Equal(items, run.Steps.Count(step => step.Template == "each.score"));
    }

    [Fact]
    public async Task A_for_each_has_no_more_items_under_way_than_it_may()
    {
        Gives("list", "[1,2,3,4,5,6,7]");
        _world.Executor.Capacity = 100;
        _world.Executor.Decide = request => request.Template == "each.fit" ? Script.Pause : Script.Succeed;
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline(
                "p",
                Manifests.Step("list"),
                Manifests.ForEach("each", "list", parallel: 3),
                Manifests.Step("each.fit").In("each") with
                {
                    Cache = false,
                }
            )
        );
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("p"));
        var most = 0;
        while ((await _server.Runs.GetAsync(run.Id)).FinishedAt is null)
        {
            await _server.OrchestrateAsync();
            await _server.PausedAsync();
            most = Math.Max(most, _world.Executor.Paused);
            _world.Executor.ReleaseAll();
            await _server.SettleAsync();
        }

        Assert.Equal(3, most);
        Assert.Equal(7, _world.Executor.Calls.Count(call => call.Template == "each.fit"));
    }

    [Fact]
    public async Task For_eaches_in_for_eaches_know_their_items_and_their_own_outputs()
    {
        var run = await RunAsync(
            Manifests.ForEach("outer", [1, 2, 3]),
            Manifests.Step("outer.list").In("outer"),
            Manifests.ForEach("outer.inner", ["a", "b"]).In("outer"),
            Manifests.Step("outer.inner.fit", "outer.list").In("outer.inner") with
            {
                Arguments =
                [
                    new ArgumentManifest("number", null, null) { Item = "outer" },
                    new ArgumentManifest("letter", null, null) { Item = "outer.inner" },
                ],
            },
            Manifests.Collect("outer.all", "outer.inner.fit").In("outer"),
            Manifests.Collect("best", "outer.all")
        );

        Assert.Equal(RunStates.Succeeded, run.State);
        Assert.Equal(
            ["1a", "1b", "2a", "2b", "3a", "3b"],
            _world
                .Executor.Calls.Where(call => call.Template == "outer.inner.fit")
                .Select(call => $"{call.Arguments["number"]}{call.Arguments["letter"]}")
                .Order()
        );
        Assert.Equal(
            2,
            _world.Executor.Calls.Count(call => call.NodeId == "outer.1.all" && call.Inputs.Count == 2) * 2
        );
        Assert.Equal(3, _world.Executor.Calls.Single(call => call.NodeId == "best").Inputs.Count);
    }

    [Fact]
    public async Task A_list_that_is_none_fails_the_run_and_says_what_it_is()
    {
        Gives("list", """{"a": 1}""");
        var run = await RunAsync(
            Manifests.Step("list"),
            Manifests.ForEach("each", "list"),
            Manifests.Step("each.fit").In("each")
        );

        Assert.Equal(RunStates.Failed, run.State);
        Assert.Contains("'each' repeats itself for is not a list: it is {\"a\": 1}", run.Reason);
    }

    [Fact]
    public async Task A_fail_node_fails_the_run_with_its_message()
    {
        Gives("ask", "true");
        var run = await RunAsync(
            Manifests.Step("ask"),
            Manifests.Group("bad", Manifests.Equal("ask", true)),
            Manifests.Fail("bad.enough", "There are too few rows.").In("bad")
        );

        Assert.Equal(RunStates.Failed, run.State);
        Assert.Equal("Step 'bad.enough' failed: There are too few rows.", run.Reason);
        Assert.Equal("bad.enough", run.FailedNode);
    }

    [Theory]
    [InlineData(nameof(Script.Succeed), RunStates.Succeeded)]
    [InlineData(nameof(Script.Fail), RunStates.Failed)]
    [InlineData(nameof(Script.Stop), RunStates.Stopped)]
    public async Task Exit_handlers_run_however_the_run_ends_and_are_told_how(string script, string state)
    {
        _world.Executor.Decide = request => request.NodeId == "work" ? Enum.Parse<Script>(script) : Script.Succeed;
        var run = await RunAsync(Tidying());

        Assert.Equal(state, run.State);
        Assert.Equal(StepStates.Succeeded, Step(run, "tidy.tell").State);
        var told = _world.Executor.Calls.Single(call => call.NodeId == "tidy.tell").Arguments;
        Assert.Equal(state, told["state"].GetString());
        Assert.Equal(state == RunStates.Succeeded ? "" : "work", told["node"].GetString());
        Assert.Single(await _world.EventsAsync("run.finished", run.Id));
    }

    [Fact]
    public async Task A_cancelled_run_still_runs_its_exit_handlers_unless_it_is_cancelled_again()
    {
        _world.Executor.Decide = _ => Script.Pause;
        await _world.DeployAsync(_server, Manifests.Pipeline("p", Tidying()));
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("p"));
        await _server.OrchestrateAsync();

        run = await _server.Runs.CancelAsync(run.Id, Actor.Local);
        Assert.Equal(RunStates.Finishing, run.State);
        Assert.Null(run.FinishedAt);
        for (var round = 0; round < 5; round++)
        {
            await _server.OrchestrateAsync();
        }

        run = await _server.Runs.GetAsync(run.Id);
        Assert.Equal(StepStates.Running, Step(run, "tidy.tell").State);
        run = await _server.Runs.CancelAsync(run.Id, Actor.Local);
        Assert.Equal(RunStates.Cancelled, run.State);
        Assert.NotNull(run.FinishedAt);
    }

    [Fact]
    public async Task An_exit_handler_that_fails_does_not_change_how_the_run_ended()
    {
        _world.Executor.Decide = request => request.NodeId == "tidy.tell" ? Script.Fail : Script.Succeed;
        var run = await RunAsync(Tidying());

        Assert.Equal(RunStates.Succeeded, run.State);
        Assert.Contains("An exit handler failed.", run.Reason);
    }

    [Fact]
    [Trait("Requirement", "R95")]
    public async Task A_run_that_fails_slowly_does_what_does_not_need_the_failed_step()
    {
        _world.Executor.Decide = request => request.NodeId == "bad" ? Script.Fail : Script.Succeed;
        var run = await RunAsync(
            pipeline => pipeline with { FailurePolicy = FailurePolicies.Slow },
            Manifests.Step("bad"),
            Manifests.Step("good"),
            Manifests.Step("needs-bad", "bad", "good"),
            Manifests.Step("needs-that", "needs-bad"),
            Manifests.Step("needs-good", "good"),
            Manifests.Group("group"),
            Manifests.Step("group.one", "bad").In("group"),
            Manifests.Step("group.two", "good").In("group")
        );

        Assert.Equal(RunStates.Failed, run.State);
        Assert.Equal("bad", run.FailedNode);
        Assert.Equal(StepStates.Succeeded, Step(run, "needs-good").State);
        Assert.Equal(StepStates.Succeeded, Step(run, "group.two").State);
        Assert.All(
            ["needs-bad", "needs-that", "group.one"],
            node => Assert.Equal(StepDecisions.NeedsFailed, Step(run, node).Decision)
        );
    }

    [Fact]
    [Trait("Requirement", "R95")]
    public async Task A_run_that_fails_fast_calls_everything_else_off()
    {
        _world.Executor.Decide = request => request.NodeId == "bad" ? Script.Fail : Script.Succeed;
        var run = await RunAsync(
            Manifests.Step("bad"),
            Manifests.Step("good"),
            Manifests.Step("later", "good"),
            Manifests.Step("later-still", "later")
        );

        Assert.Equal(RunStates.Failed, run.State);
        Assert.Equal(StepStates.Skipped, Step(run, "later-still").State);
    }

    [Fact]
    [Trait("Requirement", "R94")]
    public async Task Failures_are_tried_again_by_their_class()
    {
        _world.Executor.Decide = request => request.Attempt < 3 ? Script.Fail : Script.Succeed;
        RetryManifest[] retries = [new("OtherError", 1, 0, 0, 1, 0), new("TestError", 5, 0, 40_000, 2, 60_000)];
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline("p", Manifests.Step("a") with { Retries = retries, MaxAttempts = 1 })
        );
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("p"));
        var waits = new List<TimeSpan>();
        var last = _world.Kernel.Time.GetUtcNow();
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            while (_world.Executor.Calls.Count < attempt)
            {
                await _server.OrchestrateAsync();
                await _server.SettleAsync();
                if (_world.Executor.Calls.Count < attempt)
                {
                    _world.Kernel.Time.Advance(TimeSpan.FromSeconds(5));
                }
            }

            waits.Add(_world.Kernel.Time.GetUtcNow() - last);
            last = _world.Kernel.Time.GetUtcNow();
        }

        Assert.Equal(RunStates.Succeeded, (await _server.Runs.GetAsync(run.Id)).State);
        Assert.Equal([TimeSpan.Zero, TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(60)], waits);
    }

    [Fact]
    [Trait("Requirement", "R75")]
    public async Task An_approval_waits_for_the_answer_of_one_who_may_give_it()
    {
        var question = new ApprovalManifest("Release it?", "boolean", null, ["user:ada"], 0, null);
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline(
                "p",
                Manifests.Step("work"),
                Manifests.Approval("ask", question, "work"),
                Manifests.Group("yes", Manifests.Equal("ask", true)),
                Manifests.Step("yes.release").In("yes")
            )
        );
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("p"));
        await TurnAsync();
        var approvals = _server.Get<ApprovalStore>();
        var waiting = Assert.Single(await approvals.WaitingAsync());
        Assert.Equal(("ask", "Release it?"), (waiting.NodeId, waiting.Question));

        await Assert.ThrowsAsync<RondoException>(() => approvals.AnswerAsync(Answer("user:eve", true)));
        await Assert.ThrowsAsync<RondoException>(() => approvals.AnswerAsync(Answer("user:ada", "yes")));
        await approvals.AnswerAsync(Answer("user:ada", true));
        await Assert.ThrowsAsync<RondoException>(() => approvals.AnswerAsync(Answer("user:ada", true)));

        run = await _server.FinishAsync(run.Id);
        Assert.Equal(RunStates.Succeeded, run.State);
        Assert.Equal(StepStates.Succeeded, Step(run, "yes.release").State);
        Assert.Equal("user:ada", Assert.Single(await _world.EventsAsync("approval.answered")).Actor);

        ApprovalAnswer Answer(string who, object answer) =>
            new(run.Id, "ask", Manifests.Json(answer), "looks good", new Actor(who));
    }

    [Theory]
    [InlineData(false, RunStates.Stopped)]
    [InlineData(true, RunStates.Succeeded)]
    public async Task An_approval_that_nobody_gives_in_time_takes_its_default_or_stops_the_run(
        bool hasDefault,
        string state
    )
    {
        var otherwise = hasDefault ? Manifests.Json(false) : (JsonElement?)null;
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline(
                "p",
                Manifests.Approval("ask", new ApprovalManifest("Go on?", "boolean", null, [], 60_000, otherwise)),
                Manifests.Step("then") with
                {
                    Inputs = [new InputManifest("in0", ArtifactTypes.Json, "ask", "value")],
                }
            )
        );
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("p"));
        await TurnAsync();
        var approvals = _server.Get<ApprovalStore>();
        Assert.False(await approvals.ExpireAsync(10, TestContext.Current.CancellationToken));
        Assert.Single(await approvals.WaitingAsync());

        _world.Kernel.Time.Advance(TimeSpan.FromSeconds(61));
        await approvals.ExpireAsync(10, TestContext.Current.CancellationToken);

        run = await _server.FinishAsync(run.Id);
        Assert.Equal(state, run.State);
        Assert.Empty(await approvals.WaitingAsync());
    }

    private static NodeManifest[] Tidying() =>
        [
            Manifests.Step("work"),
            Manifests.Group("tidy", always: true),
            Manifests.Step("tidy.tell").In("tidy") with
            {
                Cache = false,
                Arguments =
                [
                    new ArgumentManifest("state", null, null) { Run = "state" },
                    new ArgumentManifest("node", null, null) { Run = "failed-node" },
                ],
            },
        ];

    private readonly Dictionary<string, byte[]> _given = [];

    private void Gives(string node, string json)
    {
        _given[node] = Encoding.UTF8.GetBytes(json);
        _world.Executor.Content = (request, _) => _given.GetValueOrDefault(request.NodeId);
    }

    private async Task TurnAsync()
    {
        for (var round = 0; round < 5; round++)
        {
            await _server.OrchestrateAsync();
            await _server.SettleAsync();
        }
    }

    private Task<Run> RunAsync(params NodeManifest[] nodes) => RunAsync(pipeline => pipeline, nodes);

    private async Task<Run> RunAsync(Func<PipelineManifest, PipelineManifest> change, params NodeManifest[] nodes)
    {
        await _world.DeployAsync(_server, change(Manifests.Pipeline("p", nodes)));
        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("p"));
        return await _server.FinishAsync(run.Id);
    }

    private static RunStep Step(Run run, string node) => run.Steps.Single(step => step.NodeId == node);
}
