using System.Text.Json;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>An instance of a node: the node, and the items of the for-eaches around it.</summary>
internal sealed record LocalPlace(NodeManifest Node, IReadOnlyList<int> Items, string Id)
{
    public static LocalPlace Of(PipelineShape shape, NodeManifest node, IReadOnlyList<int> items) =>
        new(node, items, shape.InstanceId(node.Id, items));

    /// <summary>Its record before anything has happened.</summary>
    public LocalNode Empty { get; } =
        new(
            Id,
            Node.Step,
            LocalState.NotRun,
            0,
            null,
            new Dictionary<string, LocalInput>(StringComparer.Ordinal),
            new Dictionary<string, JsonElement>(StringComparer.Ordinal),
            new Dictionary<string, LocalArtifact>(StringComparer.Ordinal),
            new Dictionary<string, double>(StringComparer.Ordinal),
            null,
            null
        )
        {
            Template = Node.Id,
            Kind = Node.Kind,
        };
}
