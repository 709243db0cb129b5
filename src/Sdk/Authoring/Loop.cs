using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Makes the node of a for-each.</summary>
internal static class Loop
{
    private const int ParallelMax = 1000;
    private const int ConstantsMax = 10_000;

    public static Loop<T> Over<T>(Graph graph, string name, Ref<IReadOnlyList<T>> items, int parallel)
    {
        var node = Node(graph, name, parallel);
        if (items is null)
        {
            throw graph.Invalid($"for-each '{node.Id}' has no items", "Pass the output of a step that returns a list");
        }
        Reach.Check(node, items.Node, $"for-each '{node.Id}'");
        node.Items = new(items, null, parallel);
        return new(graph, node);
    }

    public static Loop<T> Over<T>(Graph graph, string name, IReadOnlyList<T> items, int parallel)
    {
        var node = Node(graph, name, parallel);
        if (items is null or { Count: 0 or > ConstantsMax })
        {
            throw graph.Invalid(
                $"for-each '{node.Id}' has {items?.Count ?? 0} items",
                $"Give 1 to {ConstantsMax} constants; let a step make a longer list"
            );
        }
        node.Items = new(null, JsonSerializer.SerializeToElement(items, RondoJson.Options), parallel);
        return new(graph, node);
    }

    private static StepNode Node(Graph graph, string name, int parallel)
    {
        Names.InRange(parallel, 1, ParallelMax, $"The items at once of for-each '{name}'");
        return graph.AddGroup(name, NodeKind.ForEach);
    }
}

internal sealed class Loop<T>(Graph graph, StepNode node)
{
    private readonly Item<T> _item = new(node);

    public NodeRef Run(Action<Item<T>> body) => graph.Within(node, () => body(_item));

    public RefList<TOut> Run<TOut>(Func<Item<T>, Ref<TOut>> body) =>
        RefList<TOut>.Of(node, graph.Within(node, () => Kept(body(_item))));

    public (RefList<T1>, RefList<T2>) Run<T1, T2>(Func<Item<T>, (Ref<T1>, Ref<T2>)> body)
    {
        var (one, two) = graph.Within(
            node,
            () =>
            {
                var (one, two) = body(_item);
                return (Kept(one), Kept(two));
            }
        );
        return (RefList<T1>.Of(node, one), RefList<T2>.Of(node, two));
    }

    public (RefList<T1>, RefList<T2>, RefList<T3>) Run<T1, T2, T3>(Func<Item<T>, (Ref<T1>, Ref<T2>, Ref<T3>)> body)
    {
        var (one, two, three) = graph.Within(
            node,
            () =>
            {
                var (one, two, three) = body(_item);
                return (Kept(one), Kept(two), Kept(three));
            }
        );
        return (RefList<T1>.Of(node, one), RefList<T2>.Of(node, two), RefList<T3>.Of(node, three));
    }

    private Ref<TOut> Kept<TOut>(Ref<TOut> value) => Branching.Kept(graph, node, value);
}
