using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// Which node may take what: outputs of its own group, of those around it, and of groups in these; of a for-each as a list only, of
/// an exit handler and of the other branch not at all.
/// </summary>
internal static class Reach
{
    public static void Check(StepNode node, NodeInput input)
    {
        var what = $"input '{input.Port}' of node '{node.Id}'";
        Check(node, input.From.Node, what, input.FanIn);
    }

    public static void Check(StepNode group, ConditionTest test)
    {
        if (test.From is { } from)
        {
            Check(group, from.Node, $"the condition of group '{group.Id}'");
        }
        else if (test.Graph != group.Graph)
        {
            throw group.Graph.Invalid(
                $"the condition of group '{group.Id}' takes parameter '{test.Parameter}' of another pipeline",
                "Declare the parameter in this pipeline"
            );
        }
    }

    /// <summary>An argument of the same pipeline; an item within its for-each only, a fact of the end in its handler only.</summary>
    public static void Check(StepNode node, string argument, ArgumentSource source)
    {
        if (source.Graph is { } graph && graph != node.Graph)
        {
            throw node.Graph.Invalid(
                source.Parameter is { } parameter
                    ? $"argument '{argument}' of node '{node.Id}' takes parameter '{parameter}' of another pipeline"
                    : $"argument '{argument}' of node '{node.Id}' comes from another pipeline",
                source.Parameter is null ? "Take it from this pipeline" : "Declare the parameter in this pipeline"
            );
        }
        if ((source.ForEach ?? source.Handler) is { } needed && !node.Lineage().Contains(needed))
        {
            throw node.Graph.Invalid(
                source.Handler is null
                    ? $"argument '{argument}' of node '{node.Id}' takes the item of for-each '{needed.Id}', which is known in its body only"
                    : $"argument '{argument}' of node '{node.Id}' takes '{source.Run}', which is known in the exit handler '{needed.Id}' only",
                "Add the node there"
            );
        }
    }

    public static void Check(StepNode node, StepNode from, string what, StepNode? fanIn = null)
    {
        if (from.Graph != node.Graph)
        {
            throw node.Graph.Invalid(
                $"{what} comes from node '{from.Id}' of another pipeline",
                "Wire nodes of one pipeline only; share data between pipelines as datasets or models"
            );
        }
        if (!from.Graph.Precedes(from, node))
        {
            throw node.Graph.Invalid(
                $"{what} needs node '{from.Id}', which is not declared before it",
                "Declare the needed node first"
            );
        }
        from.Takers.Add(node);
        var around = node.Lineage().ToHashSet();
        var left = from.Lineage().Skip(1).TakeWhile(group => !around.Contains(group)).ToList();
        foreach (var group in left)
        {
            CheckLeft(node, from, what, group, fanIn);
        }
        if (fanIn is not null && !left.Contains(fanIn))
        {
            throw node.Graph.Invalid(
                $"{what} takes the list of for-each '{fanIn.Id}' within that for-each",
                "Take the list outside"
            );
        }
        CheckBranches(node, from, what);
    }

    private static void CheckLeft(StepNode node, StepNode from, string what, StepNode group, StepNode? fanIn)
    {
        if (group.Always && !node.Lineage().Last().Always)
        {
            throw node.Graph.Invalid(
                $"{what} needs node '{from.Id}' in the exit handler '{group.Id}', which begins when everything else has ended",
                "Move the node into the handler"
            );
        }
        if (group.Kind == NodeKind.ForEach && group != fanIn)
        {
            throw node.Graph.Invalid(
                $"{what} needs node '{from.Id}', of which there is one for each item of for-each '{group.Id}'",
                fanIn is null
                    ? "Return it from the body: ForEach then gives a list, which a step with an input IReadOnlyList<T> takes"
                    : "Put the inner list together with a step in the outer body, and return what that step makes"
            );
        }
    }

    private static void CheckBranches(StepNode node, StepNode from, string what)
    {
        foreach (var mine in node.Lineage().Where(group => group.Condition is not null))
        {
            var other = from.Lineage()
                .FirstOrDefault(group =>
                    group.Condition?.Condition == mine.Condition!.Condition
                    && group.Condition.Not != mine.Condition.Not
                    && group.Parent == mine.Parent
                );
            if (other is not null)
            {
                throw node.Graph.Invalid(
                    $"{what} needs node '{from.Id}' of the other branch, which does not run when '{mine.Id}' does",
                    "Add the node before the condition"
                );
            }
        }
    }
}
