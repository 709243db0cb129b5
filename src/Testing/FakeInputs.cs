using Rondo.Data;
using Rondo.Sdk;

namespace Rondo.Testing;

/// <summary>What a fake of a step finds: the inputs and arguments that the step would have found.</summary>
public sealed class FakeInputs
{
    private readonly StepCall _call;

    internal FakeInputs(StepNode node, StepCall call)
    {
        _call = call;
        Node = call.Request.NodeId;
        Step = node.Step;
    }

    /// <summary>The id of the node; in a for-each it names the item.</summary>
    public string Node { get; }

    /// <summary>The step that it stands for.</summary>
    public string Step { get; }

    /// <summary>The how-manieth attempt it is, from 1.</summary>
    public int Attempt => _call.Request.Attempt;

    /// <summary>Seed, log, metrics and the like.</summary>
    public StepContext Context => _call.Context;

    /// <summary>An input that is a table.</summary>
    public Table<T> Rows<T>(string port) => _call.Input(port, Artifacts.Table<T>());

    /// <summary>An input that is a model.</summary>
    public Model Model(string port) => _call.Input(port, Artifacts.Model);

    /// <summary>An input that is a record or another value.</summary>
    public T Value<T>(string port) => _call.Input(port, Artifacts.Json<T>());

    /// <summary>A list of inputs, or an input that is a list, of records or other values.</summary>
    public IReadOnlyList<T> Values<T>(string port) => _call.Inputs(port, Artifacts.Json<T>());

    /// <summary>Whether there is an artifact at a port.</summary>
    public bool Has(string port) => _call.StoredInputs.TryGetValue(port, out var input) && !StepCall.IsNone(input);

    /// <summary>An argument.</summary>
    public T Argument<T>(string name) => _call.Argument<T>(name);
}
