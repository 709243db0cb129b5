using Rondo.Sdk;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Testing;

/// <summary>The graph of a declared pipeline, for a test: what is in it, who needs whom, and under which conditions. Nothing runs.</summary>
public sealed class TestGraph
{
    private readonly PipelineShape _shape;

    internal TestGraph(PipelineManifest manifest) => _shape = new PipelineShape(manifest);

    /// <summary>What the pipeline declares.</summary>
    public PipelineManifest Manifest => _shape.Manifest;

    /// <summary>The ids of all nodes, in the order of their declaration.</summary>
    public IReadOnlyList<string> Nodes => [.. Manifest.Nodes.Select(node => node.Id)];

    /// <summary>Who takes something from whom, waits for it, or is decided by it: (from, to), in the order of declaration.</summary>
    public IReadOnlyList<(string From, string To)> Edges =>
        [
            .. Manifest
                .Nodes.SelectMany(node => PipelineShape.References(node).Select(from => (from, node.Id)))
                .Distinct(),
        ];

    /// <summary>The node of that id.</summary>
    public NodeManifest Node(string id) =>
        _shape.Find(id)
        ?? throw new RondoException(
            ErrorCode.NotFound,
            $"Pipeline '{Manifest.Name}' has no node '{id}'.",
            $"It has: {string.Join(", ", Nodes)}."
        );

    /// <summary>The ids of the nodes in a group, or of those in none.</summary>
    public IReadOnlyList<string> In(string? group)
    {
        if (group is not null)
        {
            Node(group);
        }
        return [.. _shape.Children(group).Select(node => node.Id)];
    }

    /// <summary>
    /// Under which condition a node runs, with those of the groups around it: <c>judge.value.rmse &lt; 3 and not (fast == true)</c>; null:
    /// under none.
    /// </summary>
    public string? ConditionOf(string node)
    {
        Node(node);
        var all = _shape.Path(node).Select(group => group.Condition).OfType<ConditionManifest>().Select(GraphText.Of);
        return string.Join(" and ", all) is { Length: > 0 } text ? text : null;
    }

    /// <summary>
    /// Whether a node has a say in what another one does: by an output, a condition, a list or an order; directly, through others, or through
    /// a group around it.
    /// </summary>
    public bool Reaches(string from, string to)
    {
        Node(from);
        Node(to);
        var reached = new HashSet<string>(StringComparer.Ordinal) { from };
        for (var before = 0; before < reached.Count; )
        {
            before = reached.Count;
            foreach (var node in Manifest.Nodes.Where(node => IsReached(node, reached)))
            {
                reached.Add(node.Id);
            }
        }
        return from != to && reached.Contains(to);
    }

    /// <summary>Fails the test unless a node reaches another one.</summary>
    public TestGraph MustReach(string from, string to) =>
        Reaches(from, to)
            ? this
            : throw new AssertionFailedException($"'{from}' does not reach '{to}' in\n{Describe()}");

    /// <summary>Fails the test if a node reaches another one: a holdout that leaks into training, for example.</summary>
    public TestGraph MustNotReach(string from, string to) =>
        !Reaches(from, to) ? this : throw new AssertionFailedException($"'{from}' reaches '{to}' in\n{Describe()}");

    /// <summary>The whole graph as text, one node a line, what a group holds below it: good to compare as a whole.</summary>
    public string Describe() => GraphText.Of(_shape);

    private bool IsReached(NodeManifest node, HashSet<string> reached) =>
        (node.Parent is { } group && reached.Contains(group))
        || PipelineShape
            .References(node)
            .Any(from =>
                reached.Contains(from) || reached.Any(known => known.StartsWith(from + ".", StringComparison.Ordinal))
            );
}
