using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Pipelines;
using Rondo.Pipelines.Executors;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Tests.Sdk;
using Rondo.Tests.Sdk.Tuning;
using static Rondo.Sdk.Duration;

namespace Rondo.Tests.Pipelines;

/// <summary>Trials of a sweep that fail on a server: four of them, of which the two at the higher rate do not converge.</summary>
[Trait("Requirement", "R9")]
public sealed class SoftFailureTests : IAsyncLifetime
{
    private const string Failing = "search.round-1.1.fit-or-fail";
    private const string NotConverged = "System.InvalidOperationException";

    private PipelineWorld _world = null!;

    public async ValueTask InitializeAsync() => _world = await PipelineWorld.StartAsync();

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task A_trial_fails_after_its_retries_and_the_run_goes_on_with_the_others()
    {
        var (server, _) = await ServerAsync(Swept(fit => fit.Attempts(2)));

        var run = await RunAsync(server);

        Assert.True(run.State == RunStates.Succeeded, run.Reason);
        Assert.Equal([StepStates.Failed, StepStates.Succeeded], States(run, Failing));
        Assert.Contains("the run goes on without it: it does not converge", Step(run, Failing).Message);
        Assert.All(Step(run, Failing).Outputs, output => Assert.Equal(ArtifactTypes.None, output.Artifact.Type));
        var report = await ReportAsync(run);
        Assert.Equal([1, 3], report.Trials.Where(trial => trial.State == TrialState.Failed).Select(t => t.Number));
        Assert.Equal(4, report.Trials.Count);
    }

    [Fact]
    public async Task An_attempt_that_was_lost_takes_none_of_a_trials_retries()
    {
        var (server, executor) = await ServerAsync(Swept(fit => fit.Attempts(2)));
        executor.IsLost = request => request is { NodeId: Failing, Attempt: 1 };

        var run = await RunAsync(server);

        Assert.True(run.State == RunStates.Succeeded, run.Reason);
        Assert.Equal([AttemptStates.Lost, StepStates.Failed, StepStates.Succeeded], States(run, Failing));
        Assert.Equal(
            [null, NotConverged, NotConverged],
            Step(run, Failing).Attempts.Select(attempt => attempt.ErrorType)
        );
    }

    [Fact]
    public async Task A_trial_that_is_tried_again_for_a_time_fails_when_that_is_over()
    {
        var retry = Retry.On<InvalidOperationException>(every: Minutes(1), within: Minutes(2));
        var (server, _) = await ServerAsync(Swept(fit => fit.Retry(retry)));

        var run = await RunAsync(server);

        Assert.True(run.State == RunStates.Succeeded, run.Reason);
        Assert.Equal([StepStates.Failed, StepStates.Failed, StepStates.Succeeded], States(run, Failing));
    }

    [Fact]
    public async Task A_failed_trial_is_computed_again_by_the_next_run_and_the_others_are_reused()
    {
        var (server, executor) = await ServerAsync(Swept(fit => fit));
        await RunAsync(server);
        executor.Calls.Clear();

        var again = await RunAsync(server);

        Assert.True(again.State == RunStates.Succeeded, again.Reason);
        Assert.Equal([1, 3], Computed(executor));
        Assert.True(Step(again, "search.round-1.0.fit-or-fail").Reused);
        Assert.Equal(2, (await ReportAsync(again)).Trials.Count(trial => trial.State == TrialState.Failed));
    }

    [Fact]
    public async Task A_failed_trial_is_computed_again_where_its_run_is_resumed()
    {
        var (server, executor) = await ServerAsync(Swept(fit => fit.Uncached(), thenFails: true));
        var failed = await RunAsync(server);
        Assert.Equal((RunStates.Failed, "trouble"), (failed.State, failed.FailedNode));
        executor.Calls.Clear();

        var resumed = await FinishAsync(server, (await server.Runs.ResumeAsync(failed.Id, Actor.Local)).Id);

        Assert.Equal("trouble", resumed.FailedNode);
        Assert.Equal([1, 3], Computed(executor));
        Assert.Equal(StepDecisions.Resumed, Step(resumed, "search.round-1.0.fit-or-fail").Decision);
        Assert.Contains("it does not converge", Step(resumed, Failing).Message);
    }

    [Theory]
    [InlineData((int)Script.FailSoftly, true)]
    [InlineData((int)Script.Fail, true)]
    [InlineData((int)Script.Succeed, false)]
    public async Task A_failure_is_not_blamed_on_the_step_while_nobody_can_write(int script, bool isBegunAgain)
    {
        using var folder = new TestFolder();
        var inner = new ScriptedExecutor { Decide = _ => (Script)script };
        var paths = new ServerPaths(folder.Of("data"), "");
        var guard = new StorageGuard(inner, new AttemptStorage(paths, _world.Kernel.Blobs, _world.Kernel.Time));
        var attempt = Attempt(Directory.CreateDirectory(folder.Of("attempt")).FullName);

        var before = await guard.RunAsync(attempt, new NoLog(), default);
        // A file stands where the folder should.
        Directory.CreateDirectory(paths.StagingFolder);
        Directory.Delete(paths.StagingFolder);
        await File.WriteAllTextAsync(paths.StagingFolder, "");

        Assert.Equal((Script)script == Script.Fail ? StepOutcome.Failed : StepOutcome.Succeeded, before.Outcome);
        if (isBegunAgain)
        {
            await Assert.ThrowsAsync<StorageException>(() => guard.RunAsync(attempt, new NoLog(), default));
        }
        else
        {
            Assert.Equal(StepOutcome.Succeeded, (await guard.RunAsync(attempt, new NoLog(), default)).Outcome);
        }
    }

    private static MlApp Swept(Func<Ref<TunedModel>, Ref<TunedModel>> change, bool thenFails = false)
    {
        var space = new SearchSpace();
        space.OneOf("trainer", "linear", "boosted");
        space.Uniform("rate", 0, 1);
        return Ship.With(g =>
        {
            var sweep = g.Sweep("search", space, Search.Grid(points: 2))
                .Trials(trial => g.ErrorOf(change(g.FitOrFail(trial.Parameters, 0.5))));
            if (thenFails)
            {
                g.Trouble(g.Start(1)).After(sweep.Best);
            }
        });
    }

    private async Task<(TestServer Server, AppExecutor Executor)> ServerAsync(MlApp app)
    {
        var executor = new AppExecutor(app, _world.Kernel.Time);
        var server = _world.Server(executor: executor);
        await _world.DeployAsync(server, [.. app.ToManifest().Pipelines]);
        return (server, executor);
    }

    private async Task<Run> RunAsync(TestServer server) =>
        await FinishAsync(server, (await server.Runs.CreateAsync(PipelineWorld.Wish("sail"))).Id);

    // Waits pass, and so do the leases of attempts that were lost.
    private async Task<Run> FinishAsync(TestServer server, string id)
    {
        for (var round = 0; round < 1000; round++)
        {
            var run = await server.Runs.GetAsync(id);
            if (run.FinishedAt is not null)
            {
                return run;
            }
            await server.OrchestrateAsync();
            await server.SettleAsync();
            _world.Kernel.Time.Advance(TimeSpan.FromSeconds(30));
            await server.ReapAsync();
        }
        throw new InvalidOperationException("The run does not end.");
    }

    private async Task<SweepReport> ReportAsync(Run run)
    {
        var report = Step(run, "search.rank").Outputs.Single(output => output.Port == "report");
        Assert.Equal(ArtifactTypes.SweepReport, report.Artifact.Type);
        var bytes = await _world.Kernel.Blobs.ReadAsync(report.Artifact.Digest);
        return JsonSerializer.Deserialize<SweepReport>(bytes, RondoJson.Options)!;
    }

    private static RunStep Step(Run run, string node) => run.Steps.Single(step => step.NodeId == node);

    private static IEnumerable<string> States(Run run, string node) =>
        Step(run, node).Attempts.Select(attempt => attempt.State);

    /// <summary>Of which trials the model was fitted.</summary>
    private static IEnumerable<int> Computed(AppExecutor executor) =>
        executor
            .Calls.Where(call => call.Template == "search.round-1.fit-or-fail")
            .Select(call => int.Parse(call.NodeId.Split('.')[2]))
            .Order();

    private StepAttempt Attempt(string staging) =>
        new(
            new StepRequest(
                "run_1",
                PipelineWorld.Project,
                PipelineWorld.Production,
                "sail",
                "fit",
                1,
                1,
                _world.Kernel.Blobs.Root,
                staging,
                new Dictionary<string, ArtifactRef>(),
                new Dictionary<string, JsonElement>(),
                Seed: 1,
                Threads: 1,
                TimeoutMs: 60_000
            ),
            new string('a', 64)
        );

    private sealed class NoLog : IAttemptLog
    {
        public void Write(string stream, string text) { }
    }
}
