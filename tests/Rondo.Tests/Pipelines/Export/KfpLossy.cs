using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines.Export;

/// <summary>For each construct that Kubeflow lacks, a pipeline that loses it and nothing else that matters, and the node of the loss.</summary>
internal static class KfpLossy
{
    public static (PipelineManifest Pipeline, string? Node) Pipeline(string construct)
    {
        var fit = Manifests.Step("fit");
        var plain = Manifests.Pipeline("p", fit);
        return construct switch
        {
            "approval" => (Manifests.Pipeline("p", Approval("ok"), fit with { After = ["ok"] }), "ok"),
            "partitions" => (plain with { Partitions = new("daily", "2024-01-01", "UTC", null) }, null),
            "failure-policy" => (plain with { FailurePolicy = FailurePolicies.Slow }, null),
            "registration" => (
                Manifests.Pipeline("p", fit with { Outputs = [new("value", ArtifactTypes.ModelProposal)] }),
                "fit"
            ),
            "retry-classes" => (
                Manifests.Pipeline("p", fit with { Retries = [Retry("crash", 3), Retry("exit:3", 2)] }),
                "fit"
            ),
            "retry-time" => (
                Manifests.Pipeline("p", fit with { Retries = [Retry("*", 0) with { WithinMs = 7_200_000 }] }),
                "fit"
            ),
            "environment" => (
                Manifests.Pipeline("p", fit with { Environment = new Dictionary<string, string> { ["a-b"] = "1" } }),
                "fit"
            ),
            "secrets" => (
                Manifests.Pipeline("p", fit with { Secrets = new Dictionary<string, string> { ["TOKEN"] = "chat" } }),
                "fit"
            ),
            "exit-inputs" => (
                Manifests.Pipeline("p", fit, Exit(), Manifests.Step("end.tell", "fit") with { Parent = "end" }),
                "end.tell"
            ),
            "run-fact" => (Manifests.Pipeline("p", fit, Exit(), Tell("failed-node")), "end.tell"),
            _ => (
                Manifests.Pipeline("p", fit, Exit(), Tell("id"), Manifests.Step("end.log") with { Parent = "end" }),
                "end"
            ),
        };
    }

    public static (PipelineManifest Pipeline, string? Node) Cosmetic(string construct)
    {
        var fit = Manifests.Step("fit");
        var plain = Manifests.Pipeline("p", fit);
        return construct switch
        {
            "cache" => (plain, "fit"),
            "pool" => (Manifests.Pipeline("p", fit with { Pool = "gpu" }), "fit"),
            "processes" => (Manifests.Pipeline("p", fit with { Resources = new(0, 0, null, 0, 8) }), "fit"),
            "secrets" => (
                Manifests.Pipeline("p", fit with { Secrets = new Dictionary<string, string> { ["TOKEN"] = "chat" } }),
                "fit"
            ),
            "retry-interval" => (
                Manifests.Pipeline("p", fit with { Retries = [Retry("*", 3) with { IntervalMaxMs = 5000 }] }),
                "fit"
            ),
            "triggers" => (plain with { Triggers = [new TriggerManifest("release")] }, null),
            "run-limits" => (plain with { RunsMax = 1 }, null),
            "priority" => (plain with { Priority = 5 }, null),
            "parameter-limits" => (plain with { Parameters = [new("n", "integer", null) { Min = 1 }] }, null),
            "dataset" => (
                Manifests.Pipeline("p", Manifests.Dataset("rows", "days"), Manifests.Step("fit", "rows")),
                "rows"
            ),
            _ => (
                Manifests.Pipeline("p", Manifests.ServingModel("now", "demand"), Manifests.Step("fit", "now")),
                "now"
            ),
        };
    }

    private static NodeManifest Approval(string id) =>
        Group(id, NodeKind.Approval) with
        {
            Outputs = [new("value", ArtifactTypes.Json)],
            Approval = new("Release?", "boolean", null, [], 0, null),
        };

    private static NodeManifest Exit() => Group("end", NodeKind.Group) with { Always = true };

    private static NodeManifest Tell(string fact) =>
        Manifests.Step("end.tell") with
        {
            Parent = "end",
            Arguments = [new("fact", null, null) { Run = fact }],
        };

    private static RetryManifest Retry(string on, int attempts) => new(on, attempts, 0, 1000, 1, 0);

    public static NodeManifest Group(string id, NodeKind kind) => new(id, kind, "", null, "", [], [], [], false, 1, 0);
}
