using Rondo.Sdk.Wire;

namespace Rondo.Sdk.Graphs;

/// <summary>What is wrong with a graph, each with its place: nothing of it can be seen to by running it.</summary>
public static class ShapeProblems
{
    /// <summary>How deep groups may stand in groups.</summary>
    public const int DepthMax = 8;

    /// <summary>The first problem found, or null.</summary>
    public static string? Find(PipelineManifest manifest)
    {
        var nodes = new Dictionary<string, NodeManifest>(StringComparer.Ordinal);
        foreach (var node in manifest.Nodes)
        {
            if (!nodes.TryAdd(node.Id, node))
            {
                return $"two nodes are called '{node.Id}'";
            }
        }
        foreach (var node in manifest.Nodes)
        {
            if (Parent(node, nodes) is { } problem)
            {
                return $"node '{node.Id}': {problem}";
            }
        }
        if (ParentCycle(manifest) is { } around)
        {
            return $"the groups around node '{around}' hold each other";
        }
        var shape = new PipelineShape(manifest);
        return manifest
                .Nodes.Select(node => Problem(shape, node) is { } problem ? $"node '{node.Id}': {problem}" : null)
                .FirstOrDefault(problem => problem is not null)
            ?? Cycle(shape);
    }

    private static string? Parent(NodeManifest node, Dictionary<string, NodeManifest> nodes)
    {
        if (node.Parent is not { } parent)
        {
            return node.Id.Contains('.', StringComparison.Ordinal)
                ? "only a node in a group has a dot in its id"
                : null;
        }
        if (nodes.GetValueOrDefault(parent) is not { } group)
        {
            return $"the group '{parent}' does not exist";
        }
        if (group.Kind is not (NodeKind.Group or NodeKind.ForEach))
        {
            return $"'{parent}' is not a group";
        }
        var local = node.Id.StartsWith(parent + ".", StringComparison.Ordinal) ? node.Id[(parent.Length + 1)..] : "";
        return local.Length == 0 || char.IsAsciiDigit(local[0]) || local.Contains('.', StringComparison.Ordinal)
            ? $"its id must be '{parent}.' and a name"
            : null;
    }

    // Ids grow from parent to child, so that a cycle cannot be; a manifest that was not written by the Sdk is checked all the same.
    private static string? ParentCycle(PipelineManifest manifest)
    {
        var parents = manifest.Nodes.ToDictionary(node => node.Id, node => node.Parent, StringComparer.Ordinal);
        foreach (var node in manifest.Nodes)
        {
            var depth = 0;
            for (var up = node.Parent; up is not null; up = parents[up])
            {
                if (++depth > DepthMax)
                {
                    return node.Id;
                }
            }
        }
        return null;
    }

    private static string? Problem(PipelineShape shape, NodeManifest node)
    {
        if (PipelineShape.IsSource(node) && (node.Source is null || node.Outputs.Count != 1 || node.Parent is not null))
        {
            return "a source names what it takes, has one output, and stands in no group";
        }
        if (node.Kind is NodeKind.Group or NodeKind.ForEach && shape.Children(node.Id).Count == 0)
        {
            return "the group holds nothing";
        }
        if (node.Always && (node.Kind != NodeKind.Group || node.Parent is not null || node.Condition is not null))
        {
            return "an exit handler is a group, in no other one, without a condition";
        }
        return Kind(node)
            ?? node.Inputs.Select(input => Input(shape, node, input)).FirstOrDefault(problem => problem is not null)
            ?? PipelineShape
                .References(node)
                .Except(node.Inputs.Select(input => input.FromNode), StringComparer.Ordinal)
                .Select(from => Reference(shape, node, from, fanIn: false))
                .FirstOrDefault(problem => problem is not null)
            ?? node.Arguments.Select(argument => Argument(shape, node, argument)).FirstOrDefault(p => p is not null);
    }

    private static string? Kind(NodeManifest node) =>
        node.Kind switch
        {
            NodeKind.ForEach when node.ForEach is not { ParallelMax: >= 1 } list =>
                "a for-each has a list, and lets at least one item be under way",
            NodeKind.ForEach when node.ForEach!.Items is null == (node.ForEach.FromNode is null) =>
                "a for-each takes its list from an output, or has it as a constant",
            NodeKind.Merge when node.Inputs.Count == 0 || node.Outputs.Count != 1 =>
                "a merge has inputs, and one output",
            NodeKind.Approval when node.Approval is null || node.Outputs.Count != 1 =>
                "an approval has a question, and one output",
            NodeKind.Fail when string.IsNullOrEmpty(node.Message) => "a fail says why",
            _ => node.Condition?.All.FirstOrDefault(test =>
                !Conditions.Operators.Contains(test.Operator, StringComparer.Ordinal)
            )
                is { } test
                ? $"'{test.Operator}' is not a comparison"
                : null,
        };

    private static string? Input(PipelineShape shape, NodeManifest node, InputManifest input)
    {
        if (shape.Find(input.FromNode)?.Outputs.Any(output => output.Port == input.FromPort) is not true)
        {
            return $"input '{input.Port}' takes {input.FromNode}.{input.FromPort}, which nothing makes";
        }
        return Reference(shape, node, input.FromNode, input.FanIn) is { } problem
            ? $"input '{input.Port}': {problem}"
            : null;
    }

    private static string? Reference(PipelineShape shape, NodeManifest node, string from, bool fanIn)
    {
        if (shape.Find(from) is not { } source)
        {
            return $"it takes from node '{from}', which does not exist";
        }
        if (shape.Path(node.Id).Contains(source) || shape.Path(from).Contains(node))
        {
            return $"it takes from '{from}', which holds it or is held by it";
        }
        if (shape.Path(from)[0].Always && !shape.Path(node.Id)[0].Always)
        {
            return $"it takes from '{from}', which runs in the end";
        }
        var beyond = shape.Loops(from).Count - shape.SharedLoops(node.Id, from);
        return (beyond, fanIn) switch
        {
            (0, false) or (1, true) => null,
            (0, true) => $"it takes all items of '{from}', which no for-each holds",
            _ => $"it takes from '{from}' within a for-each: take the list of all items instead",
        };
    }

    private static string? Argument(PipelineShape shape, NodeManifest node, ArgumentManifest argument)
    {
        var given =
            (argument.Value is null ? 0 : 1)
            + (argument.Parameter is null ? 0 : 1)
            + (argument.Item is null ? 0 : 1)
            + (argument.Run is null ? 0 : 1);
        if (given != 1)
        {
            return $"argument '{argument.Name}' has {(given == 0 ? "no value" : "several values")}";
        }
        if (argument.Item is { } item && shape.Loops(node.Id).All(loop => loop.Id != item))
        {
            return $"argument '{argument.Name}' takes the item of '{item}', which does not hold it";
        }
        return argument.Parameter is { } name && shape.Manifest.Parameters.All(parameter => parameter.Name != name)
            ? $"argument '{argument.Name}' takes parameter '{name}', which is not declared"
            : null;
    }

    private static string? Cycle(PipelineShape shape)
    {
        var edges = shape.Edges().ToList();
        var waiting = shape.Manifest.Nodes.ToDictionary(node => node.Id, _ => 0, StringComparer.Ordinal);
        foreach (var (_, to) in edges)
        {
            waiting[to.Id]++;
        }
        var takers = edges.ToLookup(edge => edge.From.Id, edge => edge.To.Id, StringComparer.Ordinal);
        var free = new Queue<string>(waiting.Where(entry => entry.Value == 0).Select(entry => entry.Key));
        var done = 0;
        while (free.TryDequeue(out var id))
        {
            done++;
            foreach (var taker in takers[id])
            {
                if (--waiting[taker] == 0)
                {
                    free.Enqueue(taker);
                }
            }
        }
        return done == waiting.Count
            ? null
            : $"there is a cycle through node '{waiting.First(entry => entry.Value > 0).Key}'";
    }
}
