using System.Text.Json;
using Rondo.Sdk.Wire;
using Rondo.Serving;
using Rondo.Serving.Changes;
using Rondo.Tests.Registry;

namespace Rondo.Tests.Serving;

/// <summary>What stops a change, what undoes it, and what releases and rollouts do to it.</summary>
[Trait("Requirement", "R144")]
public sealed class ChangeStopTests
{
    [Fact]
    public async Task An_alert_at_a_changed_endpoint_puts_all_of_them_back_with_the_evidence_and_one_elsewhere_does_not()
    {
        await using var scene = await ChangeScene.StartAsync();
        await scene.AlertAsync("station-1");
        var change = await scene.StartAsync(ChangeScene.Request());
        await scene.Serving.SettleAsync();
        await scene.AlertAsync("station-4");
        await scene.BakeAsync();
        Assert.Equal([0.3, 0.3, 0.2, 0.2], await scene.LimitsAsync());

        var position = await scene.AlertAsync("station-2");
        await scene.Serving.SettleAsync();

        Assert.Equal([0.2, 0.2, 0.2, 0.2], await scene.LimitsAsync());
        var back = await scene.FindAsync(change.Id);
        Assert.Equal(ChangeState.RolledBack, back.State);
        Assert.Equal(
            ("alert", "station-2", position),
            (back.Evidence!.Kind, back.Evidence.Endpoint, back.Evidence.Event)
        );
        Assert.Equal("drift-psi of station-2 is 0.41, over 0.3", back.Evidence.Text);
        Assert.Equal(
            [TargetState.Restored, TargetState.Restored, TargetState.Skipped, TargetState.Skipped],
            (await scene.TargetsAsync(change.Id)).Select(target => target.State)
        );
        var stopped = Assert.Single(await scene.Serving.EventsAsync("change.stopped"));
        Assert.Equal((position, "system:change"), (stopped.Cause, stopped.Actor));
        var monitors = await scene.GetAsync("/api/v1/endpoints/station-1/monitors");
        Assert.Equal(0.2, monitors[0].GetProperty("limit").GetDouble());
        Assert.Equal(0, await scene.Serving.PendingAsync());
    }

    [Fact]
    public async Task An_alert_stops_no_change_that_does_not_ask_for_it()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 1);
        var change = await scene.StartAsync(ChangeScene.Request() with { StopWhen = "rollback,errors" });
        await scene.Serving.SettleAsync();
        await scene.AlertAsync("station-1");

        await scene.BakeAsync();

        Assert.Equal(ChangeState.Completed, (await scene.FindAsync(change.Id)).State);
    }

    [Fact]
    public async Task A_rollout_that_is_turned_back_at_a_changed_endpoint_puts_all_back()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 2);
        var change = await scene.StartAsync(ChangeScene.Request());
        await scene.Serving.SettleAsync();
        await scene.Serving.RegisterAsync(new LineModel(3, 0, Drifts: true));

        await scene.Serving.SettleAsync();

        var back = await scene.FindAsync(change.Id);
        Assert.Equal((ChangeState.RolledBack, "rollback"), (back.State, back.Evidence!.Kind));
        Assert.StartsWith(
            "the rollout of version 2 at station-1 was turned back: ",
            back.Evidence.Text,
            StringComparison.Ordinal
        );
        Assert.Equal([0.2, 0.2], await scene.LimitsAsync());
    }

    [Fact]
    public async Task A_rollout_that_a_newer_version_came_before_stops_no_change()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 1);
        var change = await scene.StartAsync(ChangeScene.Request());
        await scene.Serving.SettleAsync();
        await scene.Serving.RegisterAsync(new LineModel(3, 0));
        await scene.Serving.SettleAsync();
        await scene.Serving.RegisterAsync(new LineModel(4, 0));
        await scene.Serving.SettleAsync();
        Assert.Single(await scene.Serving.EventsAsync("rollout.rolledback"));

        await scene.BakeAsync();

        Assert.Equal(ChangeState.Completed, (await scene.FindAsync(change.Id)).State);
    }

    [Theory]
    [InlineData("errors=0.5", false)]
    [InlineData("errors", true)]
    [InlineData("alert", false)]
    public async Task Requests_that_fail_at_a_changed_endpoint_put_all_back_above_the_limit(string stopWhen, bool stops)
    {
        await using var scene = await ChangeScene.StartAsync(stations: 2, new LineModel(2, 0, FailAbove: 5));
        await FailAsync(scene, 5);
        var change = await scene.StartAsync(ChangeScene.Request() with { StopWhen = stopWhen });
        await scene.Serving.SettleAsync();
        await FailAsync(scene, 3);

        await scene.Serving.SettleAsync();

        var now = await scene.FindAsync(change.Id);
        Assert.Equal(stops ? ChangeState.RolledBack : ChangeState.Running, now.State);
        Assert.Equal(
            stops ? "3 of 3 requests to station-1 failed since it was changed: the limit is 0.01 of them" : null,
            now.Evidence?.Text
        );
    }

    [Fact]
    public async Task Whoever_undoes_a_change_gets_back_what_was_there_and_only_once()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 2);
        var done = await scene.StartAsync(ChangeScene.Request(waves: "100%", bake: "0s"));
        await scene.Serving.SettleAsync();
        Assert.Equal(ChangeState.Completed, (await scene.FindAsync(done.Id)).State);
        var underWay = await scene.StartAsync(ChangeScene.Request("0.4"));
        await scene.Serving.SettleAsync();
        Assert.Equal([0.4, 0.3], await scene.LimitsAsync());

        await scene.UndoAsync(underWay.Id);
        await scene.Serving.SettleAsync();
        Assert.Equal([0.3, 0.3], await scene.LimitsAsync());
        await scene.UndoAsync(done.Id);
        await scene.Serving.SettleAsync();

        Assert.Equal([0.2, 0.2], await scene.LimitsAsync());
        var stopped = (await scene.Serving.EventsAsync("change.stopped"))[^1];
        Assert.Equal(("user:bob", 2), (stopped.Actor, stopped.DataAs<ChangeEvent>().Endpoints));
        var evidence = (await scene.FindAsync(done.Id)).Evidence!;
        Assert.Equal(("undo", "undone by user:bob: not so"), (evidence.Kind, evidence.Text));
        var error = await Assert.ThrowsAsync<RondoException>(() => scene.UndoAsync(done.Id));
        Assert.Contains("was put back already: undone by user:bob", error.Message);
        Assert.Equal(
            ErrorCode.NotFound,
            (await Assert.ThrowsAsync<RondoException>(() => scene.UndoAsync("chg_x"))).Code
        );
    }

    [Fact]
    public async Task A_change_stands_over_a_release_that_says_the_same_as_before_and_shows_itself()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 1);
        var change = await scene.StartAsync(ChangeScene.Request(bake: "0s"));
        await scene.Serving.SettleAsync();
        var freshness = new MonitorManifest("freshness", "freshness", "days", 400, 1, 1);

        await scene.Serving.ReleaseAsync(ChangeScene.Manifest("station-1", 0.2, freshness));
        await scene.Serving.SettleAsync();

        Assert.Equal([0.3], await scene.LimitsAsync());
        var monitors = await scene.GetAsync("/api/v1/endpoints/station-1/monitors");
        Assert.Equal([0.3, 400], monitors.EnumerateArray().Select(monitor => monitor.GetProperty("limit").GetDouble()));
        var changed = (await scene.GetAsync("/api/v1/endpoints/station-1")).GetProperty("changed")[0];
        Assert.Equal(
            (ChangeScene.Limit, "0.3", "0.2", change.Id, "user:ada", "quieter"),
            (
                Text(changed, "setting"),
                Text(changed, "value"),
                Text(changed, "declared"),
                Text(changed, "change"),
                Text(changed, "by"),
                Text(changed, "reason")
            )
        );
    }

    [Fact]
    public async Task A_release_that_declares_another_value_holds_and_undoing_the_change_then_does_not_touch_it()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 2);
        var change = await scene.StartAsync(ChangeScene.Request(waves: "100%"));
        await scene.Serving.SettleAsync();

        await scene.Serving.ReleaseAsync(ChangeScene.Manifest("station-1", 0.25));
        await scene.Serving.SettleAsync();

        Assert.Equal([0.25, 0.3], await scene.LimitsAsync());
        Assert.Equal(
            "a release declares drift-psi.limit = 0.25: that holds",
            (await scene.TargetsAsync(change.Id))[0].Note
        );
        Assert.Empty((await scene.GetAsync("/api/v1/endpoints/station-1")).GetProperty("changed").EnumerateArray());
        await scene.UndoAsync(change.Id);
        await scene.Serving.SettleAsync();
        Assert.Equal([0.25, 0.2], await scene.LimitsAsync());
    }

    [Fact]
    public async Task A_release_that_takes_the_setting_away_before_its_wave_comes_leaves_that_endpoint_out()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 2);
        var change = await scene.StartAsync(ChangeScene.Request());
        await scene.Serving.SettleAsync();

        await scene.Serving.ReleaseAsync(
            ChangeScene.Manifest("station-1") with
            {
                Monitors = [],
            },
            ChangeScene.Manifest("station-2") with
            {
                Monitors = [],
            }
        );
        await scene.BakeAsync();
        await scene.BakeAsync();

        var targets = await scene.TargetsAsync(change.Id);
        Assert.Equal(
            [
                (TargetState.Changed, "a release declares no drift-psi.limit any more"),
                (TargetState.Skipped, "there is no setting 'drift.psi'"),
            ],
            targets.Select(target => (target.State, target.Note!))
        );
        Assert.Single(await scene.Serving.EventsAsync("change.skipped"));
        Assert.Equal(ChangeState.Completed, (await scene.FindAsync(change.Id)).State);
    }

    [Fact]
    public async Task However_changes_undos_and_releases_follow_each_other_the_newest_change_that_stands_holds()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 1);
        var random = new Random(7);
        var (declared, standing) = (0.2, new List<(string Change, double Value)>());
        for (var step = 0; step < 60; step++)
        {
            var value = Math.Round(0.2 + (random.Next(1, 6) / 10.0), 1);
            switch (random.Next(4))
            {
                case 0:
                    if (value != declared)
                    {
                        standing.Clear();
                    }

                    declared = value;
                    await scene.Serving.ReleaseAsync(ChangeScene.Manifest("station-1", declared));
                    break;
                case 1 when standing.Count > 0:
                    var undone = standing[random.Next(standing.Count)];
                    standing.Remove(undone);
                    await scene.UndoAsync(undone.Change);
                    break;
                default:
                    if (value != Holding())
                    {
                        var request = ChangeScene.Request(
                            value.ToString(System.Globalization.CultureInfo.InvariantCulture),
                            bake: "0s"
                        );
                        standing.Add(((await scene.StartAsync(request)).Id, value));
                    }

                    break;
            }

            await scene.Serving.SettleAsync();
            Assert.Equal([Holding()], await scene.LimitsAsync());
        }

        double Holding() => standing.Count > 0 ? standing[^1].Value : declared;
    }

    [Fact]
    public async Task An_endpoint_in_the_middle_of_a_rollout_waits_and_is_changed_when_that_has_ended()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 1);
        await RollOutAsync(scene);
        var change = await scene.StartAsync(ChangeScene.Request());
        await scene.Serving.SettleAsync();
        var waiting = Assert.Single(await scene.TargetsAsync(change.Id));
        Assert.Equal(
            (TargetState.Waiting, "waits: the rollout of version 2 is under way"),
            (waiting.State, waiting.Note!)
        );

        await scene.Serving.RegisterAsync(new LineModel(4, 0, Drifts: true));
        await scene.Serving.SettleAsync();

        Assert.Equal([0.3], await scene.LimitsAsync());
        await scene.BakeAsync();
        Assert.Equal(ChangeState.Completed, (await scene.FindAsync(change.Id)).State);
    }

    [Fact]
    public async Task An_endpoint_whose_rollout_does_not_end_while_its_wave_bakes_is_skipped_visibly()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 1);
        await RollOutAsync(scene);
        var change = await scene.StartAsync(ChangeScene.Request());
        await scene.Serving.SettleAsync();

        await scene.BakeAsync();

        var skipped = Assert.Single(await scene.TargetsAsync(change.Id));
        Assert.Equal(
            (TargetState.Skipped, "a rollout was under way there for as long as its wave baked"),
            (skipped.State, skipped.Note!)
        );
        Assert.Equal("station-1", Assert.Single(await scene.Serving.EventsAsync("change.skipped")).Subject);
        Assert.Equal([0.2], await scene.LimitsAsync());
        Assert.Equal(ChangeState.Completed, (await scene.FindAsync(change.Id)).State);
    }

    [Fact]
    public async Task Going_back_waits_for_no_rollout()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 1);
        var change = await scene.StartAsync(ChangeScene.Request());
        await scene.Serving.SettleAsync();
        await RollOutAsync(scene);
        Assert.Equal([0.3], await scene.LimitsAsync());

        await scene.AlertAsync("station-1");
        await scene.Serving.SettleAsync();

        Assert.Equal(ChangeState.RolledBack, (await scene.FindAsync(change.Id)).State);
        Assert.Equal([0.2], await scene.LimitsAsync());
        Assert.Single(await scene.Serving.EventsAsync("rollout.completed"));
    }

    // A version gets its first share of the traffic, and no requests to go on by.
    private static async Task RollOutAsync(ChangeScene scene)
    {
        await scene.Serving.RegisterAsync(new LineModel(3, 0));
        await scene.Serving.SettleAsync();
        Assert.Equal(2, (await scene.Serving.EventsAsync("rollout.started")).Count);
    }

    private static async Task FailAsync(ChangeScene scene, int requests)
    {
        for (var i = 0; i < requests; i++)
        {
            Assert.False((await scene.Serving.InferAsync(7, endpoint: "station-1")).IsSuccessStatusCode);
        }
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
