using System.Net;
using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Tracking;
using Rondo.Tracking.Removing;

namespace Rondo.Tests.Tracking;

/// <summary>What is done to runs and logged models between their being found and their being removed for good.</summary>
public sealed class RemovalRaceTests : IAsyncLifetime
{
    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync() => _server = await TrackingHarness.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_run_that_is_restored_and_deleted_again_while_it_is_removed_is_there_as_long_as_any()
    {
        var run = await _server.NewRunAsync();
        await _server.PostAsync("runs/delete", new { run_id = run });
        var before = _server.Kernel.Time.GetUtcNow();
        _server.Kernel.Time.Advance(TimeSpan.FromDays(1));
        var between = new Between(async () =>
        {
            await _server.PostAsync("runs/restore", new { run_id = run });
            await _server.PostAsync("runs/delete", new { run_id = run });
        });

        Assert.Equal(0, (await RemoveAsync(before, between)).Runs);
        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync("GET", $"runs/get?run_id={run}")).Status);
        Assert.Equal(1, (await RemoveAsync(_server.Kernel.Time.GetUtcNow())).Runs);
    }

    [Fact]
    public async Task A_logged_model_that_comes_back_and_goes_with_its_experiment_while_it_is_removed_is_there_as_long_as_any()
    {
        var experiment = (await _server.PostAsync("experiments/create", new { name = "trial" }))
            .GetProperty("experiment_id")
            .GetString();
        await _server.PostAsync("logged-models", new { experiment_id = experiment, name = "line" });
        await _server.PostAsync("experiments/delete", new { experiment_id = experiment });
        var before = _server.Kernel.Time.GetUtcNow();
        _server.Kernel.Time.Advance(TimeSpan.FromDays(1));
        var between = new Between(async () =>
        {
            await _server.PostAsync("experiments/restore", new { experiment_id = experiment });
            await _server.PostAsync("experiments/delete", new { experiment_id = experiment });
        });

        var report = await RemoveAsync(before, between);

        Assert.Equal((0L, 0L), (report.Models, report.Experiments));
        Assert.Equal(1, (await RemoveAsync(_server.Kernel.Time.GetUtcNow())).Models);
    }

    [Fact]
    public async Task A_version_that_is_registered_from_a_run_while_it_is_removed_keeps_it()
    {
        var run = await _server.NewRunAsync();
        await _server.PostAsync("runs/delete", new { run_id = run });
        await _server.PostAsync("registered-models/create", new { name = "late" });
        var between = new Between(() =>
            _server.PostAsync(
                "model-versions/create",
                new { name = "late", source = $"mlflow-artifacts:/0/{run}/artifacts/model" }
            )
        );

        var report = await new DeletedRemoval(
            _server.Kernel.Database,
            [.. _server.Get<IEnumerable<IArtifactHold>>(), between],
            _server.Get<ExperimentRemoval>(),
            _server.Get<RemovedFiles>(),
            _server.Kernel.Log
        ).RemoveAsync(_server.Kernel.Time.GetUtcNow(), dryRun: false, Actor.Local, CancellationToken.None);

        Assert.Equal(0, report.Runs);
        Assert.Equal(run, Assert.Single(report.Held).Id);
        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync("GET", $"runs/get?run_id={run}")).Status);
    }

    [Fact]
    public async Task What_was_removed_is_in_the_log_also_where_who_asked_for_it_went_away()
    {
        var run = await _server.NewRunAsync();
        await _server.PostAsync("runs/delete", new { run_id = run });
        using var away = new CancellationTokenSource();
        var between = new Between(away.CancelAsync);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            RemoveAsync(_server.Kernel.Time.GetUtcNow(), between, away.Token)
        );

        Assert.Equal(HttpStatusCode.NotFound, (await _server.SendAsync("GET", $"runs/get?run_id={run}")).Status);
        Assert.Equal([new TrackingRemovedEvent(1, 0, 0)], await RemovedAsync());
    }

    [Fact]
    public async Task The_log_has_all_that_was_removed_and_nothing_of_what_was_not()
    {
        var experiment = (await _server.PostAsync("experiments/create", new { name = "trial" }))
            .GetProperty("experiment_id")
            .GetString()!;
        await _server.NewRunAsync(experiment: experiment);
        await _server.PostAsync("logged-models", new { experiment_id = experiment, name = "line" });
        await _server.PostAsync("experiments/delete", new { experiment_id = experiment });

        await RemoveAsync(_server.Kernel.Time.GetUtcNow());
        await RemoveAsync(_server.Kernel.Time.GetUtcNow());

        Assert.Equal(
            [new TrackingRemovedEvent(1, 0, 0), new TrackingRemovedEvent(0, 1, 0), new TrackingRemovedEvent(0, 0, 1)],
            await RemovedAsync()
        );
    }

    [Fact]
    public async Task Runs_of_many_points_go_in_several_transactions()
    {
        foreach (var name in new[] { "a", "b", "c" })
        {
            var run = await _server.NewRunAsync(name);
            for (var batch = 0; batch < (name == "c" ? 0 : 101); batch++)
            {
                await _server.PostAsync(
                    "runs/log-batch",
                    new
                    {
                        run_id = run,
                        metrics = Enumerable
                            .Range(batch * 1000, 1000)
                            .Select(step => new
                            {
                                key = "m",
                                value = 1,
                                timestamp = 1,
                                step,
                            }),
                    }
                );
            }

            await _server.PostAsync("runs/delete", new { run_id = run });
        }

        Assert.Equal(3, (await RemoveAsync(_server.Kernel.Time.GetUtcNow())).Runs);

        var told = (await RemovedAsync()).Select(removed => removed!.Runs).ToList();
        Assert.Equal(3, told.Sum());
        Assert.InRange(told.Count, 2, 3);
        Assert.Equal(0, await _server.CountAsync("select count(*) from tracking_metric_pack"));
    }

    private async Task<IEnumerable<TrackingRemovedEvent?>> RemovedAsync() =>
        (await _server.Kernel.Log.ReadAsync(0, 1000, new EventFilter(Type: TrackingRemovedEvent.Type))).Select(e =>
            e.Data.Deserialize<TrackingRemovedEvent>(RondoJson.Options)
        );

    private Task<RemovalReport> RemoveAsync(
        DateTimeOffset before,
        IArtifactHold? hold = null,
        CancellationToken cancellation = default
    ) =>
        new DeletedRemoval(
            _server.Kernel.Database,
            hold is null ? [] : [hold],
            _server.Get<ExperimentRemoval>(),
            _server.Get<RemovedFiles>(),
            _server.Kernel.Log
        ).RemoveAsync(before, dryRun: false, Actor.Local, cancellation);

    /// <summary>Needs nothing; it is asked once something was found, and lets others go first then.</summary>
    private sealed class Between(Func<Task> others) : IArtifactHold
    {
        private bool _done;

        public Task PrepareAsync(CancellationToken cancellation) => Task.CompletedTask;

        public async ValueTask<IReadOnlyDictionary<string, string>> HeldAsync(
            Session session,
            IReadOnlyList<LoggedFiles> logged
        )
        {
            // The second time it is asked within the removal, when nobody else writes.
            if (!_done)
            {
                _done = true;
                await others();
            }

            return new Dictionary<string, string>(StringComparer.Ordinal);
        }
    }
}
