using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>The nodes of a pipeline: who holds whom, who takes what from whom. What does not hold together is refused here.</summary>
internal sealed class KfpNodes
{
    private readonly Dictionary<string, NodeManifest> _nodes = new(StringComparer.Ordinal);
    private readonly ILookup<string, NodeManifest> _children;
    private readonly HashSet<string> _kept = new(StringComparer.Ordinal);

    public KfpNodes(PipelineManifest pipeline)
    {
        Pipeline = pipeline;
        foreach (var node in pipeline.Nodes)
        {
            if (!_nodes.TryAdd(node.Id, node))
            {
                throw Invalid($"Two nodes are called '{node.Id}'.");
            }
        }

        foreach (var node in pipeline.Nodes)
        {
            CheckParents(node);
        }

        _children = pipeline.Nodes.ToLookup(node => node.Parent ?? "", StringComparer.Ordinal);
        foreach (var node in pipeline.Nodes)
        {
            CheckReferences(node);
            Keep(node);
        }

        if (KfpOrder.FindCycle(this) is { } stuck)
        {
            throw Invalid($"Node '{stuck}' waits for itself.");
        }
    }

    public PipelineManifest Pipeline { get; }

    public NodeManifest this[string id] => _nodes[id];

    /// <summary>The nodes of a group (null: those in none), in their order, without empty groups.</summary>
    public IEnumerable<NodeManifest> Children(string? group) =>
        _children[group ?? ""].Where(node => _kept.Contains(node.Id));

    public static bool IsSource(NodeManifest node) => node.Kind is NodeKind.Dataset or NodeKind.ServingModel;

    /// <summary>Whether a node is another or inside it.</summary>
    public bool IsWithin(string id, string? group)
    {
        for (var at = _nodes.GetValueOrDefault(id); at is not null; at = Parent(at))
        {
            if (at.Id == group)
            {
                return true;
            }
        }

        return group is null;
    }

    /// <summary>The node itself or the group around it that is directly in the given group; null: it is elsewhere.</summary>
    public NodeManifest? ChildOf(string? group, string id)
    {
        var at = _nodes[id];
        while (at is not null && at.Parent != group)
        {
            at = Parent(at);
        }

        return at;
    }

    /// <summary>The for-eachs around a node, from the inside out.</summary>
    public IEnumerable<string> Loops(string id)
    {
        for (var at = Parent(_nodes[id]); at is not null; at = Parent(at))
        {
            if (at.Kind == NodeKind.ForEach)
            {
                yield return at.Id;
            }
        }
    }

    public NodeManifest? Parent(NodeManifest node) => node.Parent is null ? null : _nodes[node.Parent];

    /// <summary>The nodes of which it takes something: inputs, what its condition asks, its list.</summary>
    public static IEnumerable<string> Taken(NodeManifest node)
    {
        var tests = node.Condition?.All.Select(test => test.FromNode) ?? [];
        return node
            .Inputs.Select(input => (string?)input.FromNode)
            .Concat(tests)
            .Append(node.ForEach?.FromNode)
            .OfType<string>();
    }

    public string TypeOf(string node, string port) => _nodes[node].Outputs.First(output => output.Port == port).Type;

    private void CheckParents(NodeManifest node)
    {
        var steps = 0;
        for (var at = node; at.Parent is { } parent; at = _nodes[parent])
        {
            if (!_nodes.TryGetValue(parent, out var group) || group.Kind is not (NodeKind.Group or NodeKind.ForEach))
            {
                throw Invalid($"Node '{at.Id}' is in '{parent}', which is no group.");
            }

            if (++steps > Pipeline.Nodes.Count)
            {
                throw Invalid($"Group '{parent}' is inside itself.");
            }
        }
    }

    private void CheckReferences(NodeManifest node)
    {
        foreach (var input in node.Inputs)
        {
            Made(node, input.FromNode, input.FromPort, $"input '{input.Port}'");
            if (OutOfLoop(node, input.FromNode) != input.FanIn)
            {
                throw Invalid(
                    input.FanIn
                        ? $"Input '{input.Port}' of node '{node.Id}' takes a list of '{input.FromNode}', which is in no other for-each."
                        : $"Input '{input.Port}' of node '{node.Id}' takes one of many of '{input.FromNode}', which is in a for-each."
                );
            }
        }

        foreach (var test in node.Condition?.All ?? [])
        {
            if (test.FromNode is { } from)
            {
                Single(node, from, test.FromPort ?? "", "the condition");
            }
            else if (Pipeline.Parameters.All(parameter => parameter.Name != test.Parameter))
            {
                throw Invalid($"The condition of node '{node.Id}' asks for parameter '{test.Parameter}', which is not declared.");
            }
        }

        if (node is { Kind: NodeKind.ForEach, ForEach: null })
        {
            throw Invalid($"Node '{node.Id}' has no list.");
        }

        if (node.ForEach is { FromNode: { } list } each)
        {
            Single(node, list, each.FromPort ?? "", "the list");
        }

        CheckRest(node);
    }

    private void CheckRest(NodeManifest node)
    {
        foreach (var argument in node.Arguments)
        {
            if (argument.Parameter is { } name && Pipeline.Parameters.All(parameter => parameter.Name != name))
            {
                throw Invalid($"Argument '{argument.Name}' of node '{node.Id}' takes parameter '{name}', which is not declared.");
            }

            if (argument.Item is { } item && !Loops(node.Id).Contains(item, StringComparer.Ordinal))
            {
                throw Invalid($"Argument '{argument.Name}' of node '{node.Id}' takes an item of '{item}', which is no for-each around it.");
            }
        }

        if (node.After.FirstOrDefault(after => !_nodes.ContainsKey(after)) is { } missing)
        {
            throw Invalid($"Node '{node.Id}' waits for '{missing}', which is not there.");
        }
    }

    private void Single(NodeManifest node, string from, string port, string place)
    {
        Made(node, from, port, place);
        if (OutOfLoop(node, from))
        {
            throw Invalid($"Node '{node.Id}': {place} takes one of many of '{from}', which is in a for-each.");
        }
    }

    private void Made(NodeManifest node, string from, string port, string place)
    {
        if (!_nodes.TryGetValue(from, out var maker) || maker.Outputs.All(output => output.Port != port))
        {
            throw Invalid($"Node '{node.Id}': {place} takes {from}.{port}, which nothing makes.");
        }

        if (IsWithin(from, node.Id))
        {
            throw Invalid($"Node '{node.Id}': {place} takes {from}.{port}, which it makes itself.");
        }
    }

    // Sources are resolved once, wherever they stand.
    private bool OutOfLoop(NodeManifest node, string from) =>
        !IsSource(_nodes[from]) && Loops(from).Any(loop => !IsWithin(node.Id, loop));

    private void Keep(NodeManifest node)
    {
        if (node.Kind is NodeKind.Group or NodeKind.ForEach)
        {
            return;
        }

        _kept.Add(node.Id);
        for (var at = Parent(node); at is not null && !IsSource(node) && _kept.Add(at.Id); at = Parent(at)) { }
    }

    private RondoException Invalid(string what) =>
        new(ErrorCode.InvalidArgument, $"Pipeline '{Pipeline.Name}': {what}", "Correct the manifest.");
}
