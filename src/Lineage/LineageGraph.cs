namespace Rondo.Lineage;

/// <summary>The ways to walk.</summary>
public enum LineageDirection
{
    /// <summary>To what it was made from.</summary>
    Up,

    /// <summary>To what was made from it.</summary>
    Down,

    /// <summary>Both, in one graph.</summary>
    Both,
}

/// <summary>
/// Everything that is reached from <paramref name="Root"/>. Edges point the way the data flowed, from cause to effect: going up,
/// a tree is printed by following them backwards from the root. <paramref name="Cut"/> says where the walk ended because it was too long
/// (<see cref="LineageLimits"/>).
/// </summary>
public sealed record LineageGraph(
    string Root,
    LineageDirection Direction,
    IReadOnlyList<LineageNode> Nodes,
    IReadOnlyList<LineageEdge> Edges,
    bool Truncated,
    string? Cut = null
);

/// <summary>
/// <paramref name="Kind"/> is one of <c>artifact execution run model-version dataset-version endpoint commit package event</c>, or
/// <c>dataset logged-model</c> of what clients have logged.
/// In a grouped graph a node may stand for many: its property <c>count</c> says for how many.
/// </summary>
public sealed record LineageNode(string Id, string Kind, string Label, IReadOnlyDictionary<string, object?> Properties);

/// <summary>For an artifact's edge the label is its port.</summary>
public sealed record LineageEdge(string From, string To, string Label);
