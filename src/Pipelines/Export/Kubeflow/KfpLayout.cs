using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>
/// Gives every node its place: which graph its task is in. A group, a for-each and a condition each are a graph of their own. A part that may be
/// passed over while somebody needs what it makes, or waits for it, stands in a <em>choice</em>: a graph that always runs, and whose
/// outputs are those of the part or of what stands for it otherwise.
/// </summary>
internal sealed class KfpLayout
{
    private const string ExitHandler = "exit-handler";

    private readonly KfpNodes _nodes;
    private readonly KfpNames _components = new();
    private readonly HashSet<string> _needed;
    private readonly Dictionary<string, KfpDag> _choices = new(StringComparer.Ordinal);

    public KfpLayout(KfpNodes nodes)
    {
        _nodes = nodes;
        Pairs = new KfpPairs(nodes);
        Root = new KfpDag("root", null);
        Dags.Add(Root);
        Main = Root;
        FindPairs(null);
        _needed = Needed();
        Place();
    }

    public KfpDag Root { get; }

    /// <summary>Holds everything but exit handlers.</summary>
    public KfpDag Main { get; private set; }

    public KfpPairs Pairs { get; }

    /// <summary>All graphs, each after the one around it.</summary>
    public List<KfpDag> Dags { get; } = [];

    public List<KfpLeaf> Leaves { get; } = [];

    /// <summary>The leaf of a node that has one.</summary>
    public Dictionary<string, KfpLeaf> LeafOf { get; } = new(StringComparer.Ordinal);

    /// <summary>The graph of a group or for-each.</summary>
    public Dictionary<string, KfpDag> DagOf { get; } = new(StringComparer.Ordinal);

    /// <summary>What runs under a condition, and which.</summary>
    public Dictionary<KfpDag, NodeManifest> Conditional { get; } = [];

    /// <summary>The choice whose output a merge is.</summary>
    public Dictionary<string, KfpDag> ChoiceOf { get; } = new(StringComparer.Ordinal);

    /// <summary>The graph in which a value of a node is made.</summary>
    public KfpDag HomeOf(string node) => ChoiceOf.GetValueOrDefault(node) ?? LeafOf[node].Dag;

    /// <summary>The graph of a node's own task, and that task. A merge that is an output of a choice has the task of the choice.</summary>
    public (KfpDag Dag, KfpTask Task) TaskOf(string node)
    {
        if (LeafOf.TryGetValue(node, out var leaf))
        {
            return (leaf.Dag, leaf.Task);
        }

        var dag = ChoiceOf.GetValueOrDefault(node) ?? DagOf[node];
        return (dag.Parent!, dag.Task);
    }

    /// <summary>Whether how the pipeline ended can be asked: there is an exit handler, and something before it.</summary>
    public bool HasExit => Main != Root;

    /// <summary>A container that does what the plan says.</summary>
    public KfpLeaf AddLeaf(KfpDag dag, string name, KfpPlan plan, NodeManifest? node = null)
    {
        var component = _components.Claim("comp-" + KfpNames.Slug(name));
        var leaf = new KfpLeaf(component, dag, dag.AddTask(KfpNames.Slug(name), component), plan) { Node = node };
        Leaves.Add(leaf);
        return leaf;
    }

    public KfpDag AddDag(KfpDag parent, string name, bool isLoop = false, bool isChoice = false)
    {
        var slug = KfpNames.Slug(name);
        var dag = new KfpDag(_components.Claim("comp-" + slug), parent) { IsLoop = isLoop, IsChoice = isChoice };
        Dags.Add(dag);
        return parent.AddDag(slug, dag);
    }

    private void FindPairs(string? group)
    {
        Pairs.Find(group);
        foreach (var child in _nodes.Children(group).Where(node => node.Kind is NodeKind.Group or NodeKind.ForEach))
        {
            FindPairs(child.Id);
        }
    }

    // Parts under a condition of which something outside takes an output, or for which it waits.
    private HashSet<string> Needed()
    {
        var needed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var node in _nodes.Pipeline.Nodes)
        {
            var own = Pairs.IsOneOf(node) ? node.Parent : null;
            foreach (var from in KfpNodes.Taken(node).Concat(node.After))
            {
                foreach (var at in _nodes.Around(from).TakeWhile(at => !_nodes.IsWithin(node.Id, at.Id)))
                {
                    // A "one of" takes its two branches as they are.
                    if (_nodes.IsConditional(at) && !(Pairs.IsOneOf(node) && at.Parent == own))
                    {
                        needed.Add(at.Id);
                    }
                }
            }
        }

        return needed;
    }

    private void Place()
    {
        var all = _nodes.Children(null);
        var exits = all.Where(node => node.Always).ToList();
        var rest = all.Except(exits).ToList();
        if (exits.Count == 0 || rest.Count == 0)
        {
            // Alone, an exit handler begins at once, as any other group does.
            PlaceAll(Root, all);
            return;
        }

        Main = AddDag(Root, ExitHandler);
        PlaceAll(Main, rest);
        // Kubeflow has one exit task for each task: several handlers share one.
        var exitDag = exits.Count > 1 ? AddDag(Root, "on-exit") : null;
        PlaceAll(exitDag ?? Root, exits);
        var exitTask = (exitDag ?? DagOf[exits[0].Id]).Task;
        exitTask.IsExit = true;
        exitTask.Dependents.Add(Main.Task.Name);
    }

    private void PlaceAll(KfpDag dag, IReadOnlyList<NodeManifest> children)
    {
        foreach (var child in children.Where(child => !Pairs.IsOneOf(child)))
        {
            PlacePart(_nodes.IsConditional(child) ? ChoiceFor(dag, child) : dag, child);
        }

        foreach (var merge in children.Where(Pairs.IsOneOf))
        {
            ChoiceOf[merge.Id] = _choices[_nodes.ChildOf(merge.Parent, merge.Inputs[0].FromNode)!.Id];
        }
    }

    private KfpDag ChoiceFor(KfpDag dag, NodeManifest part)
    {
        var partner = Pairs.PartnerOf(part.Id);
        if (partner is not null && _choices.TryGetValue(partner, out var shared))
        {
            return _choices[part.Id] = shared;
        }

        return partner is null && !_needed.Contains(part.Id)
            ? dag
            : _choices[part.Id] = AddDag(dag, "choice-" + KfpNodes.LocalName(part), isChoice: true);
    }

    private void PlacePart(KfpDag dag, NodeManifest node)
    {
        if (!_nodes.IsConditional(node))
        {
            PlaceWhole(dag, node);
        }
        else if (node.Kind == NodeKind.Group)
        {
            PlaceWhole(dag, node);
            Conditional.Add(DagOf[node.Id], node);
        }
        else
        {
            var when = AddDag(dag, "when-" + KfpNodes.LocalName(node));
            Conditional.Add(when, node);
            PlaceWhole(when, node);
        }
    }

    private void PlaceWhole(KfpDag dag, NodeManifest node)
    {
        switch (node.Kind)
        {
            case NodeKind.Group or NodeKind.ForEach:
                var group = AddDag(dag, KfpNodes.LocalName(node), isLoop: node.Kind == NodeKind.ForEach);
                DagOf.Add(node.Id, group);
                PlaceAll(group, _nodes.Children(node.Id));
                break;
            case NodeKind.Dataset:
                LeafOf.Add(node.Id, AddLeaf(Main, node.Id, Plan(node, ""), node));
                break;
            case NodeKind.ServingModel:
                PlaceServingModel(node);
                break;
            default:
                LeafOf.Add(node.Id, AddLeaf(dag, KfpNodes.LocalName(node), Plan(node, KindOf(node)), node));
                break;
        }
    }

    // There may be no model yet: then nothing is imported, and the choice gives what stands for none.
    private void PlaceServingModel(NodeManifest node)
    {
        var choice = AddDag(Main, "choice-" + node.Id, isChoice: true);
        var when = AddDag(choice, "when-" + KfpNodes.LocalName(node));
        Conditional.Add(when, node);
        LeafOf.Add(node.Id, AddLeaf(when, KfpNodes.LocalName(node), Plan(node, ""), node));
    }

    private KfpPlan Plan(NodeManifest node, string kind) =>
        new(KfpPlan.CurrentFormatVersion, kind, _nodes.Pipeline.Name, node.Id)
        {
            Message = node.Message,
            Seed = node.Seed,
            Salt = node.Salt,
            TimeoutMs = kind == KfpPlanKinds.Step && node.TimeoutMs > 0 ? node.TimeoutMs : null,
        };

    private static string KindOf(NodeManifest node) =>
        node.Kind switch
        {
            NodeKind.Merge => KfpPlanKinds.First,
            NodeKind.Approval => KfpPlanKinds.Value,
            NodeKind.Fail => KfpPlanKinds.Fail,
            _ => KfpPlanKinds.Step,
        };
}
