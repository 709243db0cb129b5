using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Rondo.Kernel;
using Rondo.Registry;
using Rondo.Sdk.Wire;
using Rondo.Serving;
using Rondo.Serving.Changes;
using Rondo.Tests.Registry;

namespace Rondo.Tests.Serving;

/// <summary>One change of settings at many endpoints: in waves, watched, and back.</summary>
[Trait("Requirement", "R144")]
public sealed class EndpointChangeTests
{
    [Fact]
    public async Task Waves_follow_each_other_when_each_has_baked_and_monitors_get_the_new_limit()
    {
        await using var scene = await ChangeScene.StartAsync();
        var change = await scene.StartAsync(ChangeScene.Request());
        await scene.Serving.SettleAsync();
        Assert.Equal([0.3, 0.2, 0.2, 0.2], await scene.LimitsAsync());

        await scene.BakeAsync(9);
        Assert.Equal([0.3, 0.2, 0.2, 0.2], await scene.LimitsAsync());
        await scene.BakeAsync(1);
        Assert.Equal([0.3, 0.3, 0.2, 0.2], await scene.LimitsAsync());
        await scene.BakeAsync();
        Assert.Equal([0.3, 0.3, 0.3, 0.3], await scene.LimitsAsync());
        Assert.Equal(ChangeState.Running, (await scene.FindAsync(change.Id)).State);
        await scene.BakeAsync();

        Assert.Equal(ChangeState.Completed, (await scene.FindAsync(change.Id)).State);
        var monitors = await scene.GetAsync("/api/v1/endpoints/station-4/monitors");
        Assert.Equal(0.3, monitors[0].GetProperty("limit").GetDouble());
        Assert.Equal(
            ["change.started", "change.advanced", "change.advanced", "change.completed"],
            (await scene.Serving.EventsAsync("change.*")).Select(e => e.Type)
        );
        var updates = await scene.UpdatesOfAsync(change);
        Assert.Equal(["station-1", "station-2", "station-3", "station-4"], updates.Select(e => e.Subject));
        Assert.All(updates, e => Assert.Equal("user:ada", e.Actor));
        Assert.All(updates, e => Assert.Equal("quieter", e.DataAs<EndpointUpdatedEvent>().Reason));
        Assert.Equal(0, await scene.Serving.PendingAsync());
    }

    [Fact]
    public async Task A_dry_run_says_what_would_change_and_writes_nothing()
    {
        await using var scene = await ChangeScene.StartAsync();

        var would = await PostAsync(
            scene,
            new
            {
                where = "station-?",
                set = new Dictionary<string, object>
                {
                    ["drift.psi"] = 0.3,
                    ["canary.steps"] = new[] { 5, 100 },
                    ["rollback.p99"] = "1s",
                    ["rollback.errorRate"] = null!,
                },
                dryRun = true,
                reason = "quieter",
            }
        );

        var body = await would.Content.ReadFromJsonAsync<JsonElement>();
        var first = body.GetProperty("endpoints")[0];
        Assert.Equal(
            [
                ("canary.steps", "10,50,100", "5,100"),
                ("drift-psi.limit", "0.2", "0.3"),
                ("rollback.errorRate", "0.01", "none"),
                ("rollback.p99", "250ms", "1s"),
            ],
            first
                .GetProperty("settings")
                .EnumerateArray()
                .Select(s => (Text(s, "setting"), Text(s, "before"), Text(s, "after")))
        );
        Assert.Equal(
            [1, 2, 2, 2],
            body.GetProperty("endpoints").EnumerateArray().Select(e => e.GetProperty("wave").GetInt32())
        );
        Assert.Equal(JsonValueKind.Null, body.GetProperty("id").ValueKind);
        await scene.Serving.SettleAsync();
        Assert.Equal([0.2, 0.2, 0.2, 0.2], await scene.LimitsAsync());
        Assert.Empty(await scene.Serving.EventsAsync("change.*"));
    }

    [Theory]
    [InlineData(
        "station-*",
        "drift.kl",
        "1",
        "there is no setting 'drift.kl' at station-1, station-2",
        "drift-psi.limit"
    )]
    [InlineData(
        "station-*",
        "drift.psi",
        "much",
        "'much' is no value of 'drift-psi.limit'",
        "It takes a number above 0."
    )]
    [InlineData("station-*", "drift.psi", "-1", "'-1' is no value of 'drift-psi.limit'", "It takes a number above 0.")]
    [InlineData("station-*", "canary.steps", "50,10,100", "'50,10,100' is no value", "percentages that rise to 100")]
    [InlineData("station-*", "canary.bake", "soon", "'soon' is no value", "a time, such as 10m")]
    [InlineData("station-*", "rollback.errorRate", "2", "'2' is no value", "a share from 0 to 1")]
    [InlineData("station-*", "rejectUnexpected", "perhaps", "'perhaps' is no value", "true or false")]
    [InlineData("station-*", "drift.window", "0", "'0' is no value of 'drift-psi.window'", "a whole number from 1")]
    [InlineData("station-*", "drift.psi", "0.2", "Nothing would change: station-1 has these values already", "--set")]
    [InlineData("line-*", "drift.psi", "0.3", "No endpoint of project 'transit' is selected by 'line-*'", "station-1")]
    [InlineData("", "drift.psi", "0.3", "selects no endpoint", "--where")]
    public async Task What_cannot_be_done_everywhere_is_refused_before_anything_happens_and_says_where(
        string where,
        string setting,
        string value,
        string what,
        string mend
    )
    {
        await using var scene = await ChangeScene.StartAsync();
        var request = ChangeScene.Request() with
        {
            Where = where,
            Set = new Dictionary<string, string> { [setting] = value },
        };

        var error = await Assert.ThrowsAsync<RondoException>(() => scene.StartAsync(request));

        Assert.Contains(what, error.Message);
        Assert.Contains(mend, error.Mend);
        Assert.Empty(await scene.Serving.EventsAsync("change.*"));
    }

    [Theory]
    [InlineData("1,25%", "10m", "alert", "why", "are no waves")]
    [InlineData("50%,25%,100%", "10m", "alert", "why", "are no waves")]
    [InlineData("0,100%", "10m", "alert", "why", "are no waves")]
    [InlineData("100%", "10", "alert", "why", "is no time to bake")]
    [InlineData("100%", "10m", "noise", "why", "'noise' stops no change")]
    [InlineData("100%", "10m", "errors=2", "why", "'errors=2' stops no change")]
    [InlineData("100%", "10m", "alert", " ", "needs a reason")]
    public async Task A_plan_that_makes_no_sense_is_refused(
        string waves,
        string bake,
        string stopWhen,
        string reason,
        string what
    )
    {
        await using var scene = await ChangeScene.StartAsync(stations: 1);
        var request = ChangeScene.Request() with { Waves = waves, Bake = bake, StopWhen = stopWhen, Reason = reason };

        var error = await Assert.ThrowsAsync<RondoException>(() => scene.StartAsync(request));

        Assert.Contains(what, error.Message);
    }

    [Fact]
    public async Task A_setting_that_may_be_several_must_be_named_and_one_that_some_lack_is_refused_with_these()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 2);
        var second = new MonitorManifest("drift-kl", "drift", "kl", 0.5, 30, 30);
        await scene.Serving.ReleaseAsync(ChangeScene.Manifest("station-2", 0.2, second));
        await scene.Serving.SettleAsync();
        var window = ChangeScene.Request() with { Set = new Dictionary<string, string> { ["drift.window"] = "30" } };
        var kl = ChangeScene.Request() with { Set = new Dictionary<string, string> { ["drift.kl"] = "1" } };

        var several = await Assert.ThrowsAsync<RondoException>(() => scene.StartAsync(window));
        var lacking = await Assert.ThrowsAsync<RondoException>(() => scene.StartAsync(kl));

        Assert.StartsWith(
            "Of 2 selected endpoints, 'drift.window' may be several settings at station-2.",
            several.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("Say which: drift-psi.window, drift-kl.window.", several.Mend);
        Assert.StartsWith(
            "Of 2 selected endpoints, there is no setting 'drift.kl' at station-1.",
            lacking.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Low_risk_goes_first_and_a_risk_selects()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 2);
        var proposal = (await TestModels.ProposeAsync(scene.Serving.Kernel.Blobs, new LineModel(1, 0))) with
        {
            Model = "calm",
        };
        await scene.Serving.Kernel.Database.WriteAsync(t =>
            scene.Serving.Registry.RegisterAsync(t, TestModels.Origin("calm-run"), proposal).AsTask()
        );
        await scene.Serving.ReleaseAsync(ChangeScene.Manifest("station-9") with { Model = "calm" });
        await scene.Serving.SettleAsync();
        await CardAsync(scene, "calm", "low");
        await CardAsync(scene, "demand", "high");

        var all = await scene.StartAsync(ChangeScene.Request());

        Assert.Equal(
            [("station-9", 1), ("station-1", 2), ("station-2", 3)],
            (await scene.TargetsAsync(all.Id)).Select(target => (target.Endpoint, target.Wave))
        );
        var low = ChangeScene.Request() with
        {
            Risk = "low",
            Set = new Dictionary<string, string> { ["canary.bake"] = "1h" },
        };
        Assert.Equal(
            ["station-9"],
            (await scene.TargetsAsync((await scene.StartAsync(low)).Id)).Select(t => t.Endpoint)
        );
    }

    [Fact]
    public async Task An_endpoint_made_by_hand_is_left_out_visibly()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 2);
        await scene.Serving.Get<PinnedEndpoints>().CreateAsync("station-x", TestModels.Key, 1, Actor.Local);

        var change = await scene.StartAsync(ChangeScene.Request(waves: "100%", bake: "0s"));
        await scene.Serving.SettleAsync();

        var left = (await scene.TargetsAsync(change.Id)).Single(target => target.Endpoint == "station-x");
        Assert.Equal(
            (TargetState.Skipped, 0, "was made by hand, and has no settings"),
            (left.State, left.Wave, left.Note)
        );
        Assert.Equal([0.3, 0.3], await scene.LimitsAsync());
    }

    [Fact]
    public async Task Of_two_changes_of_the_same_setting_at_once_the_second_is_refused_and_another_setting_is_not()
    {
        await using var scene = await ChangeScene.StartAsync();
        var first = await scene.StartAsync(ChangeScene.Request());
        var other = ChangeScene.Request() with { Set = new Dictionary<string, string> { ["canary.bake"] = "1h" } };

        var error = await Assert.ThrowsAsync<RondoException>(() => scene.StartAsync(ChangeScene.Request("0.4")));
        await scene.StartAsync(other);

        Assert.Equal(ErrorCode.Conflict, error.Code);
        Assert.Contains(
            $"Change '{first.Id}' of user:ada is under way and sets drift-psi.limit of 'station-1', too.",
            error.Message
        );
        for (var wave = 0; wave < 4; wave++)
        {
            await scene.BakeAsync();
        }

        await scene.StartAsync(ChangeScene.Request("0.4"));
    }

    [Fact]
    public async Task Over_the_wire_a_change_is_started_listed_page_by_page_shown_and_undone()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 2);
        var made = new List<string>();
        foreach (var limit in new[] { 0.3, 0.4, 0.5 })
        {
            var set = new Dictionary<string, double> { ["drift.psi"] = limit };
            var answer = await PostAsync(
                scene,
                new
                {
                    where = "station-1",
                    set,
                    bake = "0s",
                    reason = "quieter",
                }
            );
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            made.Insert(0, Text(await answer.Content.ReadFromJsonAsync<JsonElement>(), "id"));
            await scene.Serving.SettleAsync();
        }

        const string path = $"/api/v1/projects/{ChangeScene.Project}/endpoint-changes";
        var first = await scene.GetAsync(path + "?limit=2");
        var rest = await scene.GetAsync(path + "?limit=2&after=" + Text(first, "next"));
        var listed = first.GetProperty("items").EnumerateArray().Concat(rest.GetProperty("items").EnumerateArray());
        Assert.Equal(made, listed.Select(change => Text(change, "id")));
        Assert.All(listed, change => Assert.Equal(1, change.GetProperty("counts").GetProperty("changed").GetInt32()));
        Assert.Equal(JsonValueKind.Null, rest.GetProperty("next").ValueKind);

        var undone = await scene.Serving.Client.PostAsJsonAsync($"{path}/{made[1]}/undo", new { reason = "no" });
        Assert.Equal(HttpStatusCode.Accepted, undone.StatusCode);
        await scene.Serving.SettleAsync();
        var shown = await scene.GetAsync($"{path}/{made[1]}");
        Assert.Equal(
            ("rolledBack", "undone by local: no"),
            (Text(shown, "state"), Text(shown.GetProperty("evidence"), "text"))
        );
        Assert.Equal("restored", Text(shown.GetProperty("endpoints")[0], "state"));
        Assert.Equal([0.5, 0.2], await scene.LimitsAsync());
    }

    [Theory]
    [InlineData("99999999d")]
    [InlineData("1e300d")]
    public async Task What_no_clock_can_measure_is_refused_and_keeps_no_other_change_waiting(string time)
    {
        await using var scene = await ChangeScene.StartAsync(stations: 1);
        var canary = ChangeScene.Request() with { Set = new Dictionary<string, string> { ["canary.bake"] = time } };

        var bake = await Assert.ThrowsAsync<RondoException>(() => scene.StartAsync(ChangeScene.Request(bake: time)));
        var steps = await Assert.ThrowsAsync<RondoException>(() => scene.StartAsync(canary));

        Assert.Contains($"'{time}' is no time to bake", bake.Message);
        Assert.Contains($"'{time}' is no value of 'canary.bake'", steps.Message);
        await scene.StartAsync(ChangeScene.Request());
        await scene.Serving.SettleAsync();
        Assert.Equal([0.3], await scene.LimitsAsync());
    }

    [Fact]
    public async Task The_name_of_an_endpoint_is_not_taken_over_by_the_model_of_another_project()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 1);
        var store = scene.Serving.Get<EndpointStore>();
        var before = await store.RequireAsync("station-1");
        var rival = before with { Model = new ModelKey("rival", "production", "demand"), Manifest = null };

        var error = await Assert.ThrowsAsync<RondoException>(() =>
            scene.Serving.Kernel.Database.WriteAsync(async t => await EndpointStore.SaveAsync(t, rival))
        );

        Assert.Equal(ErrorCode.Conflict, error.Code);
        Assert.Equal(before.Model, (await store.RequireAsync("station-1")).Model);
        Assert.NotNull((await store.RequireAsync("station-1")).Manifest);
    }

    [Fact]
    public async Task An_endpoint_whose_declaration_a_server_of_an_earlier_version_wrote_is_changed_and_put_back()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 1);
        await scene.Serving.Kernel.Database.WriteAsync(async t =>
        {
            await t.ExecuteAsync("update serving_endpoint set declared = null");
        });
        var change = await scene.StartAsync(ChangeScene.Request());
        await scene.Serving.SettleAsync();
        Assert.Equal([0.3], await scene.LimitsAsync());

        await scene.UndoAsync(change.Id);
        await scene.Serving.SettleAsync();

        Assert.Equal([0.2], await scene.LimitsAsync());
        Assert.Equal(ChangeState.RolledBack, (await scene.FindAsync(change.Id)).State);
    }

    [Fact]
    public async Task Endpoints_of_projects_that_one_may_read_are_listed_however_many_others_there_are()
    {
        await using var scene = await ChangeScene.StartAsync(stations: 1);
        await scene.Serving.Kernel.Database.WriteAsync(async t =>
        {
            await t.ExecuteAsync(
                """
                insert into serving_endpoint (name, project, environment, model, created_at, created_by)
                with recursive n (i) as (select 1 union all select i + 1 from n where i < 1000)
                select 'a' || i, 'rival', 'production', 'm', 1, 'local' from n
                """
            );
        });

        var listed = await scene.Serving.Get<EndpointStore>().ListAsync(null, [ChangeScene.Project]);

        Assert.Equal(["station-1"], listed.Select(endpoint => endpoint.Name));
        Assert.Empty(await scene.Serving.Get<EndpointStore>().ListAsync(null, []));
    }

    private static Task<HttpResponseMessage> PostAsync(ChangeScene scene, object body) =>
        scene.Serving.Client.PostAsJsonAsync($"/api/v1/projects/{ChangeScene.Project}/endpoint-changes", body);

    private static async Task CardAsync(ChangeScene scene, string model, string risk)
    {
        var answer = await scene.Serving.Client.PutAsJsonAsync(
            $"/api/v1/projects/{ChangeScene.Project}/models/{model}/card",
            new { card = new { risk }, basedOn = 0 }
        );
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
