using System.Text;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Pipelines;
using Rondo.Pipelines.Executors;
using Rondo.Pipelines.Orchestration;
using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

public sealed class OrchestratorTests : IAsyncLifetime
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
    public async Task A_run_goes_from_its_first_step_to_its_last_and_says_what_each_took_and_made()
    {
        await DeployAsync(
            Manifests.Step("load"),
            Manifests.Step("train", "load"),
            Manifests.Step("score", "train", "load")
        );

        var run = await RunAsync();

        Assert.Equal(RunStates.Succeeded, run.State);
        Assert.Equal(
            (TriggerKinds.Manual, "c0ffee", new string('a', 64), "local"),
            (run.Trigger, run.Commit, run.Package, run.Actor)
        );
        var score = run.Steps[2];
        Assert.Equal(["in0", "in1"], score.Inputs.Select(input => input.Port));
        Assert.Equal(run.Steps[1].Outputs[0].Artifact, score.Inputs[0].Artifact);
        Assert.Equal(1.5, score.Metrics["rmse"]);
        Assert.Equal((1, StepStates.Succeeded), (score.Attempts[0].Attempt, score.Attempts[0].State));
        Assert.Equal(
            [
                "run.created",
                "step.started",
                "step.published",
                "step.started",
                "step.published",
                "step.started",
                "step.published",
                "run.finished",
            ],
            (await _world.EventsAsync(subject: run.Id)).Select(e => e.Type)
        );
        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(_world.Kernel.Folder, "staging"), "run_*"));
    }

    [Fact]
    public async Task An_identical_step_is_not_run_again_and_its_lineage_names_the_execution_that_was_reused()
    {
        await DeployAsync(Manifests.Step("load"), Manifests.Step("train", "load"));
        var first = await RunAsync();

        var second = await RunAsync();

        Assert.Equal(2, _world.Executor.Calls.Count);
        Assert.All(second.Steps, step => Assert.True(step.Reused && step.Attempt == 0 && step.Attempts.Count == 0));
        Assert.Equal(first.Steps[1].Outputs[0].Artifact, second.Steps[1].Outputs[0].Artifact);
        Assert.Equal(1.5, second.Steps[1].Metrics["rmse"]);
        Assert.Equal(2, (await _world.EventsAsync("step.reused", second.Id)).Count);
    }

    [Fact]
    public async Task A_step_whose_reusable_bytes_are_gone_is_run_again()
    {
        await DeployAsync(Manifests.Step("load"));
        var first = await RunAsync();
        var digest = first.Steps[0].Outputs[0].Artifact.Digest;
        File.Delete(Path.Combine(_world.Kernel.Blobs.Root, digest[..2], digest));

        var second = await RunAsync();

        Assert.False(second.Steps[0].Reused);
        Assert.NotEmpty(await _world.Kernel.Blobs.ReadAsync(digest));
        Assert.True((await RunAsync()).Steps[0].Reused);
    }

    [Fact]
    public async Task Steps_that_must_not_be_cached_and_failed_attempts_are_never_reused()
    {
        await DeployAsync(
            Manifests.Step("load") with
            {
                Cache = false,
            },
            Manifests.Step("train") with
            {
                MaxAttempts = 2,
            }
        );
        _world.Executor.Decide = r => r.NodeId == "train" && r.Attempt == 1 ? Script.Fail : Script.Succeed;
        await FinishWithRetriesAsync(await CreateAsync());

        await RunAsync();

        Assert.Equal(2, _world.Executor.Calls.Count(call => call.NodeId == "load"));
        Assert.Equal(2, _world.Executor.Calls.Count(call => call.NodeId == "train"));
    }

    [Fact]
    [Trait("Requirement", "R9")]
    public async Task A_failure_that_the_run_goes_on_without_is_never_reused()
    {
        await DeployAsync(Manifests.Step("load"), Manifests.Step("train", "load"));
        _world.Executor.Decide = r => r.NodeId == "train" ? Script.FailSoftly : Script.Succeed;

        var first = await RunAsync();
        var second = await RunAsync();

        Assert.All([first, second], run => Assert.Equal(RunStates.Succeeded, run.State));
        Assert.Equal([true, false], second.Steps.Select(step => step.Reused));
        Assert.Equal("it broke", second.Steps[1].Message);
    }

    [Fact]
    public async Task Of_two_identical_steps_at_once_one_is_computed_and_the_other_waits_for_it()
    {
        await DeployAsync(Manifests.Step("load"));
        _world.Executor.Decide = _ => Script.Pause;
        var (first, second) = (await CreateAsync(), await CreateAsync());
        await _server.OrchestrateAsync();
        await _server.OrchestrateAsync();
        await _world.Executor.PausedAsync(1);
        Assert.Single(_world.Executor.Calls);
        _world.Executor.ReleaseAll();
        await _server.SettleAsync();

        Assert.False(
            (await _server.FinishAsync(first)).Steps[0].Reused && (await _server.FinishAsync(second)).Steps[0].Reused
        );
        Assert.Single(_world.Executor.Calls);
    }

    [Fact]
    public async Task A_failing_step_is_tried_again_after_a_wait_and_then_ends_the_run()
    {
        await DeployAsync(
            Manifests.Step("load") with
            {
                MaxAttempts = 2,
            },
            Manifests.Step("train", "load"),
            Manifests.Step("other")
        );
        _world.Executor.Decide = r => r.NodeId == "load" ? Script.Fail : Script.Pause;
        var id = await CreateAsync();
        await _server.OrchestrateAsync();
        await _server.SettleAsync(paused: 1);
        await _server.OrchestrateAsync();
        Assert.Equal(1, _world.Executor.Calls.Count(call => call.NodeId == "load"));

        _world.Kernel.Time.Advance(TimeSpan.FromSeconds(1));
        await _server.OrchestrateAsync();
        await _server.SettleAsync(paused: 1);
        await _server.OrchestrateAsync();
        await _server.SettleAsync();

        var run = await _server.Runs.GetAsync(id);
        Assert.Equal((RunStates.Failed, "Step 'load' failed: it broke"), (run.State, run.Reason));
        Assert.Equal(
            [StepStates.Failed, StepStates.Skipped, StepStates.Cancelled],
            run.Steps.Select(step => step.State)
        );
        Assert.Equal(["TestError", "TestError"], run.Steps[0].Attempts.Select(attempt => attempt.ErrorType));
        Assert.Equal("mend it", run.Steps[0].Mend);
        Assert.Equal(
            [true, false],
            (await _world.EventsAsync("step.failed")).Select(e => e.Data.GetProperty("retry").GetBoolean())
        );
    }

    [Fact]
    public async Task A_step_that_stops_ends_the_run_without_a_failure_and_keeps_its_report()
    {
        await DeployAsync(Manifests.Step("validate") with { MaxAttempts = 3 }, Manifests.Step("train", "validate"));
        _world.Executor.Decide = _ => Script.Stop;

        var run = await RunAsync();

        Assert.Equal((RunStates.Stopped, "column missing"), (run.State, run.Reason));
        Assert.Equal([StepStates.Stopped, StepStates.Skipped], run.Steps.Select(step => step.State));
        var finished = Assert.Single(await _world.EventsAsync("run.finished"));
        Assert.Equal(
            run.Steps[0].Outputs[0].Artifact.Digest,
            finished.Data.GetProperty("report").GetProperty("digest").GetString()
        );
        Assert.Single(_world.Executor.Calls);
        _world.Executor.Decide = _ => Script.Succeed;
        Assert.False((await RunAsync()).Steps[0].Reused);
    }

    [Fact]
    public async Task A_step_that_forgets_an_output_has_failed()
    {
        await DeployAsync(Manifests.Step("load"));
        _world.Executor.Decide = _ => Script.ForgetOutput;

        var run = await RunAsync();

        Assert.Equal(RunStates.Failed, run.State);
        Assert.Contains("did not make its output 'value'", run.Reason);
    }

    [Fact]
    public async Task An_output_whose_bytes_are_not_what_the_step_says_is_not_published()
    {
        await DeployAsync(Manifests.Step("load"));
        var server = _world.Server(executor: new LyingExecutor());

        var run = await server.FinishAsync(await CreateAsync());

        Assert.Equal(RunStates.Failed, run.State);
        Assert.Contains("The bytes of", run.Reason);
        Assert.Contains(new string('b', 64), run.Reason);
        Assert.Empty(run.Steps[0].Outputs);
    }

    [Fact]
    public async Task A_cancelled_run_ends_its_attempts_at_once_and_publishes_nothing_more()
    {
        await DeployAsync(Manifests.Step("load"), Manifests.Step("train", "load"));
        _world.Executor.Decide = _ => Script.Pause;
        var id = await CreateAsync();
        await _server.OrchestrateAsync();
        await _world.Executor.PausedAsync(1);

        var cancelled = await _server.Runs.CancelAsync(id, new Actor("user:ada"));
        await _server.OrchestrateAsync();
        await _server.SettleAsync();

        Assert.Equal((RunStates.Cancelled, "Cancelled by user:ada."), (cancelled.State, cancelled.Reason));
        Assert.Equal(0, _world.Executor.Paused);
        var run = await _server.Runs.GetAsync(id);
        Assert.Equal([StepStates.Cancelled, StepStates.Skipped], run.Steps.Select(step => step.State));
        Assert.Equal("user:ada", Assert.Single(await _world.EventsAsync("run.finished")).Actor);
        var again = await Assert.ThrowsAsync<RondoException>(() => _server.Runs.CancelAsync(id, Actor.Local));
        Assert.Equal(ErrorCode.FailedPrecondition, again.Code);
    }

    [Fact]
    public async Task Whoever_reports_after_its_lease_was_given_away_or_twice_changes_nothing()
    {
        await DeployAsync(Manifests.Step("load"));
        var id = await CreateAsync();
        var (claims, publisher) = (_server.Get<StepClaims>(), _server.Get<StepPublisher>());
        var first = await ClaimAsync();
        Assert.Null(await claims.ClaimAsync(first!.Plan));
        Assert.False(await _server.ReapAsync());
        _world.Kernel.Time.Advance(TimeSpan.FromSeconds(21));
        await _server.ReapAsync();
        var second = await ClaimAsync();
        var end = await EndAsync();

        Assert.False(await publisher.PublishAsync(first, end));
        Assert.True(await publisher.PublishAsync(second!, end));
        Assert.False(await publisher.PublishAsync(second!, end));
        Assert.False(await publisher.PublishAsync(first, StepEnd.Failed("Late", "late")));

        var run = await _server.Runs.GetAsync(id);
        Assert.Equal((RunStates.Succeeded, 2L), (run.State, run.Steps[0].Attempt));
        Assert.Equal(
            [AttemptStates.Lost, StepStates.Succeeded],
            run.Steps[0].Attempts.Select(attempt => attempt.State)
        );
        Assert.Single(await _world.EventsAsync("step.published"));
    }

    [Fact]
    public async Task A_server_that_starts_again_takes_up_the_run_without_running_finished_steps_again()
    {
        await DeployAsync(Manifests.Step("load"), Manifests.Step("train", "load"));
        _world.Executor.Decide = r => r.NodeId == "train" ? Script.Pause : Script.Succeed;
        var id = await CreateAsync();
        await _server.OrchestrateAsync();
        await _server.SettleAsync();
        await _server.OrchestrateAsync();
        await _world.Executor.PausedAsync(1);

        var next = _world.Server(executor: new ScriptedExecutor());
        // Where servers share a database, the one that is gone keeps its claim until the lease has run out.
        await _world.Kernel.Database.WriteAsync(async t =>
            await t.ExecuteAsync("update pipelines_step set lease_until = 0 where state = 'running'")
        );
        await next.ReapAsync();
        var run = await next.FinishAsync(id);
        _world.Executor.ReleaseAll();
        await _server.SettleAsync();

        Assert.Equal(RunStates.Succeeded, run.State);
        Assert.Equal([1L, 2L], run.Steps.Select(step => step.Attempt));
        Assert.Equal(1, _world.Executor.Calls.Count(call => call.NodeId == "load"));
        Assert.Equal(2, (await _world.EventsAsync("step.published")).Count);
    }

    [Fact]
    public async Task The_statements_of_a_decision_do_not_grow_with_the_graph()
    {
        var costs = new List<long>();
        foreach (var width in new[] { 3, 300 })
        {
            var wide = Enumerable.Range(0, width).Select(i => Manifests.Step($"w-{i}", "root"));
            var name = $"wide{width}";
            await _world.DeployAsync(_server, Manifests.Pipeline(name, [Manifests.Step("root"), .. wide]));
            var before = _world.Kernel.Database.Statements;
            var run = await _server.Runs.CreateAsync(PipelineWorld.Wish(name));
            var root = await ClaimAsync();
            Assert.True(await _server.Get<StepPublisher>().PublishAsync(root!, await EndAsync()));
            var successor = await ClaimAsync();
            Assert.StartsWith("w-", successor!.NodeId);
            costs.Add(_world.Kernel.Database.Statements - before);
            await _server.Runs.CancelAsync(run.Id, Actor.Local);
        }

        Assert.Equal(costs[0], costs[1]);
    }

    [Fact]
    public async Task Lines_that_attempts_print_are_kept_and_can_be_read_from_where_one_stopped()
    {
        await DeployAsync(Manifests.Step("load"), Manifests.Step("train", "load"));
        var run = await RunAsync();
        var logs = _server.Get<Rondo.Pipelines.Logs.LogStore>();

        var all = await logs.ReadAsync(new(run.Id, null, 0, TimeSpan.FromMinutes(1)), default);
        var rest = await logs.ReadAsync(new(run.Id, null, 1, TimeSpan.FromMinutes(1)), default);
        var train = await logs.ReadAsync(new(run.Id, "train", 0, TimeSpan.FromMinutes(1)), default);
        var none = await logs.ReadAsync(new(run.Id, null, all.Next, TimeSpan.FromMinutes(1)), default);

        Assert.Equal(["load attempt 1", "train attempt 1"], all.Lines.Select(line => line.Text));
        Assert.Equal(["train attempt 1"], rest.Lines.Select(line => line.Text));
        Assert.Equal("train", Assert.Single(train.Lines).NodeId);
        Assert.True(all.Finished && none.Finished && none.Lines.Count == 0);
    }

    [Fact]
    public async Task A_proposal_whose_verdict_passed_is_registered_with_the_step_that_made_it_and_another_is_rejected()
    {
        var register = Manifests.Step("register", "train") with
        {
            Outputs = [new PortManifest("proposal", ArtifactTypes.ModelProposal)],
        };
        await DeployAsync(Manifests.Step("train"), register);
        var passed = true;
        _world.Executor.Ports = r =>
            r.NodeId == "register" ? register.Outputs : [new PortManifest("value", ArtifactTypes.Model)];
        _world.Executor.Content = (r, _) => r.NodeId == "register" ? Proposals.Bytes(r.Inputs["in0"], passed) : null;

        var run = await RunAsync();

        var version = await _server
            .Get<ModelRegistry>()
            .FindAsync(PipelineWorld.Project, PipelineWorld.Production, "station-demand", 1);
        Assert.Equal(
            (run.Id, "c0ffee", "local"),
            (version!.Origin.RunId, version.Origin.Commit, version.Origin.Actor.Name)
        );
        Assert.Equal(run.Steps[0].Outputs[0].Artifact, version.Proposal.Artifact);
        var published = (await _world.EventsAsync("step.published", run.Id))[1];
        Assert.Equal(published.Position, Assert.Single(await _world.EventsAsync("model.registered")).Cause);

        passed = false;
        await DeployAsync(
            Manifests.Step("train") with
            {
                CodeDigest = "other",
            },
            register with
            {
                CodeDigest = "other",
            }
        );
        Assert.Equal(RunStates.Succeeded, (await RunAsync()).State);
        Assert.Single(await _world.EventsAsync("model.registered"));
        Assert.Single(await _world.EventsAsync("model.rejected"));
    }

    [Fact]
    public async Task A_run_takes_parameters_with_their_defaults_and_refuses_what_does_not_fit()
    {
        var step = Manifests.Step("load") with
        {
            Arguments = [new("days", null, "windowDays"), new("rate", Manifests.Json(0.5), null)],
        };
        var pipeline = Manifests.Pipeline("train", step) with
        {
            Parameters = [new("windowDays", "integer", Manifests.Json(1461))],
        };
        await _world.DeployAsync(_server, pipeline);

        await _server.FinishAsync((await _server.Runs.CreateAsync(PipelineWorld.Wish("train", ("windowDays", 7)))).Id);
        await RunAsync();

        Assert.Equal(["7", "1461"], _world.Executor.Calls.Select(call => call.Arguments["days"].GetRawText()));
        await RefusedAsync(
            PipelineWorld.Wish("train", ("window", 7)),
            "has no parameter 'window'. It takes windowDays."
        );
        await RefusedAsync(PipelineWorld.Wish("train", ("windowDays", "many")), "which is not of type integer");
        await RefusedAsync(PipelineWorld.Wish("tran"), "There is train in production.");
    }

    [Fact]
    public async Task A_run_pins_its_data_and_without_data_it_is_refused()
    {
        await DeployAsync(
            Manifests.Dataset("days", "station-days"),
            Manifests.ServingModel("champion", "station-demand"),
            Manifests.Step("train", "days", "champion")
        );
        await RefusedAsync(PipelineWorld.Wish("train"), "has no data in production");
        await PushAsync("a.csv", "date,rides\n2001-01-01,1\n2001-01-02,2\n");

        var run = await RunAsync();

        var days = run.Sources["days"];
        Assert.Equal((1L, 2L), (days.Version, days.Rows));
        Assert.Equal(days.Artifact, run.Steps[2].Inputs[0].Artifact);
        Assert.Equal(ArtifactTypes.None, run.Steps[2].Inputs[1].Artifact!.Type);
        Assert.Equal(
            "null",
            Encoding.UTF8.GetString(await _world.Kernel.Blobs.ReadAsync(run.Sources["champion"].Artifact.Digest))
        );
    }

    private Task DeployAsync(params NodeManifest[] nodes) =>
        _world.DeployAsync(_server, Manifests.Pipeline("train", nodes));

    private async Task<string> CreateAsync() => (await _server.Runs.CreateAsync(PipelineWorld.Wish("train"))).Id;

    private async Task<Run> RunAsync() => await _server.FinishAsync(await CreateAsync());

    private async Task FinishWithRetriesAsync(string id)
    {
        while ((await _server.Runs.GetAsync(id)).FinishedAt is null)
        {
            await _server.OrchestrateAsync();
            await _server.SettleAsync();
            _world.Kernel.Time.Advance(TimeSpan.FromSeconds(5));
        }
    }

    private async Task<ClaimedStep?> ClaimAsync()
    {
        var (step, run) = (await _server.Get<ReadySteps>().ReadAsync(1))[0];
        var plan = await _server.Get<StepPlanner>().DecideAsync(step, run, TestContext.Current.CancellationToken);
        return await _server.Get<StepClaims>().ClaimAsync((StepPlan)plan);
    }

    private async Task<StepEnd> EndAsync()
    {
        var blob = await _world.Kernel.Blobs.PutAsync(new MemoryStream("x"u8.ToArray()));
        var output = new StepOutput("value", new ArtifactRef(ArtifactTypes.Json, blob.Digest, blob.Size), null);
        return new StepEnd(StepOutcome.Succeeded, [output], new Dictionary<string, double>(), []);
    }

    private Task PushAsync(string file, string csv) =>
        _server
            .Get<Rondo.Datasets.DatasetStore>()
            .PushFileAsync(
                new(PipelineWorld.Project, PipelineWorld.Production, "station-days"),
                file,
                new MemoryStream(Encoding.UTF8.GetBytes(csv)),
                Actor.Local
            );

    private async Task RefusedAsync(NewRun wish, string because) =>
        Assert.Contains(
            because,
            (await Assert.ThrowsAsync<RondoException>(() => _server.Runs.CreateAsync(wish))).Message
        );
}
