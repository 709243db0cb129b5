using System.ComponentModel;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>A node of a graph while it is built. Its methods are for the generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class StepNode
{
    internal const long DefaultTimeoutMs = 3_600_000;

    private readonly List<NodeInput> _inputs = [];
    private readonly HashSet<string> _inputNames = new(StringComparer.Ordinal);
    private readonly List<Func<ArgumentManifest>> _arguments = [];
    private readonly List<NodeOutput> _outputs = [];

    internal StepNode(Graph graph, string name, NodeKind kind, string step, bool root = false)
    {
        Graph = graph;
        Name = name;
        Kind = kind;
        Step = step;
        Parent = root ? null : graph.Current;
        Order = graph.NextOrder();
        if (Parent is not null)
        {
            Parent.HoldsNodes = true;
        }
    }

    internal Graph Graph { get; }

    /// <summary>The id within its group.</summary>
    internal string Name { get; private set; }

    internal string Id => IdOf(Name);

    internal NodeKind Kind { get; }

    internal string Step { get; }

    /// <summary>The group that holds it; null: none.</summary>
    internal StepNode? Parent { get; }

    /// <summary>Its place in the order of declaration: nodes stand after what they need.</summary>
    internal int Order { get; set; }

    /// <summary>Whether it is a group with something in it.</summary>
    internal bool HoldsNodes { get; private set; }

    /// <summary>The nodes that need it.</summary>
    internal List<StepNode> Takers { get; } = [];

    internal string? Source { get; init; }

    internal IReadOnlyList<Type> CodeTypes { get; init; } = [];

    /// <summary>Bytes besides assemblies that are the step's code: a command line and its scripts.</summary>
    internal Func<string>? CodeText { get; set; }

    internal bool Cache { get; set; } = true;

    internal int MaxAttempts { get; set; } = 1;

    internal long TimeoutMs { get; set; } = DefaultTimeoutMs;

    /// <summary>What else its author says about it.</summary>
    internal NodeOptions Options { get; set; } = new();

    internal NodeCondition? Condition { get; set; }

    internal NodeItems? Items { get; set; }

    internal ApprovalManifest? Approval { get; set; }

    internal string? Message { get; init; }

    /// <summary>Whether it is an exit handler.</summary>
    internal bool Always { get; set; }

    internal bool TakesPartition { get; private set; }

    /// <summary>Whether a step within it that fails has no outputs instead, and the run goes on. Known to attempts only, not to the manifest.</summary>
    internal bool FailsSoftly { get; set; }

    /// <summary>Whether a run may begin without it.</summary>
    internal bool Optional { get; init; }

    /// <summary>The outputs that are added to datasets.</summary>
    internal List<AdditionManifest> Additions { get; } = [];

    internal List<StepNode> AfterNodes { get; } = [];

    internal IReadOnlyList<NodeInput> InputPorts => _inputs;

    internal IReadOnlyList<ArgumentManifest> ArgumentValues => [.. _arguments.Select(argument => argument())];

    internal IReadOnlyList<NodeOutput> OutputPorts => _outputs;

    internal Func<StepCall, Task>? Invoke { get; private set; }

    /// <summary>Wires an input. Null leaves it out: the parameter has a default.</summary>
    public void Input<T>(string port, Ref<T>? from, ArtifactCodec<T> codec, bool allowNone)
    {
        if (from is not null)
        {
            Wire(port, from, codec.Type, allowNone);
        }
    }

    /// <summary>
    /// Wires a list of inputs as ports <c>port.0</c>, <c>port.1</c> …; the outputs of a for-each, and an output that is a list itself, as
    /// the one port.
    /// </summary>
    public void Inputs<T>(string port, RefList<T> from, ArtifactCodec<T> codec, bool allowNone)
    {
        if (from is null)
        {
            throw Graph.Invalid($"input '{port}' of node '{Id}' is null", "Pass the outputs of earlier nodes");
        }
        if (from.Whole is { } whole)
        {
            Wire(new NodeInput(port, from.ForEach is null ? whole.Type : codec.Type, whole, allowNone, from.ForEach));
            return;
        }
        for (var index = 0; index < from.Each!.Count; index++)
        {
            Wire($"{port}.{index}", from.Each[index], codec.Type, allowNone);
        }
    }

    /// <summary>Wires what a for-each gives, whatever its type; an item may have none.</summary>
    internal void Inputs<T>(string port, RefList<T> from) =>
        Wire(new NodeInput(port, from.Whole!.Type, from.Whole, true, from.ForEach));

    /// <summary>Sets an argument.</summary>
    public void Argument<T>(string name, Argument<T> argument)
    {
        if (argument.Source is { } source)
        {
            Reach.Check(this, name, source);
            TakesPartition |= source.Run == "partition";
        }
        _arguments.Add(() => argument.ToManifest(name));
    }

    /// <summary>Sets an argument that is a list; null where nothing was given.</summary>
    public void Argument<T>(string name, ArgumentList<T>? argument)
    {
        if (argument?.Other.IsSet == true)
        {
            Argument(name, argument.Other);
            return;
        }
        Constant(name, argument?.Constants);
    }

    /// <summary>Sets an argument to a constant of any type, as JSON.</summary>
    public void Constant<T>(string name, T value)
    {
        var argument = new ArgumentManifest(name, JsonSerializer.SerializeToElement(value, RondoJson.Options), null);
        _arguments.Add(() => argument);
    }

    /// <summary>Adds an output port.</summary>
    public Ref<T> Output<T>(string port, ArtifactCodec<T> codec, bool allowNone = false)
    {
        _outputs.Add(new(port, codec.Type, allowNone));
        return new Ref<T>(this, port);
    }

    /// <summary>Says that it makes nothing: it is there for what it does, so that an earlier attempt cannot stand for it.</summary>
    public NodeRef NoOutput()
    {
        Cache = false;
        return new NodeRef(this);
    }

    /// <summary>Sets what an attempt does.</summary>
    public void Runs(Func<StepCall, Task> invoke) => Invoke = invoke;

    internal void Wire(string port, Ref from, string type, bool allowNone)
    {
        if (from is null)
        {
            throw Graph.Invalid($"input '{port}' of node '{Id}' is null", "Pass the output of an earlier node");
        }
        Wire(new NodeInput(port, type, from, allowNone, null));
    }

    /// <summary>Adds an output of a type that another node knows.</summary>
    internal Ref<T> Output<T>(string port, string type)
    {
        _outputs.Add(new(port, type, false));
        return new Ref<T>(this, port);
    }

    internal Ref<T> Merged<T>(string type)
    {
        _outputs.Add(new("value", type, true));
        return new Ref<T>(this, "value");
    }

    internal void Rename(string name) => Name = Graph.Reclaim(Names.Node(name), this);

    internal string IdOf(string name) => Parent is null ? name : $"{Parent.Id}.{name}";

    /// <summary>The node, the group that holds it, the group around that …</summary>
    internal IEnumerable<StepNode> Lineage()
    {
        for (var node = this; node is not null; node = node.Parent)
        {
            yield return node;
        }
    }

    private void Wire(NodeInput input)
    {
        Reach.Check(this, input);
        if (!_inputNames.Add(input.Port))
        {
            throw Graph.Invalid($"input '{input.Port}' of node '{Id}' is wired twice", "Give each input its own name");
        }
        _inputs.Add(input);
    }
}

/// <summary>An input and where it comes from; from all items of a for-each if there is one.</summary>
internal sealed record NodeInput(string Port, string Type, Ref From, bool AllowNone, StepNode? FanIn);

internal sealed record NodeOutput(string Port, string Type, bool AllowNone);

/// <summary>A condition, or its contrary.</summary>
internal sealed record NodeCondition(Condition Condition, bool Not);

/// <summary>The items of a for-each: an output that is a list, or a constant.</summary>
internal sealed record NodeItems(Ref? From, JsonElement? Constant, int ParallelMax);
