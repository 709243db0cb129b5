using System.ComponentModel;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// The graph of one pipeline while it is declared. Steps are added by the methods that the generator writes; nothing runs
/// here. Within a branch, a loop or a group the same graph is used: what is added there belongs to it.
/// </summary>
public sealed class Graph
{
    internal const int NodesMax = 10_000;
    internal const int NestingMax = 8;

    private readonly List<StepNode> _nodes = [];
    private Dictionary<string, StepNode>? _byId;
    private int _order;
    private readonly GraphParameters _parameters;
    private readonly HashSet<(StepNode? Parent, string Name)> _names = [];
    private readonly Dictionary<(StepNode? Parent, string Name), int> _numbers = [];
    private readonly List<string> _registered = [];

    internal Graph(string pipeline)
    {
        Pipeline = pipeline;
        _parameters = new GraphParameters(this);
    }

    /// <summary>The pipeline's name.</summary>
    public string Pipeline { get; }

    /// <summary>The run's id, as an argument.</summary>
    public Argument<string> RunId => Argument<string>.OfRun("id", this);

    internal IReadOnlyList<StepNode> Nodes => _nodes;

    /// <summary>The schemas by which rows of a type are validated in this graph.</summary>
    internal Dictionary<Type, TableSchema> Schemas { get; } = [];

    /// <summary>What rows of a type should be like: as they are validated, or as the type says.</summary>
    internal TableSchema SchemaOf<T>() => Schemas.GetValueOrDefault(typeof(T)) ?? TableSchema.Of<T>();

    internal IReadOnlyList<ParameterManifest> Parameters => _parameters.Manifests;

    /// <summary>The models that this pipeline proposes to the registry.</summary>
    internal IReadOnlyList<string> Registered => _registered;

    /// <summary>The group that nodes are added to now; null: none.</summary>
    internal StepNode? Current { get; private set; }

    /// <summary>Declares a parameter of a run: int, long, float, double, bool, string or an enum.</summary>
    /// <param name="name">The name under which a run sets it.</param>
    /// <param name="defaultValue">The value when a run does not.</param>
    /// <param name="min">The smallest value of a number.</param>
    /// <param name="max">The largest value of a number.</param>
    /// <param name="choices">The only values of a text; an enum has them by itself.</param>
    public Parameter<T> Parameter<T>(
        string name,
        T defaultValue,
        double? min = null,
        double? max = null,
        IReadOnlyList<string>? choices = null
    ) => _parameters.Add(name, new Optional<T>(defaultValue), new(min, max, choices));

    /// <summary>Declares a parameter that each run must set: <c>g.Required&lt;string&gt;("region")</c>.</summary>
    public Parameter<T> Required<T>(
        string name,
        double? min = null,
        double? max = null,
        IReadOnlyList<string>? choices = null
    ) => _parameters.Add(name, default(Optional<T>), new(min, max, choices));

    /// <summary>The key of the run's partition, as an argument; the pipeline must be <see cref="Rondo.Sdk.Pipeline.Partitioned"/>.</summary>
    public Argument<string> Partition() => Argument<string>.OfRun("partition", this);

    /// <summary>
    /// The model version that serves <paramref name="model"/> when the run is created; in the first run there is none. Use
    /// <see cref="MaybeRef.IfAny"/> to add nodes that need one.
    /// </summary>
    public Ref<Model?> Serving(string model)
    {
        Names.Checked(model, "a model");
        var node =
            _nodes.Find(node => node.Kind == NodeKind.ServingModel && node.Source == model)
            ?? AddResolved(NodeKind.ServingModel, "serving-" + model, model);
        return node.OutputPorts.Count == 0
            ? node.Output("value", Sdk.Artifacts.Model, allowNone: true).OrNone()
            : new Ref<Model>(node, "value").OrNone();
    }

    /// <summary>The newest version of a dataset when the run is created: its files, not yet read.</summary>
    public Ref<DatasetVersionContent> Version(IDataset dataset)
    {
        var node =
            _nodes.Find(node => node.Kind == NodeKind.Dataset && node.Source == dataset.Name && !node.Optional)
            ?? AddResolved(NodeKind.Dataset, dataset.Name, dataset.Name);
        return node.OutputPorts.Count == 0
            ? node.Output("value", Sdk.Artifacts.DatasetVersion)
            : new Ref<DatasetVersionContent>(node, "value");
    }

    /// <summary>
    /// As <see cref="Version"/>, but the run begins also where nobody has pushed to the dataset yet: for a step that reads on from where
    /// the dataset ends.
    /// </summary>
    public Ref<DatasetVersionContent?> VersionIfAny(IDataset dataset)
    {
        var node =
            _nodes.Find(node => node.Kind == NodeKind.Dataset && node.Source == dataset.Name && node.Optional)
            ?? AddResolved(NodeKind.Dataset, dataset.Name + "-so-far", dataset.Name, optional: true);
        return node.OutputPorts.Count == 0
            ? node.Output("value", Sdk.Artifacts.DatasetVersion, allowNone: true).OrNone()
            : new Ref<DatasetVersionContent>(node, "value").OrNone();
    }

    /// <summary>
    /// Asks a person, and waits for the answer: a bool, int, long, double, string, or an enum (whose names are the choices).
    /// </summary>
    /// <param name="name">The node's name.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="approvers">Who may answer, for example <c>user:ada</c>; none: everybody who may change the project.</param>
    /// <param name="expires">How long it waits; none: without end.</param>
    /// <param name="otherwise">The answer when the time is over; without one the run then stops.</param>
    public Ref<T> Approval<T>(
        string name,
        string question,
        IReadOnlyList<string>? approvers = null,
        TimeSpan? expires = null,
        Optional<T> otherwise = default
    )
    {
        var node = Add(new StepNode(this, Claim(Names.Node(name)), NodeKind.Approval, "approval"));
        node.Approval = Approvals.Of(node, question, approvers ?? [], expires, otherwise);
        return node.Output("value", Sdk.Artifacts.Json<T>());
    }

    /// <summary>Fails the run, with this message; good at the end of a branch.</summary>
    public NodeRef Fail(string message)
    {
        if (string.IsNullOrWhiteSpace(message))
        {
            throw Invalid("a fail has no message", "Say why the run fails here");
        }
        return new NodeRef(Add(new StepNode(this, Claim("fail"), NodeKind.Fail, "fail") { Message = message }));
    }

    /// <summary>For generated code: adds a step.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public StepNode AddStep(StepCode code)
    {
        var node = Add(
            new StepNode(this, Claim(Names.Kebab(code.Method)), NodeKind.Step, code.FullName)
            {
                CodeTypes = code.Types,
                Cache = code.Cache,
            }
        );
        StepCodes.Apply(code, node);
        return node;
    }

    internal StepNode AddCommand(string name) =>
        Add(new StepNode(this, Claim(Names.Kebab(name)), NodeKind.Step, NodeManifest.CommandStep));

    /// <summary>A group, in which <see cref="Within"/> adds nodes.</summary>
    internal StepNode AddGroup(string name, NodeKind kind = NodeKind.Group) =>
        Add(new StepNode(this, Claim(Names.Node(name)), kind, kind == NodeKind.Group ? "group" : "for-each"));

    internal StepNode AddMerge(string name) => Add(new StepNode(this, Claim(name), NodeKind.Merge, "merge"));

    /// <summary>Adds the nodes of a group.</summary>
    internal T Within<T>(StepNode group, Func<T> build)
    {
        var around = Current;
        Current = group;
        try
        {
            var depth = group.Lineage().Count();
            if (depth > NestingMax)
            {
                throw Invalid(
                    $"group '{group.Id}' is nested {depth} deep, more than {NestingMax}",
                    "Split the pipeline, or take a group apart"
                );
            }
            var result = build();
            return group.HoldsNodes
                ? result
                : throw Invalid($"group '{group.Id}' holds no step", "Add one in its lambda, or leave the group out");
        }
        finally
        {
            Current = around;
        }
    }

    /// <summary>The node of that id, or null.</summary>
    internal StepNode? Find(string id)
    {
        // Two threads may build it: both build the same.
        var byId = _byId ??= _nodes.ToDictionary(node => node.Id, StringComparer.Ordinal);
        return byId.GetValueOrDefault(id);
    }

    internal void Registers(string model) => _registered.Add(Names.Checked(model, "a model"));

    /// <summary>A free name in the current group: the same step added twice gets the suffix -2, and so on.</summary>
    internal string Claim(string name) => Claim(name, Current);

    /// <summary>Takes another name in the place of one that was claimed.</summary>
    internal string Reclaim(string name, StepNode node)
    {
        _names.Remove((node.Parent, node.Name));
        _byId = null;
        return _names.Add((node.Parent, name))
            ? name
            : throw Invalid($"node '{node.IdOf(name)}' is named twice", "Give each node its own name");
    }

    internal int NextOrder() => _order++;

    /// <summary>
    /// Whether a node can come before another. In <c>g.Command(…).Input("rows.csv", g.Rows())</c> the needed node is declared within the
    /// declaration of the one that needs it: that one, with all that it holds, is then moved after it, if nothing else needs it yet.
    /// </summary>
    internal bool Precedes(StepNode needed, StepNode node)
    {
        if (needed.Order < node.Order)
        {
            return !node.Lineage().Contains(needed);
        }
        var moved = node.HoldsNodes ? _nodes.FindAll(other => other.Lineage().Contains(node)) : [node];
        if (
            node.Parent != Current
            || moved.Contains(needed)
            || moved.Exists(one => one.Takers.Exists(taker => !moved.Contains(taker)))
        )
        {
            return false;
        }
        if (moved.Count == 1)
        {
            _nodes.RemoveAt(_nodes.LastIndexOf(node));
        }
        else
        {
            _nodes.RemoveAll(moved.Contains);
        }
        _nodes.AddRange(moved);
        moved.ForEach(one => one.Order = NextOrder());
        return true;
    }

    internal RondoException Invalid(string what, string mend) =>
        new(ErrorCode.InvalidArgument, $"In pipeline '{Pipeline}', {what}.", mend + ".");

    // The server resolves these when a run is created, whatever group asks for them.
    private StepNode AddResolved(NodeKind kind, string name, string source, bool optional = false) =>
        Add(
            new StepNode(
                this,
                Claim(name, null),
                kind,
                kind == NodeKind.Dataset ? "dataset" : "serving-model",
                root: true
            )
            {
                Source = source,
                Optional = optional,
            }
        );

    private string Claim(string name, StepNode? parent)
    {
        var free = name;
        while (!_names.Add((parent, free)))
        {
            // Counted, not tried one by one: a step may be there thousands of times.
            var number = _numbers.GetValueOrDefault((parent, name), 1) + 1;
            _numbers[(parent, name)] = number;
            free = $"{name}-{number}";
        }
        return free;
    }

    private StepNode Add(StepNode node)
    {
        if (_nodes.Count >= NodesMax)
        {
            throw Invalid($"there are more than {NodesMax} nodes", "Split the pipeline");
        }
        _nodes.Add(node);
        _byId = null;
        return node;
    }
}
