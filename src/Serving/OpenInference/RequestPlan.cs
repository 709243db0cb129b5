using System.Text;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;

namespace Rondo.Serving.OpenInference;

/// <summary>What every request to one model version has in common: the names of its tensors as bytes, their types and widths.</summary>
internal sealed class RequestPlan
{
    private readonly Dictionary<string, int> _byName;
    private readonly byte[][] _names;

    public RequestPlan(ModelSignature signature, bool takesMissing = false)
    {
        Signature = signature;
        TakesMissing = takesMissing;
        _names = [.. signature.Inputs.Select(input => Encoding.UTF8.GetBytes(input.Name))];
        _byName = signature
            .Inputs.Select((input, index) => (input.Name, index))
            .ToDictionary(pair => pair.Name, pair => pair.index, StringComparer.Ordinal);
        Widths = [.. signature.Inputs.Select(InferenceBatch.WidthOf)];
        Types = [.. signature.Inputs.Select(InferenceBatch.TypeOf)];
    }

    public ModelSignature Signature { get; }

    /// <summary>Whether an element may be null: only a preparation knows what to make of it.</summary>
    public bool TakesMissing { get; }

    public int[] Widths { get; }

    public TensorType[] Types { get; }

    public int Count => _names.Length;

    /// <summary>The input of a name; clients mostly send them in the signature's order, so that place is tried first. -1: unknown.</summary>
    public int Find(ref System.Text.Json.Utf8JsonReader name, int expected)
    {
        if (
            expected < _names.Length
            && (
                name.HasValueSequence || name.ValueIsEscaped
                    ? name.ValueTextEquals(_names[expected])
                    : name.ValueSpan.SequenceEqual(_names[expected])
            )
        )
        {
            return expected;
        }

        return _byName.GetValueOrDefault(name.GetString()!, -1);
    }
}
