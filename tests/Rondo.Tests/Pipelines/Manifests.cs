using System.Text.Json;
using Rondo.Pipelines;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>Short ways to write a manifest.</summary>
internal static class Manifests
{
    public static PipelineManifest Pipeline(string name, params NodeManifest[] nodes) => new(name, [], nodes, [], 0);

    /// <summary>A step with one output <c>value</c>, one input for each node that it takes, and the name of its id before a hyphen.</summary>
    public static NodeManifest Step(string id, params string[] from) =>
        new(
            id,
            NodeKind.Step,
            "Steps." + id.Split('-')[0],
            null,
            "code",
            [.. from.Select((node, i) => new InputManifest($"in{i}", ArtifactTypes.Json, node, "value"))],
            [],
            [new PortManifest("value", ArtifactTypes.Json)],
            Cache: true,
            MaxAttempts: 1,
            TimeoutMs: 60_000
        );

    public static NodeManifest Dataset(string id, string dataset) =>
        Source(id, NodeKind.Dataset, dataset, ArtifactTypes.DatasetVersion);

    public static NodeManifest ServingModel(string id, string model) =>
        Source(id, NodeKind.ServingModel, model, ArtifactTypes.Model);

    /// <summary>A node in a group: its id is <c>group.name</c>.</summary>
    public static NodeManifest In(this NodeManifest node, string group) => node with { Parent = group };

    public static NodeManifest Group(string id, ConditionManifest? condition = null, bool always = false) =>
        Node(id, NodeKind.Group) with
        {
            Condition = condition,
            Always = always,
        };

    public static NodeManifest ForEach(string id, string from, int parallel = 2) =>
        Node(id, NodeKind.ForEach) with
        {
            ForEach = new ForEachManifest(from, "value", null, parallel),
        };

    public static NodeManifest ForEach(string id, IReadOnlyList<object> items, int parallel = 2) =>
        Node(id, NodeKind.ForEach) with
        {
            ForEach = new ForEachManifest(null, null, Json(items), parallel),
        };

    public static NodeManifest Merge(string id, params string[] from) =>
        Step(id, from) with
        {
            Kind = NodeKind.Merge,
            Step = "merge",
            Inputs = [.. Step(id, from).Inputs.Select(input => input with { AllowNone = true })],
        };

    public static NodeManifest Fail(string id, string message, params string[] after) =>
        Node(id, NodeKind.Fail) with
        {
            Message = message,
            After = after,
        };

    public static NodeManifest Approval(string id, ApprovalManifest question, params string[] after) =>
        Node(id, NodeKind.Approval) with
        {
            Approval = question,
            After = after,
            Outputs = [new PortManifest("value", ArtifactTypes.Json)],
        };

    /// <summary>A step that takes the outputs of all items.</summary>
    public static NodeManifest Collect(string id, string from) =>
        Step(id) with
        {
            Inputs = [new InputManifest("all", ArtifactTypes.Json, from, "value") { FanIn = true }],
        };

    public static ConditionManifest Equal(string node, object value, bool not = false, string? path = null) =>
        new([new TestManifest(node, "value", null, path, "==", Json(value))], not);

    private static NodeManifest Node(string id, NodeKind kind) =>
        new(id, kind, "", null, "", [], [], [], Cache: false, MaxAttempts: 1, TimeoutMs: 0);

    public static JsonElement Json(object value) => JsonSerializer.SerializeToElement(value);

    private static NodeManifest Source(string id, NodeKind kind, string source, string type) =>
        new(id, kind, "", source, "", [], [], [new PortManifest("value", type)], false, 1, 0);
}
