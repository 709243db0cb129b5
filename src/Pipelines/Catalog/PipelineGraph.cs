using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Catalog;

/// <summary>A manifest with its nodes by id.</summary>
internal sealed class PipelineGraph(PipelineManifest manifest)
{
    private readonly Dictionary<string, NodeManifest> _nodes = manifest.Nodes.ToDictionary(
        node => node.Id,
        StringComparer.Ordinal
    );

    public PipelineManifest Manifest => manifest;

    public NodeManifest this[string id] => _nodes[id];

    /// <summary>Each pair of steps of which the second waits for the first. Sources are there from the start: nothing waits for them.</summary>
    public IEnumerable<(string From, string To)> Edges() =>
        manifest
            .Nodes.SelectMany(node => node.Inputs.Select(input => (From: input.FromNode, To: node.Id)))
            .Where(edge => _nodes[edge.From].Kind == NodeKind.Step)
            .Distinct();
}
