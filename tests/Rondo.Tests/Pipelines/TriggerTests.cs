using System.Text;
using System.Text.Json;
using Rondo.Datasets;
using Rondo.Kernel;
using Rondo.Pipelines;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

public sealed class TriggerTests : IAsyncLifetime
{
    private static readonly long s_thirtyDays = (long)TimeSpan.FromDays(30).TotalMilliseconds;
    private PipelineWorld _world = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        _server = _world.Server();
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task An_alert_starts_a_run_that_keeps_the_alert_as_its_evidence_and_cause()
    {
        await DeployAsync(new TriggerManifest(TriggerKinds.Degraded, Endpoint: "demand"));
        var alert = await AlertAsync("quality", "2005-06-30");

        await _server.TriggerAsync();

        var run = await OnlyRunAsync();
        Assert.Equal((TriggerKinds.Degraded, "trigger:degraded"), (run.Trigger, run.Actor));
        Assert.Equal(3.5, run.Evidence.GetProperty("alert").GetProperty("value").GetDouble());
        Assert.Equal(alert, run.Evidence.GetProperty("eventPosition").GetInt64());
        Assert.Equal(new DateTimeOffset(2005, 6, 30, 0, 0, 0, TimeSpan.Zero), run.AsOf);
        var fired = Assert.Single(await _world.EventsAsync("trigger.fired"));
        Assert.Equal((alert, fired.Position), (fired.Cause, run.Cause));
        Assert.Equal(run.Id, fired.Data.GetProperty("runId").GetString());
        Assert.Contains("rmse of demand is 3.5, over its limit 2.5", fired.Data.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_signal_takes_effect_once_however_often_the_loop_turns()
    {
        await DeployAsync(new TriggerManifest(TriggerKinds.Drift, Endpoint: "demand"));
        await AlertAsync("drift", "2005-06-30");

        await _server.TriggerAsync();
        await _server.TriggerAsync();

        await OnlyRunAsync();
    }

    [Fact]
    public async Task An_alert_of_another_kind_or_endpoint_starts_nothing()
    {
        await DeployAsync(
            new TriggerManifest(TriggerKinds.Drift, Endpoint: "other"),
            new(TriggerKinds.Degraded, Endpoint: "other")
        );
        await AlertAsync("drift", "2005-06-30");
        await AlertAsync("quality", "2005-06-30");

        await _server.TriggerAsync();

        Assert.Empty((await _server.Runs.ListAsync(new RunFilter())).Items);
        Assert.Empty(await _world.EventsAsync("trigger.*"));
    }

    [Fact]
    public async Task While_a_run_is_under_way_no_other_is_started_and_the_reason_is_told()
    {
        await DeployAsync(new TriggerManifest(TriggerKinds.Degraded, Endpoint: "demand"));
        await AlertAsync("quality", "2005-06-30");
        await AlertAsync("quality", "2006-06-30");

        await _server.TriggerAsync();

        var run = await OnlyRunAsync();
        var skipped = Assert.Single(await _world.EventsAsync("trigger.skipped"));
        Assert.Contains($"run {run.Id} is under way", skipped.Data.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Cool_down_is_measured_in_the_time_of_the_data()
    {
        await DeployAsync(new TriggerManifest(TriggerKinds.Degraded, Endpoint: "demand"));
        foreach (var windowTo in new[] { "2005-06-30", "2005-07-14", "2005-07-30" })
        {
            await AlertAsync("quality", windowTo);
            await _server.TriggerAsync();
            await FinishAllAsync();
        }

        var skipped = Assert.Single(await _world.EventsAsync("trigger.skipped"));
        Assert.Contains("cool-down of 30 days", skipped.Data.GetProperty("reason").GetString());
        Assert.Contains("14 days have passed", skipped.Data.GetProperty("reason").GetString());
        Assert.Equal(2, (await _world.EventsAsync("trigger.fired")).Count);
    }

    [Fact]
    public async Task New_rows_are_counted_since_the_data_of_the_last_succeeded_run_and_fire_once_a_version()
    {
        await DeployAsync(new TriggerManifest(TriggerKinds.NewRows, Dataset: "days", Rows: 3));
        await PushAsync("1.csv", "2001-01-01", 2);
        await _server.TriggerAsync();
        Assert.Empty((await _server.Runs.ListAsync(new RunFilter())).Items);

        await PushAsync("2.csv", "2002-01-01", 1);
        await _server.TriggerAsync();
        await FinishAllAsync();
        var first = await OnlyRunAsync();
        Assert.Equal(2, first.Sources["days"].Version);
        Assert.Equal(3, first.Evidence.GetProperty("newRows").GetInt64());

        await PushAsync("3.csv", "2003-01-01", 2);
        await _server.TriggerAsync();
        await OnlyRunAsync();
        await PushAsync("4.csv", "2004-01-01", 1);
        await _server.TriggerAsync();
        Assert.Equal(2, (await _server.Runs.ListAsync(new RunFilter())).Items.Count);
        Assert.Equal(2, (await _world.EventsAsync("trigger.fired")).Count);
    }

    [Fact]
    public async Task Rows_that_came_while_a_run_was_under_way_are_looked_at_again_when_it_has_finished()
    {
        await DeployAsync(new TriggerManifest(TriggerKinds.NewRows, Dataset: "days", Rows: 3));
        await PushAsync("1.csv", "2001-01-01", 3);
        await _server.TriggerAsync();
        await PushAsync("2.csv", "2002-01-01", 5);
        await _server.TriggerAsync();
        var active = await OnlyRunAsync();

        await _server.FinishAsync(active.Id);
        await _server.TriggerAsync();

        var runs = (await _server.Runs.ListAsync(new RunFilter())).Items;
        Assert.Equal(2, runs.Count);
        Assert.Equal(2, (await _server.Runs.GetAsync(runs[0].Id)).Sources["days"].Version);
    }

    [Fact]
    public async Task A_run_that_was_stopped_does_not_count_for_cool_down_so_that_mended_data_is_taken_at_once()
    {
        await DeployAsync(new TriggerManifest(TriggerKinds.NewRows, Dataset: "days", Rows: 1));
        _world.Executor.Decide = _ => Script.Stop;
        await PushAsync("1.csv", "2001-01-01", 3);
        await _server.TriggerAsync();
        await FinishAllAsync();

        await PushAsync("1.csv", "2001-01-01", 4);
        await _server.TriggerAsync();

        Assert.Equal(2, (await _server.Runs.ListAsync(new RunFilter())).Items.Count);
    }

    [Fact]
    public async Task A_release_starts_a_run_where_there_is_data_and_is_skipped_with_the_reason_where_there_is_none()
    {
        await DeployAsync(new TriggerManifest(TriggerKinds.Release));
        var release = new
        {
            environment = "production",
            package = "p",
            commit = "c1",
        };
        await _world.AppendAsync("release.deployed", release with { environment = "test" });
        await _world.AppendAsync("release.deployed", release);
        await _server.TriggerAsync();
        var skipped = Assert.Single(await _world.EventsAsync("trigger.skipped"));
        Assert.Contains("has no data in production", skipped.Data.GetProperty("reason").GetString());

        await PushAsync("1.csv", "2001-01-01", 3);
        await _world.AppendAsync("release.deployed", release);
        await _server.TriggerAsync();

        Assert.Equal(TriggerKinds.Release, (await OnlyRunAsync()).Trigger);
    }

    [Fact]
    public async Task A_schedule_fires_in_its_own_time_zone_and_once_for_all_times_that_were_missed()
    {
        await DeployAsync(new TriggerManifest(TriggerKinds.Schedule, Cron: "0 3 * * *", TimeZone: "America/Chicago"));
        await PushAsync("1.csv", "2001-01-01", 3);
        _world.Kernel.Time.SetUtcNow(new DateTimeOffset(2024, 1, 1, 8, 59, 0, TimeSpan.Zero));
        await _server.TriggerAsync();
        Assert.Empty((await _server.Runs.ListAsync(new RunFilter())).Items);

        _world.Kernel.Time.SetUtcNow(new DateTimeOffset(2024, 4, 1, 12, 0, 0, TimeSpan.Zero));
        await _server.TriggerAsync();
        await _server.TriggerAsync();

        var run = await OnlyRunAsync();
        Assert.Equal("2024-04-01T08:00:00+00:00", run.Evidence.GetProperty("due").GetString());
        Assert.Equal(
            new DateTimeOffset(2024, 4, 2, 8, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds(),
            await _world.CountAsync("select next_at from pipelines_trigger")
        );
    }

    [Theory]
    [InlineData("schedule", "61 * * * *", null, "is not a cron line")]
    [InlineData("schedule", "0 3 * * *", "Chicago/Loop", "which does not exist")]
    [InlineData("sometimes", null, null, "a kind that this server does not know")]
    public async Task A_trigger_that_could_never_fire_is_refused_when_it_is_released(
        string kind,
        string? cron,
        string? zone,
        string because
    )
    {
        var refused = await Assert.ThrowsAsync<RondoException>(() =>
            DeployAsync(new TriggerManifest(kind, cron, zone))
        );

        Assert.Contains(because, refused.Message);
    }

    [Fact]
    public async Task Releasing_again_keeps_what_a_trigger_has_seen()
    {
        var trigger = new TriggerManifest(TriggerKinds.NewRows, Dataset: "days", Rows: 1);
        await DeployAsync(trigger);
        await PushAsync("1.csv", "2001-01-01", 3);
        await _server.TriggerAsync();
        _world.Executor.Decide = _ => Script.Fail;
        await FinishAllAsync();

        await DeployAsync(trigger);
        await _world.AppendAsync(
            "release.deployed",
            new
            {
                environment = "production",
                package = "p",
                commit = "c2",
            }
        );
        await _server.TriggerAsync();

        await OnlyRunAsync();
    }

    private Task DeployAsync(params TriggerManifest[] triggers) =>
        _world.DeployAsync(
            _server,
            Manifests.Pipeline("train", Manifests.Dataset("days", "days"), Manifests.Step("fit", "days")) with
            {
                Nodes = triggers.Any(t => t.Endpoint is not null)
                    ? [Manifests.Step("fit")]
                    : [Manifests.Dataset("days", "days"), Manifests.Step("fit", "days")],
                Triggers = triggers,
                CoolDownMs = s_thirtyDays,
            }
        );

    private Task<long> AlertAsync(string kind, string windowTo) =>
        _world.AppendAsync(
            "alert.raised",
            new
            {
                alertId = "alert_1",
                endpoint = "demand",
                kind,
                metric = "rmse",
                value = 3.5,
                limit = 2.5,
                windowFrom = "2005-04-01",
                windowTo,
            }
        );

    private Task PushAsync(string file, string from, int rows)
    {
        var first = DateOnly.Parse(from);
        var lines = Enumerable.Range(0, rows).Select(i => $"{first.AddDays(i):yyyy-MM-dd},{i}");
        var csv = "date,rides\n" + string.Join('\n', lines) + "\n";
        return _server
            .Get<DatasetStore>()
            .PushFileAsync(
                new(PipelineWorld.Project, PipelineWorld.Production, "days"),
                file,
                new MemoryStream(Encoding.UTF8.GetBytes(csv)),
                Actor.Local
            );
    }

    private async Task<Run> OnlyRunAsync() =>
        await _server.Runs.GetAsync(Assert.Single((await _server.Runs.ListAsync(new RunFilter())).Items).Id);

    private async Task FinishAllAsync()
    {
        foreach (var run in (await _server.Runs.ListAsync(new RunFilter())).Items)
        {
            await _server.FinishAsync(run.Id);
        }
    }
}
