using System.Collections.Concurrent;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>What has come to its end in a run so far, and what a node finds there.</summary>
internal sealed class LocalResults(PipelineShape shape)
{
    private readonly ConcurrentDictionary<string, LocalNode> _nodes = new(StringComparer.Ordinal);

    public void Set(LocalNode node) => _nodes[node.Id] = node;

    /// <summary>All of them in the order of their declaration, a group before what it holds, items in their order.</summary>
    public IReadOnlyList<LocalNode> Ordered()
    {
        var ordered = new List<LocalNode>(_nodes.Count);
        Add(null, [], ordered);
        return ordered;
    }

    /// <summary>The artifact of an output that exists, or null.</summary>
    public LocalArtifact? Output(LocalPlace taker, string from, string port) =>
        Output(shape.SourceId(taker.Node.Id, taker.Items, from, fanIn: false), port);

    /// <summary>What a node finds at its ports.</summary>
    public LocalFound Find(LocalPlace place)
    {
        var inputs = new Dictionary<string, LocalInput>(StringComparer.Ordinal);
        string? missing = null;
        foreach (var input in place.Node.Inputs)
        {
            foreach (var (name, taken) in input.FanIn ? FanIn(place, input) : [(input.Port, Take(place, input))])
            {
                inputs[name] = taken;
                if (taken.Artifact is null && !input.AllowNone)
                {
                    missing ??= $"There is no '{name}' ({taken.Node}.{taken.Port}).";
                }
            }
        }
        if (place.Node.ForEach is { FromNode: { } list, FromPort: { } port })
        {
            var items = Take(place, new InputManifest("items", ArtifactTypes.Json, list, port));
            inputs["items"] = items;
            missing ??= items.Artifact is null ? $"There is no list ({list}.{port})." : null;
        }
        return new(inputs, missing, NeedsFailed(place));
    }

    private LocalInput Take(LocalPlace place, InputManifest input)
    {
        var source = shape.SourceId(place.Node.Id, place.Items, input.FromNode, fanIn: false);
        return new(source, input.FromPort, Output(source, input.FromPort)?.Artifact);
    }

    private IEnumerable<(string Port, LocalInput Taken)> FanIn(LocalPlace place, InputManifest input)
    {
        var loop = shape.SourceId(place.Node.Id, place.Items, input.FromNode, fanIn: true);
        if (_nodes.GetValueOrDefault(loop) is not { State: LocalState.Succeeded, Items: { } count })
        {
            yield return (input.Port, new(loop, input.FromPort, null));
            yield break;
        }
        var around = place.Items.Take(shape.SharedLoops(place.Node.Id, input.FromNode)).ToList();
        for (var item = 0; item < count; item++)
        {
            var source = shape.InstanceId(input.FromNode, [.. around, item]);
            yield return (
                $"{input.Port}.{item}",
                new(source, input.FromPort, Output(source, input.FromPort)?.Artifact)
            );
        }
    }

    // An exit handler does not mind what failed before it; it minds other exit handlers.
    private string? NeedsFailed(LocalPlace place)
    {
        var node = place.Node;
        var path = shape.Path(node.Id);
        foreach (var from in PipelineShape.References(node))
        {
            var source = shape.Path(from);
            if (source[0].Always != path[0].Always)
            {
                continue;
            }
            var shared = shape.SharedLoops(node.Id, from);
            var beyond = shape.Loops(from).Count > shared;
            var id = shape.SourceId(node.Id, place.Items, from, fanIn: beyond);
            if (_nodes.GetValueOrDefault(id) is { } found && HasFailed(found))
            {
                return id;
            }
            // What stands in a group that was passed over has no record of its own.
            var around = source.Except(path).Where(group => shape.Loops(group.Id).Count <= shared);
            foreach (var group in around)
            {
                var groupId = shape.SourceId(node.Id, place.Items, group.Id, fanIn: false);
                if (_nodes.GetValueOrDefault(groupId) is { Decision: LocalDecisions.NeedsFailed })
                {
                    return groupId;
                }
            }
        }
        return null;
    }

    private static bool HasFailed(LocalNode node) =>
        node.State is LocalState.Failed || node.Decision == LocalDecisions.NeedsFailed;

    private LocalArtifact? Output(string id, string port) =>
        _nodes.GetValueOrDefault(id)?.Outputs.GetValueOrDefault(port) is { } output
        && output.Artifact.Type != ArtifactTypes.None
            ? output
            : null;

    private void Add(string? group, IReadOnlyList<int> items, List<LocalNode> ordered)
    {
        foreach (var child in shape.Children(group))
        {
            if (!_nodes.TryGetValue(shape.InstanceId(child.Id, items), out var node))
            {
                continue;
            }
            ordered.Add(node);
            if (child.Kind == NodeKind.Group)
            {
                Add(child.Id, items, ordered);
            }
            for (var item = 0; child.Kind == NodeKind.ForEach && item < node.Items; item++)
            {
                Add(child.Id, [.. items, item], ordered);
            }
        }
    }
}

/// <summary>
/// What a node finds at its ports. <paramref name="Missing"/> says which artifact that it cannot do without does not exist;
/// <paramref name="NeedsFailed"/> names what it needs and has failed.
/// </summary>
internal sealed record LocalFound(IReadOnlyDictionary<string, LocalInput> Inputs, string? Missing, string? NeedsFailed);
