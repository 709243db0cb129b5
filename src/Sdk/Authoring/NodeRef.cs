namespace Rondo.Sdk;

/// <summary>
/// A node of a graph, where what it makes does not matter: a step that returns nothing, a group, or an output's node. Later nodes
/// can wait for it (<see cref="NodeSettings.After"/>).
/// </summary>
public class NodeRef
{
    internal NodeRef(StepNode node) => Node = node;

    internal StepNode Node { get; }

    /// <summary>All the nodes that this stands for: the two branches of a condition are waited for together.</summary>
    internal virtual IReadOnlyList<StepNode> Nodes => [Node];

    /// <summary>For people: the node's id.</summary>
    public override string ToString() => Node.Id;
}

/// <summary>The branches of a condition, as one.</summary>
internal sealed class BranchesRef(StepNode then, StepNode? otherwise) : NodeRef(then)
{
    internal override IReadOnlyList<StepNode> Nodes { get; } = otherwise is null ? [then] : [then, otherwise];
}
