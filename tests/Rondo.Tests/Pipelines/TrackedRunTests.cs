using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Data;
using Rondo.Datasets;
using Rondo.Kernel;
using Rondo.Mlflow.Wire;
using Rondo.Pipelines;
using Rondo.Registry;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Tracking;
using Rondo.Tracking.Experiments;
using RunSearch = Rondo.Tracking.Runs.RunSearch;
using TrackedRun = Rondo.Tracking.Runs.Run;
using TrackedRuns = Rondo.Tracking.Runs.RunStore;

namespace Rondo.Tests.Pipelines;

/// <summary>A run of a pipeline as a client of MLflow finds it.</summary>
public sealed class TrackedRunTests : IAsyncLifetime
{
    private PipelineWorld _world = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync(TrackingModule.Schema);
        _server = _world.Server(more: services => services.AddTracking().AddTrackedRuns());
        _world.Executor.Metrics = _ => new Dictionary<string, double> { ["rmse"] = 1.5, ["nan"] = double.NaN };
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R133")]
    public async Task A_run_is_there_while_it_runs_and_has_metrics_datasets_and_its_model_version_in_the_end()
    {
        await _server
            .Get<DatasetStore>()
            .PushFileAsync(
                new DatasetPlace(PipelineWorld.Project, PipelineWorld.Production, "days"),
                "days.csv",
                new MemoryStream(Encoding.UTF8.GetBytes("id\n1\n")),
                Actor.Local
            );
        var register = Manifests.Step("register", "fit") with
        {
            Outputs = [new PortManifest("proposal", ArtifactTypes.ModelProposal)],
        };
        await _world.DeployAsync(
            _server,
            Manifests.Pipeline("train", Manifests.Dataset("days", "days"), Manifests.Step("fit"), register)
        );
        _world.Executor.Ports = r =>
            r.NodeId == "register" ? register.Outputs : [new PortManifest("value", ArtifactTypes.Model)];
        _world.Executor.Content = (r, _) =>
            r.NodeId == "register" ? Proposals.Bytes(r.Inputs["in0"], passed: true) : null;

        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("train"));
        await TurnAsync();
        var begun = await FindAsync(run.Id);
        Assert.Equal("RUNNING", begun.Info.Status);

        await _server.FinishAsync(run.Id);
        await TurnAsync();

        var ended = await FindAsync(run.Id);
        Assert.Equal("FINISHED", ended.Info.Status);
        Assert.NotNull(ended.Info.EndedAt);
        var experiment = await _server.Get<ExperimentStore>().GetAsync(ended.Info.Experiment);
        Assert.Equal("transit/train", experiment.Name);
        Assert.Contains(ended.Metrics, metric => metric is { Key: "fit/rmse", Value: 1.5 });
        Assert.Contains(ended.Metrics, metric => metric.Key == "fit/nan" && double.IsNaN(metric.Value));
        var version = Assert.Single(await _server.Get<ModelRegistry>().OfRunAsync(run.Id));
        Assert.Contains(
            ended.Metrics,
            metric => metric.Key.StartsWith(version.Model + "/test/", StringComparison.Ordinal)
        );
        Assert.Equal(version.Id, Tag(ended, "rondo.model_versions"));
        Assert.Equal(run.Id, Tag(ended, "rondo.run"));
        Assert.Equal("c0ffee", Tag(ended, "mlflow.source.git.commit"));
        var dataset = Assert.Single(ended.Datasets).Dataset;
        Assert.Equal(("days", """{"uri":"rondo:/transit/production/days/1"}"""), (dataset.Name, dataset.Source));
        Assert.Equal(
            PlatformRuns.IdOf(run.Id),
            await _world.Kernel.Database.ReadAsync(async s =>
                await s.ScalarAsync<string>("select run_id from registry_entry where id = @Id", new { version.Id })
            )
        );
    }

    [Fact]
    [Trait("Requirement", "R9")]
    public async Task Each_trial_of_a_sweep_is_a_run_nested_in_that_of_its_pipeline()
    {
        var rank = Manifests.Step("tune.rank") with
        {
            Parent = "tune",
            Outputs = [new PortManifest("report", ArtifactTypes.SweepReport)],
        };
        await _world.DeployAsync(_server, Manifests.Pipeline("train", Manifests.Group("tune"), rank));
        _world.Executor.Ports = _ => rank.Outputs;
        _world.Executor.Content = (_, _) => JsonSerializer.SerializeToUtf8Bytes(Report(), RondoJson.Options);

        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("train"));
        await _server.FinishAsync(run.Id);
        await TurnAsync();

        var best = await FindAsync($"{run.Id}/tune/trial-2");
        Assert.Equal(("FINISHED", "tune/trial-2"), (best.Info.Status, best.Info.Name));
        Assert.Equal(PlatformRuns.IdOf(run.Id), Tag(best, "mlflow.parentRunId"));
        Assert.Equal("1", Tag(best, "rondo.sweep.place"));
        Assert.Equal(["rate=0.5", "trainer=boosted"], best.Params.Select(param => $"{param.Key}={param.Value}"));
        Assert.Contains(best.Metrics, metric => metric is { Key: "tune/value", Value: 0.9 });
        Assert.Contains(best.Metrics, metric => metric is { Key: "tune/reported", Value: 0.8, Step: 7 });
        Assert.Equal("KILLED", (await FindAsync($"{run.Id}/tune/trial-0")).Info.Status);
        var failed = await FindAsync($"{run.Id}/tune/trial-1");
        Assert.Equal(("FAILED", "It broke."), (failed.Info.Status, Tag(failed, "rondo.reason")));
        var (found, _) = await _server
            .Get<RunSearch>()
            .FindAsync(
                [best.Info.Experiment],
                new SearchQuery("metrics.`tune/value`.best > 0.5", [], ViewType.ActiveOnly, 10, null),
                (_, infos) => ValueTask.FromResult(infos)
            );
        Assert.Equal(best.Info.Id, Assert.Single(found!).Id);
    }

    [Fact]
    public async Task Two_sweeps_in_one_group_have_trials_of_their_own_and_a_step_that_passes_a_report_on_has_none()
    {
        NodeManifest[] steps =
        [
            .. new[] { "a", "b", "pass" }.Select(name =>
                Manifests.Step("tune." + name) with
                {
                    Parent = "tune",
                    Outputs = [new PortManifest("report", ArtifactTypes.SweepReport)],
                }
            ),
        ];
        await _world.DeployAsync(_server, Manifests.Pipeline("train", [Manifests.Group("tune"), .. steps]));
        _world.Executor.Ports = _ => steps[0].Outputs;
        _world.Executor.Content = (order, _) =>
            JsonSerializer.SerializeToUtf8Bytes(
                Report() with
                {
                    Goal = order.NodeId == "tune.b" ? SearchGoal.Minimize : SearchGoal.Maximize,
                },
                RondoJson.Options
            );

        var run = await _server.Runs.CreateAsync(PipelineWorld.Wish("train"));
        await _server.FinishAsync(run.Id);
        await TurnAsync();

        foreach (var name in new[] { "tune.a", "tune.b" })
        {
            Assert.Equal($"{name}/trial-2", (await FindAsync($"{run.Id}/{name}/trial-2")).Info.Name);
        }

        Assert.Null(await _server.Get<TrackedRuns>().FindAsync(PlatformRuns.IdOf($"{run.Id}/tune/trial-2")));
        Assert.Null(await _server.Get<TrackedRuns>().FindAsync(PlatformRuns.IdOf($"{run.Id}/tune.pass/trial-2")));
    }

    [Fact]
    public async Task A_run_that_fails_and_one_that_is_called_off_say_so()
    {
        await _world.DeployAsync(_server, Manifests.Pipeline("train", Manifests.Step("fit")));
        _world.Executor.Decide = _ => Script.Fail;

        var failed = await _server.Runs.CreateAsync(PipelineWorld.Wish("train"));
        await _server.FinishAsync(failed.Id);
        var cancelled = await _server.Runs.CreateAsync(PipelineWorld.Wish("train"));
        await _server.Runs.CancelAsync(cancelled.Id, Actor.Local);
        await TurnAsync();

        Assert.Equal("FAILED", (await FindAsync(failed.Id)).Info.Status);
        Assert.Equal("KILLED", (await FindAsync(cancelled.Id)).Info.Status);
        Assert.NotNull(Tag(await FindAsync(failed.Id), "rondo.reason"));
    }

    [Fact]
    public async Task Where_the_experiment_was_deleted_the_pipeline_runs_on_and_nothing_is_written()
    {
        await _world.DeployAsync(_server, Manifests.Pipeline("train", Manifests.Step("fit")));
        var first = await _server.Runs.CreateAsync(PipelineWorld.Wish("train"));
        await _server.FinishAsync(first.Id);
        await TurnAsync();
        var experiments = _server.Get<ExperimentStore>();
        await experiments.DeleteAsync((await experiments.GetByNameAsync("transit/train")).Id, Actor.Local);

        var second = await _server.Runs.CreateAsync(PipelineWorld.Wish("train"));
        Assert.Equal(RunStates.Succeeded, (await _server.FinishAsync(second.Id)).State);
        await TurnAsync();

        Assert.Null(await _server.Get<TrackedRuns>().FindAsync(PlatformRuns.IdOf(second.Id)));
        Assert.Empty(await _world.EventsAsync("subscriber.gaveup"));
    }

    private static SweepReport Report()
    {
        var better = new ParameterValues(
            new Dictionary<string, JsonElement>(StringComparer.Ordinal)
            {
                ["trainer"] = JsonSerializer.SerializeToElement("boosted"),
                ["rate"] = JsonSerializer.SerializeToElement(0.5),
            }
        );
        var none = new ParameterValues(new Dictionary<string, JsonElement>(StringComparer.Ordinal));
        return new SweepReport(
            SearchGoal.Maximize,
            [
                new TrialRecord(2, 0, better, 0.9, TrialState.Completed) { Reported = [new(3, 0.7), new(7, 0.8)] },
                new TrialRecord(0, 0, none, 0.4, TrialState.Stopped),
                new TrialRecord(1, 0, none, null, TrialState.Failed) { Note = "It broke." },
            ],
            [],
            []
        );
    }

    private Task TurnAsync() => _server.TurnAsync("subscriber.pipelines.tracked");

    private Task<TrackedRun> FindAsync(string run) => _server.Get<TrackedRuns>().GetAsync(PlatformRuns.IdOf(run));

    private static string? Tag(TrackedRun run, string key) => run.Tags.SingleOrDefault(tag => tag.Key == key)?.Value;
}
