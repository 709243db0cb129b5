using System.Globalization;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>
/// A manifest as the reference reads it: by itself, from what the contract says, and with no word of the product's code. Slow and plain.
/// </summary>
internal sealed class ReferenceGraph(PipelineManifest manifest)
{
    private readonly Dictionary<string, NodeManifest> _nodes = manifest.Nodes.ToDictionary(node => node.Id);

    public NodeManifest this[string id] => _nodes[id];

    public IEnumerable<NodeManifest> In(string? group) => manifest.Nodes.Where(node => node.Parent == group);

    public static bool IsSource(NodeManifest node) => node.Kind is NodeKind.Dataset or NodeKind.ServingModel;

    /// <summary>From the outermost group to the node itself.</summary>
    public List<NodeManifest> Path(string id)
    {
        var path = new List<NodeManifest> { _nodes[id] };
        while (path[0].Parent is { } parent)
        {
            path.Insert(0, _nodes[parent]);
        }

        return path;
    }

    /// <summary>The id of the node's instance whose for-eaches are at these items.</summary>
    public string Instance(string id, IEnumerable<int> items)
    {
        var left = new Queue<int>(items);
        var parts = new List<string>();
        var path = Path(id);
        foreach (var node in path)
        {
            parts.Add(node.Parent is null ? node.Id : node.Id[(node.Parent.Length + 1)..]);
            if (node.Kind == NodeKind.ForEach && node != path[^1])
            {
                parts.Add(left.Dequeue().ToString(CultureInfo.InvariantCulture));
            }
        }

        return string.Join('.', parts);
    }

    /// <summary>The for-eaches around a node.</summary>
    public List<string> Loops(string id) =>
        [.. Path(id).SkipLast(1).Where(node => node.Kind == NodeKind.ForEach).Select(node => node.Id)];

    /// <summary>How many of the for-eaches around one hold the other, too.</summary>
    public int Shared(string one, string other) =>
        Loops(one).Zip(Loops(other)).TakeWhile(pair => pair.First == pair.Second).Count();

    /// <summary>Every node that this one names.</summary>
    public static IEnumerable<string> Named(NodeManifest node)
    {
        foreach (var input in node.Inputs)
        {
            yield return input.FromNode;
        }

        foreach (var after in node.After)
        {
            yield return after;
        }

        foreach (var test in node.Condition?.All ?? [])
        {
            if (test.FromNode is { } from)
            {
                yield return from;
            }
        }

        if (node.ForEach?.FromNode is { } list)
        {
            yield return list;
        }
    }

    /// <summary>Of two nodes those around them, or they, that stand in one group.</summary>
    public (NodeManifest First, NodeManifest Second) Siblings(string one, string other)
    {
        var (first, second) = (Path(one), Path(other));
        var depth = first.Zip(second).TakeWhile(pair => pair.First.Id == pair.Second.Id).Count();
        return (first[depth], second[depth]);
    }
}
