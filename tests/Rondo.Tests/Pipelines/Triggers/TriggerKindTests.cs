using System.Text.Json;
using Rondo.Kernel;
using Rondo.Pipelines;
using Rondo.Pipelines.Triggers;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>What starts a pipeline besides time, and what each run remembers of it.</summary>
public sealed class TriggerKindTests : IAsyncLifetime
{
    private TriggerScene _scene = null!;

    public async ValueTask InitializeAsync() => _scene = await TriggerScene.StartAsync();

    public ValueTask DisposeAsync() => _scene.DisposeAsync();

    public static TheoryData<string> Kinds =>
        [
            TriggerKinds.Schedule,
            TriggerKinds.NewRows,
            TriggerKinds.NewVersions,
            TriggerKinds.Drift,
            TriggerKinds.Degraded,
            TriggerKinds.Release,
            TriggerKinds.Pipeline,
            TriggerKinds.Event,
            TriggerKinds.Backfill,
            TriggerKinds.Manual,
        ];

    [Theory]
    [MemberData(nameof(Kinds))]
    [Trait("Requirement", "R83")]
    [Trait("Requirement", "R84")]
    [Trait("Requirement", "R85")]
    [Trait("Requirement", "R86")]
    [Trait("Requirement", "R87")]
    [Trait("Requirement", "R88")]
    [Trait("Requirement", "R89")]
    public async Task A_run_records_its_trigger_evidence_actor_code_parameters_and_environment(string kind)
    {
        await _scene.DeployAsync(
            TriggerScene.Pipeline(Declared(kind)) with
            {
                Parameters = [new ParameterManifest("window", "integer", Manifests.Json(30))],
                Partitions = kind == TriggerKinds.Backfill ? new("daily", "2023-12-01", null, null) : null,
            },
            Manifests.Pipeline("other", Manifests.Step("fit"))
        );

        await CauseAsync(kind);
        await _scene.LookAsync();

        var run = Assert.Single(await _scene.RunsAsync(TriggerScene.Train));
        var by = kind is TriggerKinds.Manual or TriggerKinds.Backfill ? "local" : "trigger:" + kind;
        Assert.Equal((kind, by), (run.Trigger, run.Actor));
        Assert.Equal(("c0ffee", new string('a', 64)), (run.Commit, run.Package));
        Assert.Equal(
            (PipelineWorld.Production, 30),
            (run.Environment, run.Parameters.GetProperty("window").GetInt32())
        );
        Assert.Equal(JsonValueKind.Object, run.Evidence.ValueKind);
        Assert.True(run.Evidence.TryGetProperty(Telling(kind), out _), run.Evidence.GetRawText());
        if (kind is not TriggerKinds.Manual)
        {
            var cause = Assert.Single(await _scene.World.Kernel.Log.ReadAsync(run.Cause!.Value - 1, 1, new()));
            Assert.Equal(kind == TriggerKinds.Backfill ? "backfill.created" : "trigger.fired", cause.Type);
        }
    }

    [Fact]
    [Trait("Requirement", "R85")]
    public async Task New_versions_are_counted_since_the_version_of_the_last_succeeded_run()
    {
        await _scene.DeployAsync(
            TriggerScene.Pipeline(new TriggerManifest(TriggerKinds.NewVersions, Dataset: "days") { Versions = 2 }) with
            {
                Nodes = [Manifests.Dataset("days", "days"), Manifests.Step("fit", "days")],
            }
        );

        for (var version = 1; version <= 5; version++)
        {
            await _scene.PushAsync($"{version}.csv", 1);
            await _scene.LookAsync();
            await _scene.FinishAsync();
        }

        Assert.Equal([2L, 4L], (await _scene.RunsAsync()).Select(run => run.Sources["days"].Version));
    }

    [Fact]
    public async Task A_pipeline_starts_after_another_has_succeeded_as_of_the_same_time()
    {
        await _scene.DeployAsync(
            TriggerScene.Pipeline(new TriggerManifest(TriggerKinds.Pipeline) { Pipeline = "other" }),
            Manifests.Pipeline("other", Manifests.Step("fit"))
        );
        _scene.World.Executor.Decide = request => request.RunId == "" ? Script.Fail : Script.Succeed;
        var asOf = new DateTimeOffset(2005, 6, 30, 0, 0, 0, TimeSpan.Zero);
        await _scene.Server.Runs.CreateAsync(PipelineWorld.Wish("other") with { AsOf = asOf });
        await _scene.LookAsync();
        Assert.Empty(await _scene.RunsAsync(TriggerScene.Train));

        await _scene.FinishAsync();
        await _scene.LookAsync();

        Assert.Equal(asOf, Assert.Single(await _scene.RunsAsync(TriggerScene.Train)).AsOf);
    }

    [Fact]
    public async Task A_pipeline_that_waits_for_failures_starts_after_a_failure_only()
    {
        await _scene.DeployAsync(
            TriggerScene.Pipeline(
                new TriggerManifest(TriggerKinds.Pipeline) { Pipeline = "other", States = [RunStates.Failed] }
            ),
            Manifests.Pipeline("other", Manifests.Step("fit"))
        );
        foreach (var script in new[] { Script.Succeed, Script.Stop, Script.Fail })
        {
            _scene.World.Executor.Decide = _ => script;
            await _scene.Server.Runs.CreateAsync(PipelineWorld.Wish("other") with { Fresh = true });
            await _scene.FinishAsync();
            await _scene.LookAsync();
        }

        var run = Assert.Single(await _scene.RunsAsync(TriggerScene.Train));
        Assert.Equal(RunStates.Failed, run.Evidence.GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_pipeline_of_partitions_goes_on_with_the_partition_of_the_run_before_it_and_backfills_start_none()
    {
        var days = new PartitionsManifest("daily", "2023-12-01", null, null);
        await _scene.DeployAsync(
            TriggerScene.Pipeline(new TriggerManifest(TriggerKinds.Pipeline) { Pipeline = "other" }) with
            {
                Partitions = days,
            },
            Manifests.Pipeline("other", Manifests.Step("fit")) with
            {
                Partitions = days,
            }
        );
        await _scene.Server.Runs.CreateAsync(PipelineWorld.Wish("other") with { Partition = "2023-12-05" });
        await _scene.Server.Runs.CreateAsync(
            PipelineWorld.Wish("other") with
            {
                Partition = "2023-12-06",
                Backfill = "bf_1",
            }
        );

        await _scene.FinishAsync();
        await _scene.LookAsync();

        Assert.Equal("2023-12-05", Assert.Single(await _scene.RunsAsync(TriggerScene.Train)).Partition);
    }

    [Theory]
    [InlineData("region", "north", true)]
    [InlineData("region", "south", false)]
    [InlineData("order.size", "3", true)]
    [InlineData("order.size", "3.0", true)]
    [InlineData("order.size", "4", false)]
    [InlineData("order.paid", "true", true)]
    [InlineData("order.paid", "false", false)]
    [InlineData("order.note", "", false)]
    [InlineData("order.none.deeper", "x", false)]
    public async Task An_event_starts_a_run_where_its_members_have_the_values_that_are_asked_for(
        string member,
        string value,
        bool starts
    )
    {
        await _scene.DeployAsync(
            TriggerScene.Pipeline(
                new TriggerManifest(TriggerKinds.Event)
                {
                    Event = "orders.closed",
                    Where = new Dictionary<string, string> { [member] = value },
                }
            )
        );

        await AppendAsync("orders.closed", """{"region":"north","order":{"size":3,"paid":true,"note":null}}""");
        await AppendAsync("orders.opened", """{"region":"north","order":{"size":3,"paid":true,"note":null}}""");
        await _scene.LookAsync();

        Assert.Equal(starts ? 1 : 0, (await _scene.RunsAsync()).Count);
    }

    [Fact]
    public async Task Events_that_came_before_a_trigger_on_them_was_released_start_nothing()
    {
        await _scene.DeployAsync(TriggerScene.Pipeline());
        await AppendAsync("orders.closed", "{}");

        await _scene.DeployAsync(
            TriggerScene.Pipeline(new TriggerManifest(TriggerKinds.Event) { Event = "orders.closed" })
        );
        await _scene.LookAsync();
        Assert.Empty(await _scene.RunsAsync());

        await AppendAsync("orders.closed", "{}");
        await _scene.LookAsync();
        await _scene.OnlyRunAsync();
    }

    [Fact]
    [Trait("Requirement", "R90")]
    public async Task Events_that_a_run_of_the_pipeline_led_to_do_not_start_it_again()
    {
        await _scene.DeployAsync(
            TriggerScene.Pipeline(
                new TriggerManifest(TriggerKinds.Event) { Event = "run.finished" },
                new TriggerManifest(TriggerKinds.Event) { Event = "report.sent" }
            )
        );
        var run = await _scene.Server.Runs.CreateAsync(PipelineWorld.Wish(TriggerScene.Train));
        await _scene.FinishAsync();
        await _scene.LookAsync();
        var finished = Assert.Single(await _scene.World.EventsAsync("run.finished"));
        await _scene.EventAsync("report.sent", new { }, finished.Position);
        await _scene.LookAsync();

        await _scene.OnlyRunAsync();
        Assert.All(
            await _scene.SkippedAsync(),
            why => Assert.Contains($"comes from run {run.Id} of the same pipeline", why)
        );
        Assert.Equal(2, (await _scene.SkippedAsync()).Count);
    }

    [Fact]
    [Trait("Requirement", "R90")]
    public async Task One_event_starts_at_most_one_run_of_a_pipeline_however_many_of_its_triggers_it_fits()
    {
        await _scene.DeployAsync(
            TriggerScene.Pipeline(
                new TriggerManifest(TriggerKinds.Event) { Event = "orders.closed", Overlap = "queue" },
                new TriggerManifest(TriggerKinds.Event)
                {
                    Event = "orders.closed",
                    Where = new Dictionary<string, string> { ["a"] = "1" },
                    Overlap = "queue",
                }
            ) with
            {
                RunsMax = 5,
            }
        );

        await AppendAsync("orders.closed", """{"a":1}""");
        await _scene.LookAsync();

        await _scene.OnlyRunAsync();
    }

    [Fact]
    [Trait("Requirement", "R90")]
    public async Task A_budget_holds_back_every_trigger_until_its_period_has_passed_in_real_time()
    {
        await _scene.DeployAsync(
            TriggerScene.Pipeline(new TriggerManifest(TriggerKinds.Event) { Event = "orders.closed" }) with
            {
                Budget = new BudgetManifest(2, (long)TimeSpan.FromDays(1).TotalMilliseconds),
            }
        );
        for (var i = 0; i < 3; i++)
        {
            // Years apart in the data's time, minutes apart in real time.
            await AppendAsync("orders.closed", $$"""{"asOf":"20{{i}}0-01-01"}""");
            await _scene.LookAsync($"2024-01-01 00:0{i + 1}");
            await _scene.FinishAsync();
        }

        var skipped = Assert.Single(await _scene.SkippedAsync());
        Assert.Contains("the budget of 2 runs in 1 day is spent until 2024-01-02 00:01:00 UTC", skipped);
        Assert.Equal(0, (await _scene.ViewAsync()).Budget.Left);

        await AppendAsync("orders.closed", "{}");
        await _scene.LookAsync("2024-01-02 00:01:30");
        Assert.Equal(3, (await _scene.RunsAsync()).Count);
    }

    [Fact]
    public async Task Runs_by_hand_neither_spend_a_budget_nor_are_held_back_by_it()
    {
        await _scene.DeployAsync(
            TriggerScene.Pipeline(new TriggerManifest(TriggerKinds.Event) { Event = "orders.closed" }) with
            {
                Budget = new BudgetManifest(1, 60_000),
            }
        );
        await _scene.Server.Runs.CreateAsync(PipelineWorld.Wish(TriggerScene.Train));
        await _scene.FinishAsync();

        Assert.Equal(1, (await _scene.ViewAsync()).Budget.Left);
    }

    [Fact]
    public async Task New_data_that_came_while_a_trigger_was_paused_are_looked_at_when_it_is_resumed()
    {
        await _scene.DeployAsync(
            TriggerScene.Pipeline(new TriggerManifest(TriggerKinds.NewRows, Dataset: "days", Rows: 2)) with
            {
                Nodes = [Manifests.Dataset("days", "days"), Manifests.Step("fit", "days")],
            }
        );
        await _scene.PauseAsync();
        await _scene.PushAsync("1.csv", 3);
        await _scene.LookAsync();
        Assert.Empty(await _scene.RunsAsync());

        await _scene.ResumeAsync();
        await _scene.LookAsync();

        await _scene.OnlyRunAsync();
    }

    [Fact]
    public async Task What_fails_in_one_project_holds_up_no_other()
    {
        await _scene.DeployAsync(
            TriggerScene.Pipeline(new TriggerManifest(TriggerKinds.Event) { Event = "orders.closed" })
        );
        await AppendAsync("orders.closed", "{}");
        await _scene.World.Kernel.Database.WriteAsync(async t =>
            await t.ExecuteAsync(
                "insert into pipelines_signal (position, project, type, data) values (1, 'other', 'orders.closed', 'no json')"
            )
        );

        await Assert.ThrowsAnyAsync<JsonException>(() => _scene.LookAsync());

        await _scene.OnlyRunAsync();
    }

    [Theory]
    [InlineData("run.finished", "{}", "appended by the platform only")]
    [InlineData("alert.raised", "{}", "appended by the platform only")]
    [InlineData("orders", "{}", "is not the type of an event")]
    [InlineData("Orders.Closed", "{}", "is not the type of an event")]
    [InlineData("orders.closed", "[1]", "are a JSON object")]
    public async Task An_event_from_outside_that_cannot_be_is_refused(string type, string data, string because)
    {
        var refused = await Assert.ThrowsAsync<RondoException>(() => AppendAsync(type, data));

        Assert.Contains(because, refused.Message);
    }

    [Fact]
    public async Task An_event_from_outside_cannot_be_caused_by_one_that_has_not_happened() =>
        await Assert.ThrowsAsync<RondoException>(() =>
            _scene
                .Server.Get<CustomEvents>()
                .AppendAsync(
                    PipelineWorld.Project,
                    new CustomEvent("orders.closed", null, null, 1_000_000),
                    Actor.Local
                )
        );

    private Task<long> AppendAsync(string type, string data) =>
        _scene
            .Server.Get<CustomEvents>()
            .AppendAsync(
                PipelineWorld.Project,
                new CustomEvent(type, null, JsonDocument.Parse(data).RootElement, null),
                new Actor("user:ada")
            );

    private static TriggerManifest[] Declared(string kind) =>
        kind switch
        {
            TriggerKinds.Schedule => [new(kind, "0 3 * * *")],
            TriggerKinds.NewRows => [new(kind, Dataset: "days", Rows: 1)],
            TriggerKinds.NewVersions => [new(kind, Dataset: "days") { Versions = 1 }],
            TriggerKinds.Drift or TriggerKinds.Degraded => [new(kind, Endpoint: "demand")],
            TriggerKinds.Release => [new(kind)],
            TriggerKinds.Pipeline => [new(kind) { Pipeline = "other" }],
            TriggerKinds.Event => [new(kind) { Event = "orders.closed" }],
            _ => [],
        };

    private static string Telling(string kind) =>
        kind switch
        {
            TriggerKinds.Schedule => "due",
            TriggerKinds.NewRows => "newRows",
            TriggerKinds.NewVersions => "newVersions",
            TriggerKinds.Drift or TriggerKinds.Degraded => "alert",
            TriggerKinds.Release => "commit",
            TriggerKinds.Pipeline => "runId",
            TriggerKinds.Backfill => "backfill",
            TriggerKinds.Manual => "reason",
            _ => "eventPosition",
        };

    private async Task CauseAsync(string kind)
    {
        switch (kind)
        {
            case TriggerKinds.Schedule:
                _scene.Set("2024-01-01 03:00");
                break;
            case TriggerKinds.NewRows or TriggerKinds.NewVersions:
                await _scene.PushAsync("1.csv", 3);
                break;
            case TriggerKinds.Drift or TriggerKinds.Degraded:
                var monitor = kind == TriggerKinds.Drift ? "drift" : "quality";
                await _scene.EventAsync(
                    "alert.raised",
                    new
                    {
                        endpoint = "demand",
                        kind = monitor,
                        windowTo = "2005-06-30",
                    }
                );
                break;
            case TriggerKinds.Release:
                await _scene.EventAsync("release.deployed", new { environment = "production", commit = "c0ffee" });
                break;
            case TriggerKinds.Pipeline:
                await _scene.Server.Runs.CreateAsync(PipelineWorld.Wish("other"));
                await _scene.FinishAsync();
                break;
            case TriggerKinds.Backfill:
                await _scene
                    .Server.Get<Rondo.Pipelines.Backfills.BackfillStore>()
                    .CreateAsync(
                        new(
                            PipelineWorld.Project,
                            PipelineWorld.Production,
                            TriggerScene.Train,
                            "2023-12-05",
                            "2023-12-05",
                            "all",
                            1
                        ),
                        Actor.Local
                    );
                await _scene.FillAsync();
                break;
            case TriggerKinds.Manual:
                await _scene.Server.Runs.CreateAsync(
                    PipelineWorld.Wish(TriggerScene.Train) with
                    {
                        Evidence = Manifests.Json(new { reason = "because" }),
                    }
                );
                break;
            default:
                await AppendAsync("orders.closed", """{"orders":3}""");
                break;
        }
    }
}
