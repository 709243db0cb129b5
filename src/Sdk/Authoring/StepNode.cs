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
    private readonly List<ArgumentManifest> _arguments = [];
    private readonly List<NodeOutput> _outputs = [];

    internal StepNode(Graph graph, string id, NodeKind kind, string step)
    {
        Graph = graph;
        Id = id;
        Kind = kind;
        Step = step;
    }

    internal Graph Graph { get; }

    internal string Id { get; private set; }

    internal NodeKind Kind { get; }

    internal string Step { get; }

    internal string? Source { get; init; }

    internal IReadOnlyList<Type> CodeTypes { get; init; } = [];

    /// <summary>Bytes besides assemblies that are the step's code: a command line and its scripts.</summary>
    internal Func<string>? CodeText { get; set; }

    internal bool Cache { get; set; } = true;

    internal int MaxAttempts { get; set; } = 1;

    internal long TimeoutMs { get; set; } = DefaultTimeoutMs;

    internal IReadOnlyList<NodeInput> InputPorts => _inputs;

    internal IReadOnlyList<ArgumentManifest> ArgumentValues => _arguments;

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

    /// <summary>Wires a list of inputs as ports <c>port.0</c>, <c>port.1</c> …</summary>
    public void Inputs<T>(string port, IReadOnlyList<Ref<T>> from, ArtifactCodec<T> codec, bool allowNone)
    {
        for (var index = 0; index < from.Count; index++)
        {
            Wire($"{port}.{index}", from[index], codec.Type, allowNone);
        }
    }

    /// <summary>Sets an argument to a constant or a parameter.</summary>
    public void Argument<T>(string name, Argument<T> argument)
    {
        if (argument.Parameter is { } parameter && parameter.Graph != Graph)
        {
            throw Graph.Invalid(
                $"argument '{name}' of node '{Id}' takes parameter '{parameter.Name}' of another pipeline",
                "Declare the parameter in this pipeline"
            );
        }
        _arguments.Add(new(name, argument.Json, argument.Parameter?.Name));
    }

    /// <summary>Sets an argument to a constant of any type, as JSON.</summary>
    public void Constant<T>(string name, T value) =>
        _arguments.Add(new(name, JsonSerializer.SerializeToElement(value, RondoJson.Options), null));

    /// <summary>Adds an output port.</summary>
    public Ref<T> Output<T>(string port, ArtifactCodec<T> codec, bool allowNone = false)
    {
        _outputs.Add(new(port, codec.Type, allowNone));
        return new Ref<T>(this, port);
    }

    /// <summary>Sets what an attempt does.</summary>
    public void Runs(Func<StepCall, Task> invoke) => Invoke = invoke;

    internal void Wire(string port, Ref from, string type, bool allowNone)
    {
        if (from is null)
        {
            throw Graph.Invalid($"input '{port}' of node '{Id}' is null", "Pass the output of an earlier node");
        }
        if (from.Node.Graph != Graph)
        {
            throw Graph.Invalid(
                $"input '{port}' of node '{Id}' comes from node '{from.Node.Id}' of another pipeline",
                "Wire nodes of one pipeline only; share data between pipelines as datasets or models"
            );
        }
        if (_inputs.Any(input => input.Port == port))
        {
            throw Graph.Invalid($"input '{port}' of node '{Id}' is wired twice", "Give each input its own name");
        }
        _inputs.Add(new(port, type, from, allowNone));
    }

    internal void Rename(string id) => Id = Graph.Claim(Names.Node(id), Id);
}

internal sealed record NodeInput(string Port, string Type, Ref From, bool AllowNone);

internal sealed record NodeOutput(string Port, string Type, bool AllowNone);
