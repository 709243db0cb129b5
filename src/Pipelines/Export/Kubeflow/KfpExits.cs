using System.Collections;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>
/// Finds exit handlers that a failure in an exit handler cuts short. In a run such a failure passes over what needs the failed node, and
/// all else runs. Kubeflow begins nothing more in a graph in which something has failed, and its format has no word for going on.
/// </summary>
internal sealed class KfpExits
{
    private readonly KfpNodes _nodes;
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BitArray> _needed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BitArray> _own = new(StringComparer.Ordinal);
    private readonly List<NodeManifest> _failing;

    public KfpExits(KfpNodes nodes)
    {
        _nodes = nodes;
        foreach (var node in nodes.Pipeline.Nodes.Where(node => nodes.IsExit(node.Id)))
        {
            _places.Add(node.Id, _places.Count);
        }

        _failing = [.. nodes.Pipeline.Nodes.Where(node => _places.ContainsKey(node.Id) && CanFail(node))];
    }

    /// <summary>Whether a step in the exit handler may be left out though it needs nothing that failed.</summary>
    public bool IsCutShort(NodeManifest handler) =>
        _failing.Any(step => step.Kind == NodeKind.Step && _nodes.IsWithin(step.Id, handler.Id) && IsLeftOut(step));

    private static bool CanFail(NodeManifest node) =>
        node.Kind is NodeKind.Step or NodeKind.Fail || node.ForEach?.FromNode is not null;

    // Items of a for-each do not need each other.
    private bool IsLeftOut(NodeManifest step)
    {
        if (_nodes.Around(step.Id).Any(group => group.Kind == NodeKind.ForEach))
        {
            return true;
        }

        var needed = Needed(step);
        return _failing.Any(other =>
            other.Id != step.Id
            && !needed[_places[other.Id]]
            && !Needed(other)[_places[step.Id]]
            && !AreExclusive(step, other)
        );
    }

    private bool AreExclusive(NodeManifest one, NodeManifest other) =>
        _nodes
            .Around(one.Id)
            .Any(at =>
                at.Condition is { } condition
                && _nodes
                    .Around(other.Id)
                    .Any(beside => beside.Condition is { } opposite && KfpPairs.AreOpposite(condition, opposite))
            );

    // The nodes whose failure passes the node over, and so surely end before it.
    private BitArray Needed(NodeManifest node)
    {
        if (!_needed.TryGetValue(node.Id, out var needed))
        {
            needed = new BitArray(_places.Count);
            foreach (var at in _nodes.Around(node.Id))
            {
                needed.Or(Own(at));
            }

            _needed.Add(node.Id, needed);
        }

        return needed;
    }

    // The same without what the groups around it need.
    private BitArray Own(NodeManifest node)
    {
        if (!_own.TryGetValue(node.Id, out var needed))
        {
            needed = new BitArray(_places.Count);
            foreach (var from in PipelineShape.References(node).Where(_places.ContainsKey))
            {
                Add(needed, node, from);
            }

            _own.Add(node.Id, needed);
        }

        return needed;
    }

    private void Add(BitArray needed, NodeManifest node, string from)
    {
        var way = _nodes.Around(from).TakeWhile(at => !_nodes.IsWithin(node.Id, at.Id)).Reverse().ToList();
        // Of what a for-each holds, all items are needed: the whole for-each is.
        var end = way.FindIndex(at => at.Kind == NodeKind.ForEach) is var loop and >= 0 ? loop : way.Count - 1;
        Mark(needed, way[end]);
        foreach (var at in way.Take(end + 1))
        {
            needed.Or(Own(at));
            if (at.Condition is not null)
            {
                // What it holds may be passed over by the condition, and then fails nothing.
                return;
            }
        }
    }

    // A group fails with anything in it.
    private void Mark(BitArray needed, NodeManifest node)
    {
        needed[_places[node.Id]] = true;
        foreach (var child in _nodes.Children(node.Id))
        {
            Mark(needed, child);
        }
    }
}
