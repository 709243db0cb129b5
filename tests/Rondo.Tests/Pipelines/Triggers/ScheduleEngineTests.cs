using Rondo.Pipelines;
using Rondo.Pipelines.Triggers;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>Schedules as the server keeps them. The clock stands at 2024-01-01 00:00 when a test begins.</summary>
[Trait("Requirement", "R84")]
public sealed class ScheduleEngineTests : IAsyncLifetime
{
    private TriggerScene _scene = null!;

    public async ValueTask InitializeAsync() => _scene = await TriggerScene.StartAsync();

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task With_all_a_server_that_was_down_makes_one_run_for_each_missed_time_oldest_first_and_one_at_a_time()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily(catchUp: "all")));

        for (var round = 0; round < 6; round++)
        {
            await _scene.LookAsync("2024-01-04 12:00");
            Assert.InRange((await _scene.RunsAsync()).Count(run => run.FinishedAt is null), 0, 1);
            await _scene.FinishAsync();
        }

        Assert.Equal(["01-01 03:00", "01-02 03:00", "01-03 03:00", "01-04 03:00"], await _scene.DueAsync());
        Assert.All(
            await _scene.RunsAsync(),
            run => Assert.Equal(run.Evidence.GetProperty("due").GetDateTimeOffset(), run.AsOf)
        );
        Assert.Empty(await _scene.SkippedAsync());
    }

    [Fact]
    public async Task With_all_and_queue_every_missed_time_waits_in_the_queue_at_once()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily(catchUp: "all", overlap: "queue")));

        await _scene.LookAsync("2024-01-04 12:00");

        Assert.Equal(
            [RunStates.Created, RunStates.Queued, RunStates.Queued, RunStates.Queued],
            (await _scene.RunsAsync()).Select(run => run.State)
        );
        await _scene.FinishAsync();
        Assert.All(await _scene.RunsAsync(), run => Assert.Equal(RunStates.Succeeded, run.State));
    }

    [Fact]
    public async Task Of_more_times_than_are_made_up_for_the_oldest_are_lost_and_the_log_says_so()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily(catchUp: "all")));

        await _scene.LookAsync("2024-04-14 12:00");

        Assert.Equal(["01-06 03:00"], await _scene.DueAsync());
        Assert.Contains(
            "5 earlier times since 2024-01-01 03:00 UTC missed",
            Assert.Single(await _scene.SkippedAsync())
        );
    }

    [Fact]
    public async Task With_latest_one_run_stands_for_all_missed_times_and_says_how_many()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily()));

        await _scene.LookAsync("2024-01-04 12:00");
        await _scene.FinishAsync();
        await _scene.LookAsync();

        var run = await _scene.OnlyRunAsync();
        Assert.Equal("2024-01-04T03:00:00+00:00", run.Evidence.GetProperty("due").GetString());
        Assert.Equal(3, run.Evidence.GetProperty("missed").GetInt32());
        Assert.Empty(await _scene.SkippedAsync());
    }

    [Fact]
    public async Task With_none_missed_times_are_lost_and_the_log_says_so()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily(catchUp: "none")));

        await _scene.LookAsync("2024-01-04 12:00");
        await _scene.LookAsync("2024-01-05 03:00:10");

        Assert.Equal(["01-05 03:00"], await _scene.DueAsync());
        Assert.Contains("4 earlier times", Assert.Single(await _scene.SkippedAsync()));
    }

    [Fact]
    public async Task While_a_run_is_under_way_skip_starts_none_and_says_why()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily()));
        await _scene.LookAsync("2024-01-01 03:00");

        await _scene.LookAsync("2024-01-02 03:00");

        var run = await _scene.OnlyRunAsync();
        Assert.Contains($"run {run.Id} is under way", Assert.Single(await _scene.SkippedAsync()));
        var view = await _scene.ViewAsync();
        Assert.Equal(run.Id, view.LastFired!.RunId);
        Assert.Contains(run.Id, view.LastSkipped!.Reason);
    }

    [Fact]
    public async Task As_many_runs_as_the_pipeline_allows_are_under_way_before_skip_holds_back()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily()) with { RunsMax = 2 });

        foreach (var day in new[] { "01", "02", "03" })
        {
            await _scene.LookAsync($"2024-01-{day} 03:00");
        }

        Assert.Equal(2, (await _scene.RunsAsync()).Count);
        Assert.Contains("2 runs are under way", Assert.Single(await _scene.SkippedAsync()));
    }

    [Fact]
    public async Task With_cancel_previous_the_newest_run_takes_the_place_of_the_one_under_way()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily(overlap: "cancel-previous")));
        await _scene.LookAsync("2024-01-01 03:00");

        await _scene.LookAsync("2024-01-02 03:00");

        Assert.Equal([RunStates.Cancelled, RunStates.Created], (await _scene.RunsAsync()).Select(run => run.State));
        Assert.Empty(await _scene.SkippedAsync());
    }

    [Fact]
    public async Task A_clock_that_goes_back_fires_no_time_twice()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily()));
        await _scene.LookAsync("2024-01-01 03:00:10");
        await _scene.FinishAsync();

        await _scene.LookAsync("2024-01-01 02:59");
        await _scene.LookAsync("2024-01-01 03:00:05");
        await _scene.LookAsync("2024-01-01 03:01");

        Assert.Equal(["01-01 03:00"], await _scene.DueAsync());
        Assert.Empty(await _scene.SkippedAsync());
    }

    [Fact]
    public async Task A_clock_that_went_a_year_ahead_and_was_set_right_keeps_no_schedule_waiting_for_that_year()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily()));
        await _scene.LookAsync("2025-01-01 12:00");
        await _scene.FinishAsync();

        await _scene.LookAsync("2024-01-01 12:00");
        Assert.Equal("2024-01-02T03:00", $"{(await _scene.ViewAsync()).NextAt:yyyy-MM-ddTHH:mm}");
        await _scene.LookAsync("2024-01-02 03:00");
        await _scene.FinishAsync();

        Assert.Equal(["01-01 03:00", "01-02 03:00"], await _scene.DueAsync());
        Assert.Equal([2025, 2024], (await _scene.RunsAsync()).Select(run => run.AsOf!.Value.Year));
    }

    [Fact]
    public async Task A_release_that_leaves_a_schedule_as_it_is_keeps_its_mark_and_one_that_changes_it_starts_anew_from_now()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily(), Daily("0 4 * * *")));
        _scene.Set("2024-01-03 12:00");

        await _scene.DeployAsync(TriggerScene.Pipeline(Daily("0 5 * * *"), Daily()));
        await _scene.LookAsync();

        Assert.Equal(["01-03 03:00"], await _scene.DueAsync());
        Assert.Equal("01-04 05:00", $"{(await _scene.ViewAsync()).NextAt:MM-dd HH:mm}");
        Assert.Equal("01-04 03:00", $"{(await _scene.ViewAsync(2)).NextAt:MM-dd HH:mm}");
    }

    [Fact]
    public async Task A_paused_schedule_starts_nothing_survives_a_release_and_goes_on_from_when_it_is_resumed()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily(catchUp: "all")));
        await _scene.PauseAsync(1);
        await _scene.PauseAsync(1);
        await _scene.LookAsync("2024-01-02 12:00");
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily(catchUp: "all")));
        await _scene.LookAsync("2024-01-03 12:00");

        var paused = await _scene.ViewAsync();
        await _scene.ResumeAsync(1);
        await _scene.LookAsync("2024-01-04 03:00");

        Assert.Equal(
            ("user:ada", "holidays", false),
            (paused.Paused!.By, paused.Paused.Reason, paused.Paused.WholePipeline)
        );
        Assert.Null(paused.NextAt);
        Assert.Equal(["01-04 03:00"], await _scene.DueAsync());
        Assert.Equal(
            ["trigger.paused", "trigger.resumed"],
            (await _scene.World.EventsAsync(subject: TriggerScene.Train))
                .Select(e => e.Type)
                .Where(t => t != "trigger.fired")
        );
        Assert.All(await _scene.World.EventsAsync("trigger.paused"), e => Assert.Equal("user:ada", e.Actor));
    }

    [Fact]
    public async Task A_pause_goes_on_to_what_a_release_makes_of_the_trigger_and_a_paused_pipeline_pauses_new_ones()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily()));
        await _scene.PauseAsync(1);
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily("0 4 * * *"), Daily("0 5 * * *")));
        Assert.NotNull((await _scene.ViewAsync(1)).Paused);
        Assert.Null((await _scene.ViewAsync(2)).Paused);

        await _scene.PauseAsync();
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily("0 4 * * *"), Daily("0 6 * * *")));
        await _scene.LookAsync("2024-01-03 12:00");
        var whole = await _scene.ViewAsync(2);
        var refused = await Assert.ThrowsAsync<RondoException>(() => _scene.ResumeAsync(2));
        await _scene.ResumeAsync();

        Assert.True(whole.Paused!.WholePipeline);
        Assert.Contains("rondo triggers resume train", refused.Message);
        Assert.Empty(await _scene.RunsAsync());
        Assert.Null((await _scene.ViewAsync(1)).Paused);
        Assert.Equal("01-04 04:00", $"{(await _scene.ViewAsync(1)).NextAt:MM-dd HH:mm}");
    }

    [Fact]
    public async Task A_paused_schedule_stays_silent_when_the_clock_goes_back()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily()));
        _scene.Set("2024-01-02 12:00");
        await _scene.PauseAsync();
        await _scene.LookAsync("2024-01-01 12:00");
        await _scene.LookAsync("2024-01-05 12:00");

        Assert.Empty(await _scene.RunsAsync());
    }

    [Theory]
    [InlineData(null, "has no trigger 3; they have the numbers 1 to 1")]
    [InlineData("other", "has triggers in production")]
    public async Task Pausing_what_is_not_there_says_what_is(string? pipeline, string because)
    {
        await _scene.DeployAsync(TriggerScene.Pipeline(Daily()));

        var refused = await Assert.ThrowsAsync<RondoException>(() =>
            _scene
                .Server.Get<TriggerPauses>()
                .PauseAsync(
                    new TriggerChoice(PipelineWorld.Project, pipeline ?? TriggerScene.Train, 3),
                    null,
                    Rondo.Kernel.Actor.Local
                )
        );

        Assert.Contains(because, refused.Message);
    }

    [Fact]
    public async Task A_schedule_of_a_partitioned_pipeline_runs_the_newest_partition_that_was_complete_at_its_time()
    {
        await _scene.DeployAsync(
            TriggerScene.Pipeline(Daily(catchUp: "all", overlap: "queue")) with
            {
                RunsMax = 10,
                Partitions = new PartitionsManifest("daily", "2023-12-01", "America/Chicago", null),
            }
        );

        await _scene.LookAsync("2024-01-03 12:00");

        // At 03:00 UTC it is still the day before in Chicago.
        Assert.Equal(
            ["2023-12-30", "2023-12-31", "2024-01-01"],
            (await _scene.RunsAsync()).Select(run => run.Partition)
        );
    }

    [Fact]
    public async Task Where_no_partition_is_complete_yet_the_schedule_says_so()
    {
        await _scene.DeployAsync(
            TriggerScene.Pipeline(Daily()) with
            {
                Partitions = new PartitionsManifest("monthly", "2024-01-01", null, null),
            }
        );

        await _scene.LookAsync("2024-01-03 12:00");

        Assert.Contains("No partition of pipeline 'train' is complete yet", Assert.Single(await _scene.SkippedAsync()));
    }

    private static TriggerManifest Daily(string cron = "0 3 * * *", string? catchUp = null, string? overlap = null) =>
        new(TriggerKinds.Schedule, cron) { CatchUp = catchUp, Overlap = overlap };
}
