using Rondo.Pipelines;
using Rondo.Pipelines.Triggers;
using Rondo.Sdk.Wire;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Pipelines;

/// <summary>Triggers that could never fire, or would fire without end, are refused when they are released.</summary>
public sealed class TriggerChecksTests
{
    public static TheoryData<string, string> Wrong =>
        new()
        {
            {
                "has the schedule '61 * * * *', which is not a cron line",
                Json(new(TriggerKinds.Schedule, "61 * * * *"))
            },
            { "it has 6 fields", Json(new(TriggerKinds.Schedule, "0 0 3 * * *")) },
            { "which is not a cron line", Json(new(TriggerKinds.Schedule)) },
            { "whose time never comes", Json(new(TriggerKinds.Schedule, "0 0 30 2 *")) },
            {
                "names the time zone 'Moon', which does not exist",
                Json(new(TriggerKinds.Schedule, "0 3 * * *", "Moon"))
            },
            { "catch-up policy 'some'", Json(new(TriggerKinds.Schedule, "0 3 * * *") { CatchUp = "some" }) },
            {
                "before it starts",
                Json(
                    new(TriggerKinds.Schedule, "0 3 * * *")
                    {
                        StartAt = DateTimeOffset.UnixEpoch.AddDays(2),
                        EndAt = DateTimeOffset.UnixEpoch,
                    }
                )
            },
            { "overlap policy 'push'", Json(new(TriggerKinds.Release) { Overlap = "push" }) },
            { "names no dataset, or no number of rows", Json(new(TriggerKinds.NewRows, Dataset: "days")) },
            { "no number of versions", Json(new(TriggerKinds.NewVersions, Dataset: "days") { Versions = 0 }) },
            { "names no endpoint", Json(new(TriggerKinds.Drift)) },
            { "names no pipeline", Json(new(TriggerKinds.Pipeline)) },
            { "in which no run ends", Json(new(TriggerKinds.Pipeline) { Pipeline = "other", States = ["running"] }) },
            { "which the project does not declare", Json(new(TriggerKinds.Pipeline) { Pipeline = "nope" }) },
            { "which is not a type", Json(new(TriggerKinds.Event) { Event = "closed" }) },
            { "which triggers themselves append", Json(new(TriggerKinds.Event) { Event = "trigger.skipped" }) },
            { "of a kind that this server does not know", Json(new("sometimes")) },
        };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_trigger_is_refused_with_what_is_wrong_about_it(string because, string trigger)
    {
        var refusal = Refusal(
            Manifests.Pipeline("train") with
            {
                Triggers = [System.Text.Json.JsonSerializer.Deserialize<TriggerManifest>(trigger)!],
            },
            Manifests.Pipeline("other")
        );

        Assert.Contains(because, refusal);
        Assert.Contains("Pipeline 'train'", refusal);
    }

    [Fact]
    public void Pipelines_that_start_each_other_in_a_circle_are_refused_and_the_circle_is_named()
    {
        Assert.Contains(
            "in a circle: a → b → c → a",
            Refusal(After("a", "c"), After("b", "a"), After("c", "b"), After("d", "c"))
        );
        Assert.Contains("in a circle: a → a", Refusal(After("a", "a")));
        PipelineCatalog.Check(
            PipelineWorld
                .Package("test", Manifests.Pipeline("a"), After("b", "a"), After("c", "a", "b"), After("d", "b", "c"))
                .Manifest
        );
    }

    [Fact]
    public void A_trigger_that_is_declared_twice_is_refused() =>
        Assert.Contains(
            "is declared twice",
            Refusal(
                Manifests.Pipeline("train") with
                {
                    Triggers = [new(TriggerKinds.Release), new(TriggerKinds.Release)],
                }
            )
        );

    [Fact]
    public void A_list_of_partitions_gives_a_schedule_nothing_to_choose_by()
    {
        var list = Manifests.Pipeline("train") with
        {
            Partitions = new PartitionsManifest("list", null, null, ["north", "south"]),
        };

        Assert.Contains(
            "cannot say which partition",
            Refusal(list with { Triggers = [new(TriggerKinds.Schedule, "0 3 * * *")] })
        );
        PipelineCatalog.Check(
            PipelineWorld
                .Package("test", list with { Triggers = [new(TriggerKinds.Event) { Event = "orders.closed" }] })
                .Manifest
        );
    }

    [Theory]
    [InlineData(0, 60_000, "no trigger could ever start one")]
    [InlineData(1, 10, "a period has one second")]
    [InlineData(1, 40_000_000_000, "to 366 days")]
    public void A_budget_that_cannot_be_is_refused(int runs, long perMs, string because) =>
        Assert.Contains(because, Refusal(Manifests.Pipeline("p") with { Budget = new(runs, perMs) }));

    [Fact]
    public void What_a_trigger_does_not_say_and_the_order_of_its_conditions_are_no_part_of_its_identity()
    {
        var one = new TriggerManifest(TriggerKinds.Event)
        {
            Event = "a.b",
            Where = new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" },
        };
        var same = one with
        {
            Where = new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" },
        };

        Assert.Equal(TriggerId.Of(one), TriggerId.Of(same));
        Assert.NotEqual(TriggerId.Of(one), TriggerId.Of(one with { Overlap = "skip" }));
    }

    [Fact]
    public void Nobody_outside_can_append_an_event_of_a_type_that_the_platform_appends_itself()
    {
        var types = AppendedEvents.Types;

        Assert.Contains("run.finished", types);
        Assert.Contains("project.created", types);
        Assert.Empty(types.Where(type => !EventTypes.Reserved.Contains(EventTypes.FamilyOf(type))));
    }

    private static PipelineManifest After(string name, params string[] others) =>
        Manifests.Pipeline(name) with
        {
            Triggers = [.. others.Select(other => new TriggerManifest(TriggerKinds.Pipeline) { Pipeline = other })],
        };

    private static string Refusal(params PipelineManifest[] pipelines) =>
        Assert
            .Throws<RondoException>(() => PipelineCatalog.Check(PipelineWorld.Package("test", pipelines).Manifest))
            .Message;

    private static string Json(TriggerManifest trigger) => System.Text.Json.JsonSerializer.Serialize(trigger);
}
