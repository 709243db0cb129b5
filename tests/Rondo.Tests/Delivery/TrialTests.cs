using Rondo.Data;
using Rondo.Delivery.Builds;
using Rondo.Sdk.Wire;
using Rondo.Tests.Pipelines;

namespace Rondo.Tests.Delivery;

public sealed class TrialTests
{
    private static readonly NodeManifest s_days = Manifests.Dataset("days", "days");
    private static readonly NodeManifest s_fit = Manifests.Step("fit", "days");

    [Fact]
    public void A_pipeline_on_samples_alone_can_be_tried() => Assert.Null(Obstacle(s_days, s_fit));

    [Fact]
    public void Without_a_sample_nobody_can_try_it()
    {
        var other = Manifests.Dataset("other", "weather");

        Assert.Contains("weather", Obstacle(s_days, s_fit, other));
    }

    [Fact]
    [Trait("Requirement", "R249")]
    public void A_build_has_no_secrets_and_the_test_environment_may_have_them()
    {
        var pipeline = Manifests.Pipeline(
            "train",
            s_days,
            s_fit with
            {
                Secrets = new Dictionary<string, string> { ["TOKEN"] = "api-token" },
            }
        );

        Assert.Contains("api-token", Trial.ObstacleInBuild(Of(pipeline), pipeline, null));
        Assert.Null(Trial.Obstacle(Of(pipeline), pipeline, null));
    }

    [Fact]
    public void Nobody_is_asked_by_a_trial()
    {
        var ask = s_fit with { Id = "release", Kind = NodeKind.Approval };

        Assert.Contains("release", Obstacle(s_days, ask));
    }

    [Fact]
    public void A_pipeline_whose_partitions_are_all_yet_to_come_waits_for_the_first()
    {
        var daily = Manifests.Pipeline("train", s_days, s_fit) with
        {
            Partitions = new PartitionsManifest("daily", "2024-01-01", null, null),
        };

        Assert.Contains("yet to come", Trial.Obstacle(Of(daily), daily, null));
        Assert.Null(Trial.Obstacle(Of(daily), daily, "2024-01-01"));
    }

    private static string? Obstacle(params NodeManifest[] nodes)
    {
        var pipeline = Manifests.Pipeline("train", nodes);
        Assert.Equal(Trial.Obstacle(Of(pipeline), pipeline, null), Trial.ObstacleInBuild(Of(pipeline), pipeline, null));
        return Trial.Obstacle(Of(pipeline), pipeline, null);
    }

    private static Manifest Of(PipelineManifest pipeline) =>
        new(
            Manifest.CurrentFormatVersion,
            "transit",
            "0.1.0",
            [new DatasetManifest("days", new TableSchema("days", []), null, "sample/days.csv")],
            [pipeline],
            []
        );
}
