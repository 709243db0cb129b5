using System.Globalization;
using System.Text.Json;
using Rondo.Pipelines;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>What a node of a run finds where it looks, as the contract of the manifest says.</summary>
internal sealed class ReferenceValues(ReferenceGraph graph, string runId, RunTables tables, SimulatedDisk disk)
{
    /// <summary>Why the node is not begun; null: it is.</summary>
    public string? WhyPassedOver(NodeManifest node, IReadOnlyList<int> items, bool slow)
    {
        if (slow && ReferenceGraph.Named(node).Any(named => NeedsFailed(node, named, items)))
        {
            return StepDecisions.NeedsFailed;
        }

        if (node.Condition is { } condition && !Holds(condition, node, items))
        {
            return StepDecisions.Condition;
        }

        if (node.Kind == NodeKind.Merge)
        {
            return Branches(node, items).Any() ? null : StepDecisions.Missing;
        }

        if (node.Inputs.Any(input => Missing(node, input, items)))
        {
            return StepDecisions.Missing;
        }

        return node.ForEach is { FromNode: { } list } && Found(node, list, items) is null
            ? StepDecisions.Missing
            : null;
    }

    /// <summary>The digests at the ports of a step.</summary>
    public Dictionary<string, string> Inputs(NodeManifest node, IReadOnlyList<int> items)
    {
        var inputs = new Dictionary<string, string>();
        foreach (var input in node.Inputs)
        {
            if (!input.FanIn)
            {
                inputs[input.Port] = OrNone(Found(node, input.FromNode, items));
                continue;
            }

            if (FannedIn(node, input, items) is not { } list)
            {
                inputs[input.Port] = OrNone(null);
                continue;
            }

            foreach (var (index, output) in list.Index())
            {
                inputs[string.Create(CultureInfo.InvariantCulture, $"{input.Port}.{index}")] = OrNone(output);
            }
        }

        return inputs;
    }

    public Dictionary<string, JsonElement> Arguments(NodeManifest node, IReadOnlyList<int> items) =>
        node.Arguments.ToDictionary(
            argument => argument.Name,
            argument => argument.Value ?? Parameter(argument) ?? Item(node, argument, items) ?? Fact(argument.Run!)
        );

    /// <summary>The items of a for-each.</summary>
    public List<JsonElement> Items(NodeManifest node, IReadOnlyList<int> items) =>
        [
            .. (
                node.ForEach!.Items
                ?? Json(graph.Instance(node.ForEach.FromNode!, Around(node, node.ForEach.FromNode!, items)))!
            ).Value.EnumerateArray(),
        ];

    /// <summary>The first of a merge's inputs that exists.</summary>
    public (string Type, string Digest) Merged(NodeManifest node, IReadOnlyList<int> items) =>
        Branches(node, items).First();

    /// <summary>The JSON of what an instance has published.</summary>
    public JsonElement? Json(string instance) =>
        tables.Outputs.TryGetValue((instance, "value"), out var output) && disk.Find(output.Digest) is { } bytes
            ? JsonDocument.Parse(bytes).RootElement
            : null;

    private IEnumerable<(string Type, string Digest)> Branches(NodeManifest node, IReadOnlyList<int> items) =>
        node
            .Inputs.Select(input => Found(node, input.FromNode, items))
            .Where(found => found is not null && found.Value.Type != ArtifactTypes.None)
            .Select(found => found!.Value);

    private IEnumerable<int> Around(NodeManifest node, string named, IReadOnlyList<int> items) =>
        items.Take(graph.Shared(node.Id, named));

    private (string Type, string Digest)? Found(NodeManifest node, string named, IReadOnlyList<int> items) =>
        tables.Outputs.TryGetValue((graph.Instance(named, Around(node, named, items)), "value"), out var output)
            ? output
            : null;

    private static string OrNone((string Type, string Digest)? output) =>
        output?.Digest ?? StepFunction.DigestOf("null"u8.ToArray());

    private bool Missing(NodeManifest node, InputManifest input, IReadOnlyList<int> items)
    {
        if (input.AllowNone)
        {
            return false;
        }

        if (!input.FanIn)
        {
            return Found(node, input.FromNode, items) is not { } found || found.Type == ArtifactTypes.None;
        }

        return FannedIn(node, input, items) is not { } list
            || list.Any(output => output is not { } found || found.Type == ArtifactTypes.None);
    }

    /// <summary>One entry for each item of the for-each; null when that has not succeeded.</summary>
    private List<(string Type, string Digest)?>? FannedIn(
        NodeManifest node,
        InputManifest input,
        IReadOnlyList<int> items
    )
    {
        var around = Around(node, input.FromNode, items).ToList();
        var loop = graph.Instance(graph.Loops(input.FromNode)[around.Count], around);
        if (tables.Steps.GetValueOrDefault(loop) is not { State: StepStates.Succeeded } row)
        {
            return null;
        }

        return
        [
            .. Enumerable
                .Range(0, (int)row.Items)
                .Select(item =>
                    tables.Outputs.TryGetValue(
                        (graph.Instance(input.FromNode, [.. around, item]), "value"),
                        out var output
                    )
                        ? output
                        : ((string, string)?)null
                ),
        ];
    }

    // A node needs what failed, and what needs what failed: also where that was never made, because the group around it was passed over.
    private bool NeedsFailed(NodeManifest node, string named, IReadOnlyList<int> items)
    {
        if (graph.Path(named)[0].Always != graph.Path(node.Id)[0].Always)
        {
            return false;
        }

        var around = Around(node, named, items).ToList();
        var loops = graph.Loops(named);
        var looked = loops.Count > around.Count ? loops[around.Count] : named;
        for (string? at = looked; at is not null; at = graph[at].Parent)
        {
            if (tables.Steps.TryGetValue(graph.Instance(at, around.Take(graph.Loops(at).Count)), out var row))
            {
                return row.State == StepStates.Failed || row.Decision == StepDecisions.NeedsFailed;
            }
        }

        return false;
    }

    private bool Holds(ConditionManifest condition, NodeManifest node, IReadOnlyList<int> items) =>
        condition.All.All(test => Holds(test, node, items)) != condition.Not;

    private bool Holds(TestManifest test, NodeManifest node, IReadOnlyList<int> items)
    {
        var value = test.Parameter is { } name ? tables.Run.Parameters[name] : ValueOf(test, node, items);
        if (value is not { } found)
        {
            return false;
        }

        if (test.Path is { } path)
        {
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(path, out found))
            {
                return false;
            }
        }

        // Constants are numbers here.
        if (found.ValueKind != JsonValueKind.Number)
        {
            return test.Operator == "!=";
        }

        var (left, right) = (found.GetInt64(), test.Value.GetInt64());
        return test.Operator switch
        {
            "==" => left == right,
            "!=" => left != right,
            "<" => left < right,
            "<=" => left <= right,
            ">" => left > right,
            _ => left >= right,
        };
    }

    private JsonElement? ValueOf(TestManifest test, NodeManifest node, IReadOnlyList<int> items) =>
        Found(node, test.FromNode!, items) is { } found && found.Type != ArtifactTypes.None
            ? Json(graph.Instance(test.FromNode!, Around(node, test.FromNode!, items)))
            : null;

    private JsonElement? Parameter(ArgumentManifest argument) =>
        argument.Parameter is { } name ? tables.Run.Parameters[name] : null;

    private JsonElement? Item(NodeManifest node, ArgumentManifest argument, IReadOnlyList<int> items)
    {
        if (argument.Item is not { } loop)
        {
            return null;
        }

        var depth = graph.Loops(node.Id).IndexOf(loop);
        var item = Items(graph[loop], [.. items.Take(depth)])[items[depth]];
        return argument.Path is { } path ? item.GetProperty(path) : item;
    }

    private JsonElement Fact(string name) =>
        JsonSerializer.SerializeToElement(name == "id" ? runId : tables.Run.Outcome ?? tables.Run.State);
}
