namespace Rondo.Sdk;

/// <summary>
/// Loops over a list that a step makes (<c>Ref&lt;IReadOnlyList&lt;T>></c>) or that is written here. The body is declared once and
/// runs for each item; what it gives comes out as a list in the order of the items.
/// </summary>
public static class ForEachGraph
{
    /// <summary>How many items are under way at once unless told otherwise.</summary>
    public const int ParallelDefault = 8;

    /// <summary>Runs the body for each item.</summary>
    public static NodeRef ForEach<T>(
        this Graph graph,
        string name,
        Ref<IReadOnlyList<T>> items,
        Action<Item<T>> body,
        int parallel = ParallelDefault
    ) => Loop.Over(graph, name, items, parallel).Run(body);

    /// <summary>Runs the body for each item, and gives the list of what it gives.</summary>
    public static RefList<TOut> ForEach<T, TOut>(
        this Graph graph,
        string name,
        Ref<IReadOnlyList<T>> items,
        Func<Item<T>, Ref<TOut>> body,
        int parallel = ParallelDefault
    ) => Loop.Over(graph, name, items, parallel).Run(body);

    /// <summary>Runs the body for each item, and gives the lists of what it gives.</summary>
    public static (RefList<T1>, RefList<T2>) ForEach<T, T1, T2>(
        this Graph graph,
        string name,
        Ref<IReadOnlyList<T>> items,
        Func<Item<T>, (Ref<T1>, Ref<T2>)> body,
        int parallel = ParallelDefault
    ) => Loop.Over(graph, name, items, parallel).Run(body);

    /// <summary>Runs the body for each item, and gives the lists of what it gives.</summary>
    public static (RefList<T1>, RefList<T2>, RefList<T3>) ForEach<T, T1, T2, T3>(
        this Graph graph,
        string name,
        Ref<IReadOnlyList<T>> items,
        Func<Item<T>, (Ref<T1>, Ref<T2>, Ref<T3>)> body,
        int parallel = ParallelDefault
    ) => Loop.Over(graph, name, items, parallel).Run(body);

    /// <summary>Runs the body for each constant.</summary>
    public static NodeRef ForEach<T>(
        this Graph graph,
        string name,
        IReadOnlyList<T> items,
        Action<Item<T>> body,
        int parallel = ParallelDefault
    ) => Loop.Over(graph, name, items, parallel).Run(body);

    /// <summary>Runs the body for each constant, and gives the list of what it gives.</summary>
    public static RefList<TOut> ForEach<T, TOut>(
        this Graph graph,
        string name,
        IReadOnlyList<T> items,
        Func<Item<T>, Ref<TOut>> body,
        int parallel = ParallelDefault
    ) => Loop.Over(graph, name, items, parallel).Run(body);

    /// <summary>Runs the body for each constant, and gives the lists of what it gives.</summary>
    public static (RefList<T1>, RefList<T2>) ForEach<T, T1, T2>(
        this Graph graph,
        string name,
        IReadOnlyList<T> items,
        Func<Item<T>, (Ref<T1>, Ref<T2>)> body,
        int parallel = ParallelDefault
    ) => Loop.Over(graph, name, items, parallel).Run(body);

    /// <summary>Runs the body for each constant, and gives the lists of what it gives.</summary>
    public static (RefList<T1>, RefList<T2>, RefList<T3>) ForEach<T, T1, T2, T3>(
        this Graph graph,
        string name,
        IReadOnlyList<T> items,
        Func<Item<T>, (Ref<T1>, Ref<T2>, Ref<T3>)> body,
        int parallel = ParallelDefault
    ) => Loop.Over(graph, name, items, parallel).Run(body);
}
