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

    public static JsonElement Json(object value) => JsonSerializer.SerializeToElement(value);

    private static NodeManifest Source(string id, NodeKind kind, string source, string type) =>
        new(id, kind, "", source, "", [], [], [new PortManifest("value", type)], false, 1, 0);
}
