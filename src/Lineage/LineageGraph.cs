namespace Rondo.Lineage;

/// <summary>The two ways to walk.</summary>
public enum LineageDirection
{
    /// <summary>To what it was made from.</summary>
    Up,

    /// <summary>To what was made from it.</summary>
    Down,
}

/// <summary>
/// Everything that is reached from <paramref name="Root"/>. Edges point the way the data flowed, from cause to effect: going up,
/// a tree is printed by following them backwards from the root.
/// </summary>
public sealed record LineageGraph(
    string Root,
    LineageDirection Direction,
    IReadOnlyList<LineageNode> Nodes,
    IReadOnlyList<LineageEdge> Edges,
    bool Truncated
);

/// <summary>
/// <paramref name="Kind"/> is one of <c>artifact execution run model-version dataset-version commit package event</c>.
/// </summary>
public sealed record LineageNode(string Id, string Kind, string Label, IReadOnlyDictionary<string, object?> Properties);

/// <summary>For an artifact's edge the label is its port.</summary>
public sealed record LineageEdge(string From, string To, string Label);
