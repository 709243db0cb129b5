using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Makes the groups of a condition, and the node where their values come together.</summary>
internal static class Branching
{
    public static NodeRef Of(Graph graph, Condition condition, Action then, Action? otherwise)
    {
        var first = Group(graph, condition, not: false);
        graph.Within(first, then);
        return new BranchesRef(first, Other(graph, condition, otherwise));
    }

    public static Ref<T> Of<T>(Graph graph, Condition condition, Func<Ref<T>> then, Func<Ref<T>> otherwise)
    {
        var (first, one) = Branch(graph, condition, not: false, group => Kept(graph, group, then()));
        var (_, other) = Branch(graph, condition, not: true, group => Kept(graph, group, otherwise()));
        return Merged(graph, first.Name + "-value", one, other);
    }

    public static (Ref<T1>, Ref<T2>) Of<T1, T2>(
        Graph graph,
        Condition condition,
        Func<(Ref<T1>, Ref<T2>)> then,
        Func<(Ref<T1>, Ref<T2>)> otherwise
    )
    {
        var (first, one) = Branch(graph, condition, not: false, group => Kept(graph, group, then()));
        var (_, other) = Branch(graph, condition, not: true, group => Kept(graph, group, otherwise()));
        return (
            Merged(graph, first.Name + "-value-1", one.Item1, other.Item1),
            Merged(graph, first.Name + "-value-2", one.Item2, other.Item2)
        );
    }

    public static Ref<T> Of<T>(Graph graph, Condition condition, Func<Ref<T>> then, Action? otherwise)
    {
        var (_, value) = Branch(graph, condition, not: false, group => Kept(graph, group, then()));
        Other(graph, condition, otherwise);
        return value;
    }

    /// <summary>
    /// An output that exists only if the group runs, once for each item of a for-each: an output from outside is passed through a node in it.
    /// </summary>
    public static Ref<T> Kept<T>(Graph graph, StepNode group, Ref<T> value)
    {
        if (value is null)
        {
            throw graph.Invalid($"the lambda of group '{group.Id}' gives null", "Give an output");
        }
        if (value.Node.Lineage().Contains(group))
        {
            return value;
        }
        var merge = graph.AddMerge("value");
        merge.Wire("value", value, value.Type, allowNone: true);
        return merge.Merged<T>(value.Type);
    }

    public static NodeRef Within(this Graph graph, StepNode group, Action build)
    {
        graph.Within(
            group,
            () =>
            {
                build();
                return 0;
            }
        );
        return new NodeRef(group);
    }

    private static (Ref<T1>, Ref<T2>) Kept<T1, T2>(Graph graph, StepNode group, (Ref<T1>, Ref<T2>) values) =>
        (Kept(graph, group, values.Item1), Kept(graph, group, values.Item2));

    private static Ref<T> Merged<T>(Graph graph, string name, Ref<T> then, Ref<T> otherwise)
    {
        var merge = graph.AddMerge(name);
        merge.Wire("then", then, then.Type, allowNone: true);
        merge.Wire("otherwise", otherwise, otherwise.Type, allowNone: true);
        return merge.Merged<T>(then.Type);
    }

    private static (StepNode Group, T Value) Branch<T>(
        Graph graph,
        Condition condition,
        bool not,
        Func<StepNode, T> build
    )
    {
        var group = Group(graph, condition, not);
        return (group, graph.Within(group, () => build(group)));
    }

    private static StepNode? Other(Graph graph, Condition condition, Action? otherwise)
    {
        if (otherwise is null)
        {
            return null;
        }
        var second = Group(graph, condition, not: true);
        graph.Within(second, otherwise);
        return second;
    }

    private static StepNode Group(Graph graph, Condition condition, bool not)
    {
        var group = graph.AddGroup(not ? condition.Name + "-otherwise" : condition.Name);
        group.Condition = new(condition, not);
        foreach (var test in condition.Tests)
        {
            Reach.Check(group, test);
        }
        return group;
    }
}
