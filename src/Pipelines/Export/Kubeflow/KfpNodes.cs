using System.Text.Json;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>The nodes of a pipeline: who holds whom, who takes what from whom. A graph that does not hold together is refused here.</summary>
internal sealed class KfpNodes
{
    private static readonly JsonElement s_null = JsonSerializer.SerializeToElement<object?>(null);

    private readonly PipelineShape _shape;
    private readonly Dictionary<string, ParameterManifest> _parameters;
    private readonly Dictionary<(string Node, string Seen), bool> _missing = [];

    public KfpNodes(PipelineManifest pipeline)
    {
        if (ShapeProblems.Find(pipeline) is { } problem)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Pipeline '{pipeline.Name}', {problem}.",
                "Correct the manifest."
            );
        }

        if (pipeline.Nodes.Count == 0)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Pipeline '{pipeline.Name}' has no step: there is nothing to export.",
                "Give it a step."
            );
        }

        _shape = new PipelineShape(pipeline);
        _parameters = pipeline.Parameters.ToDictionary(parameter => parameter.Name, StringComparer.Ordinal);
    }

    public PipelineManifest Pipeline => _shape.Manifest;

    public NodeManifest this[string id] => _shape[id];

    /// <summary>The parameter of the manifest with this name; null: it is one that the export adds.</summary>
    public ParameterManifest? Parameter(string name) => _parameters.GetValueOrDefault(name);

    /// <summary>The nodes of a group (null: those in none), in their order.</summary>
    public IReadOnlyList<NodeManifest> Children(string? group) => _shape.Children(group);

    public static bool IsSource(NodeManifest node) => PipelineShape.IsSource(node);

    /// <summary>The name of a node in its group.</summary>
    public static string LocalName(NodeManifest node) => PipelineShape.Local(node);

    /// <summary>The node itself and the groups around it, from the inside out.</summary>
    public IEnumerable<NodeManifest> Around(string id) => _shape.Path(id).Reverse();

    /// <summary>Whether a node is another or inside it.</summary>
    public bool IsWithin(string id, string group) => _shape.Path(id).Any(node => node.Id == group);

    /// <summary>Whether a node is in an exit handler.</summary>
    public bool IsExit(string id) => _shape.Path(id)[0].Always;

    /// <summary>The node itself or the group around it that is directly in the given group; null: it is elsewhere.</summary>
    public NodeManifest? ChildOf(string? group, string id) =>
        _shape.Path(id).FirstOrDefault(node => node.Parent == group);

    /// <summary>The nodes of which it takes something: inputs, what its condition asks, its list.</summary>
    public static IEnumerable<string> Taken(NodeManifest node) =>
        PipelineShape.References(node with { After = [] }).Distinct(StringComparer.Ordinal);

    /// <summary>Whether what a node makes may not exist though no step fails, as seen from another: a branch that is not taken, no model that serves, or that it cannot do without such a thing.</summary>
    public bool MayBeMissing(string id, string from)
    {
        if (_missing.TryGetValue((id, from), out var known))
        {
            return known;
        }

        var missing = Around(id).TakeWhile(at => !IsWithin(from, at.Id)).Any(IsMissing);
        return _missing[(id, from)] = missing;

        bool IsMissing(NodeManifest at) =>
            at.Condition is not null
            || at.Kind == NodeKind.ServingModel
            || (at.ForEach?.FromNode is { } list && MayBeMissing(list, at.Id))
            || (
                at.Kind == NodeKind.Merge
                    ? at.Inputs.All(input => MayBeMissing(input.FromNode, at.Id))
                    : at.Inputs.Any(input => !input.AllowNone && MayBeMissing(input.FromNode, at.Id))
            );
    }

    /// <summary>Whether it may be passed over by itself: it has a condition, or is a for-each that there may be no list for.</summary>
    public bool IsConditional(NodeManifest node) => node.Condition is not null || HasList(node) is not null;

    /// <summary>For a for-each whose list may be missing, the test that there is one; else null.</summary>
    public TestManifest? HasList(NodeManifest node) =>
        node.ForEach is { FromNode: { } list } each && MayBeMissing(list, node.Id)
            // What does not exist fits nothing, not even this.
            ? new TestManifest(list, each.FromPort, null, null, "!=", s_null)
            : null;

    public string TypeOf(string node, string port) => _shape[node].Outputs.First(output => output.Port == port).Type;
}
