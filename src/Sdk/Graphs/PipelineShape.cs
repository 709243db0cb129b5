using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk.Graphs;

/// <summary>
/// A manifest's graph by its groups: who stands in whom, who waits for whom, and which instance of a node another one takes from.
/// The server and the local runner decide by it, so that a run means the same in both.
/// </summary>
public sealed class PipelineShape
{
    private static readonly IReadOnlyList<NodeManifest> s_none = [];

    private readonly Dictionary<string, NodeManifest> _nodes;
    private readonly Dictionary<string, List<NodeManifest>> _children = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IReadOnlyList<NodeManifest>> _paths = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IReadOnlyList<NodeManifest>> _loops = new(StringComparer.Ordinal);

    /// <summary>Reads the manifest's nodes. Their ids must differ, and each parent must be there.</summary>
    public PipelineShape(PipelineManifest manifest)
    {
        Manifest = manifest;
        _nodes = manifest.Nodes.ToDictionary(node => node.Id, StringComparer.Ordinal);
        foreach (var node in manifest.Nodes)
        {
            var parent = node.Parent ?? "";
            if (!_children.TryGetValue(parent, out var siblings))
            {
                _children.Add(parent, siblings = []);
            }
            siblings.Add(node);
        }
    }

    /// <summary>What it was read from.</summary>
    public PipelineManifest Manifest { get; }

    /// <summary>The node of the manifest with this id.</summary>
    public NodeManifest this[string id] => _nodes[id];

    /// <summary>The node of that id, or null.</summary>
    public NodeManifest? Find(string id) => _nodes.GetValueOrDefault(id);

    /// <summary>Whether something begins when all else has ended.</summary>
    public bool HasAlways => Children(null).Any(node => node.Always);

    /// <summary>The nodes in a group, in the order of their declaration; null: those in none.</summary>
    public IReadOnlyList<NodeManifest> Children(string? group) =>
        _children.TryGetValue(group ?? "", out var children) ? children : s_none;

    /// <summary>The groups that hold a node, outermost first, and the node itself last.</summary>
    public IReadOnlyList<NodeManifest> Path(string id) => _paths.GetOrAdd(id, PathTo);

    /// <summary>The for-eaches that hold a node, outermost first.</summary>
    public IReadOnlyList<NodeManifest> Loops(string id) =>
        _loops.GetOrAdd(id, node => [.. Path(node).SkipLast(1).Where(group => group.Kind == NodeKind.ForEach)]);

    /// <summary>The name of a node in its group.</summary>
    public static string Local(NodeManifest node) =>
        node.Parent is null ? node.Id : node.Id[(node.Parent.Length + 1)..];

    /// <summary>Whether a node is resolved before the run begins, so that nothing waits for it.</summary>
    public static bool IsSource(NodeManifest node) => node.Kind is NodeKind.Dataset or NodeKind.ServingModel;

    /// <summary>The other nodes that a node names, for whatever reason.</summary>
    public static IEnumerable<string> References(NodeManifest node) =>
        node
            .Inputs.Select(input => input.FromNode)
            .Concat(node.After)
            .Concat(node.Condition?.All.Select(test => test.FromNode).OfType<string>() ?? [])
            .Concat(node.ForEach?.FromNode is { } list ? [list] : []);

    /// <summary>
    /// Each pair of nodes of one group of which the second waits for the first: because it takes something from it, or because something
    /// in the second takes something from something in the first. An exit handler waits only for exit handlers.
    /// </summary>
    public IEnumerable<(NodeManifest From, NodeManifest To)> Edges() =>
        Manifest
            .Nodes.SelectMany(node => References(node).Select(from => Siblings(from, node.Id)))
            .Where(edge => !IsSource(edge.From) && edge.From != edge.To && (!edge.To.Always || edge.From.Always))
            .DistinctBy(edge => (edge.From.Id, edge.To.Id));

    /// <summary>The id of an instance of a node: <c>outer.3.inner.5.step</c>. There is an item for each for-each that holds the node.</summary>
    public string InstanceId(string template, IReadOnlyList<int> items)
    {
        var path = Path(template);
        if (items.Count == 0)
        {
            return template;
        }
        var text = new StringBuilder(template.Length + 8 * items.Count);
        var loop = 0;
        for (var index = 0; index < path.Count; index++)
        {
            text.Append(index == 0 ? "" : ".").Append(Local(path[index]));
            if (path[index].Kind == NodeKind.ForEach && index < path.Count - 1)
            {
                text.Append('.').Append(items[loop++]);
            }
        }
        return text.ToString();
    }

    /// <summary>The items of the for-eaches around an instance: its id without the names.</summary>
    public IReadOnlyList<int> Items(string template, string instanceId)
    {
        var count = Loops(template).Count;
        if (count == 0)
        {
            return [];
        }
        var items = new List<int>(count);
        foreach (var part in instanceId.Split('.'))
        {
            if (char.IsAsciiDigit(part[0]))
            {
                items.Add(int.Parse(part, CultureInfo.InvariantCulture));
            }
        }
        return items;
    }

    /// <summary>
    /// The instance of <paramref name="from"/> that an instance of <paramref name="taker"/> with these items takes from. With
    /// <see cref="InputManifest.FanIn"/> it is the instance of the for-each, all of whose items it takes.
    /// </summary>
    public string SourceId(string taker, IReadOnlyList<int> items, string from, bool fanIn)
    {
        var shared = SharedLoops(taker, from);
        var around = items.Take(shared).ToList();
        return fanIn ? InstanceId(Loops(from)[shared].Id, around) : InstanceId(from, around);
    }

    /// <summary>How many for-eaches hold both nodes.</summary>
    public int SharedLoops(string one, string other) =>
        Loops(one).Zip(Loops(other)).TakeWhile(pair => pair.First == pair.Second).Count();

    private List<NodeManifest> PathTo(string id)
    {
        var path = new List<NodeManifest>();
        for (var node = _nodes[id]; ; node = _nodes[node.Parent])
        {
            path.Add(node);
            if (node.Parent is null)
            {
                break;
            }
        }
        path.Reverse();
        return path;
    }

    /// <summary>The two nodes, or the groups around them, that stand in one group. The same node twice: one holds the other.</summary>
    private (NodeManifest From, NodeManifest To) Siblings(string from, string to)
    {
        var (one, other) = (Path(from), Path(to));
        var index = 0;
        while (index < one.Count - 1 && index < other.Count - 1 && ReferenceEquals(one[index], other[index]))
        {
            index++;
        }
        return (one[index], other[index]);
    }
}
