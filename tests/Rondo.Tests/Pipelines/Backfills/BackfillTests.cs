using Rondo.Kernel;
using Rondo.Pipelines;
using Rondo.Pipelines.Backfills;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>Runs for a range of partitions: so many at once, each once, and refused early where they cannot be.</summary>
public sealed class BackfillTests : IAsyncLifetime
{
    private TriggerScene _scene = null!;

    public async ValueTask InitializeAsync()
    {
        _scene = await TriggerScene.StartAsync();
        await _scene.DeployAsync(
            TriggerScene.Pipeline() with
            {
                Partitions = new PartitionsManifest("daily", "2023-12-01", null, null),
                Priority = 5,
            }
        );
    }

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    [Fact]
    public async Task Every_partition_of_the_range_is_run_once_oldest_first_and_so_many_at_once()
    {
        var id = (await CreateAsync("2023-12-02", "2023-12-08", parallel: 3)).Id;
        var underWayMost = 0;
        for (var round = 0; round < 20; round++)
        {
            await _scene.FillAsync();
            underWayMost = Math.Max(underWayMost, (await _scene.RunsAsync()).Count(run => run.FinishedAt is null));
            await _scene.Server.OrchestrateAsync();
            await _scene.Server.SettleAsync();
        }

        var backfill = await GetAsync(id);
        var runs = await _scene.RunsAsync();
        Assert.Equal((BackfillStates.Succeeded, 7), (backfill.State, backfill.Partitions["succeeded"]));
        Assert.Equal(3, underWayMost);
        Assert.Equal(Enumerable.Range(2, 7).Select(day => $"2023-12-0{day}"), runs.Select(run => run.Partition));
        Assert.All(
            runs,
            run =>
            {
                Assert.Equal((TriggerKinds.Backfill, id, "user:ada"), (run.Trigger, run.Backfill, run.Actor));
                Assert.Equal(-5, run.Priority);
                Assert.Equal($"{run.Partition}", $"{run.AsOf!.Value.AddDays(-1):yyyy-MM-dd}");
                Assert.Equal(run.Partition, run.Evidence.GetProperty("partition").GetString());
            }
        );
        Assert.Equal(
            ["backfill.created", "backfill.finished"],
            (await _scene.World.EventsAsync(subject: id)).Select(e => e.Type)
        );
    }

    [Theory]
    [InlineData("missing", new[] { "2023-12-03", "2023-12-05" })]
    [InlineData("failed", new[] { "2023-12-02" })]
    [InlineData("all", new[] { "2023-12-01", "2023-12-02", "2023-12-03", "2023-12-04", "2023-12-05" })]
    public async Task Only_those_are_run_that_are_asked_for(string only, string[] expected)
    {
        await RunAsync("2023-12-01", Script.Succeed);
        await RunAsync("2023-12-02", Script.Fail);
        var cancelled = await _scene.Server.Runs.CreateAsync(Wish("2023-12-03"));
        await _scene.Server.Runs.CancelAsync(cancelled.Id, Actor.Local);
        await RunAsync("2023-12-04", Script.Fail);
        await RunAsync("2023-12-04", Script.Succeed);

        var backfill = await CreateAsync("2023-12-01", "2023-12-05", only: only);

        var chosen = await Store.PartitionsAsync(backfill.Id, null, null, null);
        Assert.Equal(expected, chosen.Items.Select(item => item.Key));
        Assert.Equal(expected.Length, backfill.Total);
    }

    [Fact]
    public async Task A_backfill_goes_on_when_a_run_fails_and_then_has_failed()
    {
        _scene.World.Executor.Decide = _ => Script.Fail;
        var id = (await CreateAsync("2023-12-02", "2023-12-05")).Id;

        await FinishAsync();

        var backfill = await GetAsync(id);
        Assert.Equal((BackfillStates.Failed, 4), (backfill.State, backfill.Partitions["failed"]));
        Assert.Equal(
            4,
            (await Store.PartitionsAsync(id, "failed", null, null)).Items.Count(item => item.RunId is not null)
        );
    }

    [Fact]
    public async Task A_cancelled_backfill_starts_no_more_runs_and_cancels_those_under_way()
    {
        _scene.World.Executor.Decide = _ => Script.Pause;
        var id = (await CreateAsync("2023-12-02", "2023-12-20")).Id;
        await _scene.FillAsync();
        await _scene.Server.OrchestrateAsync();

        var cancelling = await Store.CancelAsync(id, new Actor("user:ada"));
        await _scene.FillAsync();
        await _scene.FillAsync();

        Assert.Equal(BackfillStates.Cancelling, cancelling.State);
        var backfill = await GetAsync(id);
        Assert.Equal((BackfillStates.Cancelled, 19), (backfill.State, backfill.Partitions["cancelled"]));
        Assert.All(await _scene.RunsAsync(), run => Assert.Equal(RunStates.Cancelled, run.State));
        Assert.Equal(2, (await _scene.RunsAsync()).Count);
        await Assert.ThrowsAsync<RondoException>(() => Store.CancelAsync(id, Actor.Local));
        Assert.Equal(
            ["backfill.created", "backfill.cancelled", "backfill.finished"],
            (await _scene.World.EventsAsync(subject: id)).Select(e => e.Type)
        );
    }

    [Fact]
    public async Task Runs_of_a_backfill_hold_back_no_trigger_and_are_not_cancelled_by_one()
    {
        await _scene.DeployAsync(
            TriggerScene.Pipeline(
                new TriggerManifest(TriggerKinds.Event) { Event = "a.b", Overlap = "cancel-previous" }
            ) with
            {
                Partitions = new PartitionsManifest("daily", "2023-12-01", null, null),
            }
        );
        await CreateAsync("2023-12-02", "2023-12-05");
        await _scene.FillAsync();
        await _scene.EventAsync("a.b", new { });

        await _scene.LookAsync();

        Assert.Equal(
            [TriggerKinds.Backfill, TriggerKinds.Backfill, TriggerKinds.Event],
            (await _scene.RunsAsync()).Select(run => run.Trigger)
        );
        Assert.All(await _scene.RunsAsync(), run => Assert.Equal(RunStates.Created, run.State));
        Assert.Empty(await _scene.SkippedAsync());
    }

    [Fact]
    public async Task A_partition_that_cannot_be_run_any_more_is_refused_with_why_and_the_rest_goes_on()
    {
        var id = (await CreateAsync("2023-12-02", "2023-12-04", parallel: 1)).Id;
        await _scene.FillAsync();
        await _scene.FinishAsync();
        await _scene.DeployAsync(
            TriggerScene.Pipeline() with
            {
                Partitions = new PartitionsManifest("daily", "2023-12-04", null, null),
            }
        );

        await FinishAsync();

        var refused = Assert.Single((await Store.PartitionsAsync(id, BackfillStates.Refused, null, null)).Items);
        Assert.Equal("2023-12-03", refused.Key);
        Assert.Contains("is not the key of a partition", refused.Message);
        Assert.Equal(
            (BackfillStates.Failed, 2),
            ((await GetAsync(id)).State, (await GetAsync(id)).Partitions["succeeded"])
        );
    }

    [Theory]
    [InlineData("2023-12-05", "2023-12-02", "is empty: it begins after it ends")]
    [InlineData("2023-11-30", "2023-12-02", "The first is 2023-12-01")]
    [InlineData("2023-12-01", "tomorrow", "Write it as 2023-12-01")]
    [InlineData("2023-12-01", "2024-06-01", "which is yet to come")]
    public async Task A_range_that_cannot_be_is_refused(string from, string to, string because) =>
        await RefusedAsync(new(PipelineWorld.Project, "production", TriggerScene.Train, from, to, "all", 2), because);

    [Fact]
    public async Task What_else_cannot_be_is_refused_before_anything_is_written()
    {
        var good = new NewBackfill(
            PipelineWorld.Project,
            "production",
            "train",
            "2023-12-02",
            "2023-12-03",
            "missing",
            2
        );
        await RefusedAsync(good with { Parallel = 0 }, "Say 1 to 100");
        await RefusedAsync(good with { Only = "some" }, "Say missing, failed or all");
        await RefusedAsync(good with { Only = "failed" }, "none has failed");
        await RefusedAsync(good with { Pipeline = "nope" }, "There is train in production");
        await RefusedAsync(
            good with
            {
                Parameters = new Dictionary<string, System.Text.Json.JsonElement> { ["x"] = Manifests.Json(1) },
            },
            "has no parameter 'x'"
        );
        await _scene.DeployAsync(TriggerScene.Pipeline());
        await RefusedAsync(good, "has no partitions");
        await _scene.DeployAsync(
            TriggerScene.Pipeline() with
            {
                Partitions = new PartitionsManifest("hourly", "2020-01-01T00", null, null),
            }
        );
        await RefusedAsync(good with { From = "2020-01-01T00", To = "2023-01-01T00" }, "a backfill has at most 10000");

        Assert.Equal(0, await _scene.World.CountAsync("select count(*) from pipelines_backfill_partition"));
        Assert.Empty(await _scene.World.EventsAsync("backfill.*"));
    }

    private BackfillStore Store => _scene.Server.Get<BackfillStore>();

    private Task<Backfill> GetAsync(string id) => Store.GetAsync(id);

    private Task<Backfill> CreateAsync(string from, string to, string only = "missing", int parallel = 2) =>
        Store.CreateAsync(
            new(PipelineWorld.Project, PipelineWorld.Production, TriggerScene.Train, from, to, only, parallel),
            new Actor("user:ada")
        );

    private async Task RefusedAsync(NewBackfill wish, string because) =>
        Assert.Contains(
            because,
            (await Assert.ThrowsAsync<RondoException>(() => Store.CreateAsync(wish, Actor.Local))).Message
        );

    private static NewRun Wish(string key) => PipelineWorld.Wish(TriggerScene.Train) with { Partition = key };

    private async Task RunAsync(string key, Script script)
    {
        _scene.World.Executor.Decide = _ => script;
        await _scene.Server.Runs.CreateAsync(Wish(key) with { Fresh = true });
        await _scene.FinishAsync();
        _scene.World.Kernel.Time.Advance(TimeSpan.FromSeconds(1));
    }

    private async Task FinishAsync()
    {
        for (var round = 0; round < 20; round++)
        {
            await _scene.FillAsync();
            await _scene.FinishAsync();
        }
    }
}
