using Rondo.Sdk.Wire;

namespace Rondo.Serving.Rollouts;

/// <summary>Whether whoever can ask one version can ask the other: a canary must not refuse the requests of yesterday's clients.</summary>
internal static class SignatureCheck
{
    private const int NamesMax = 5;

    public static RolloutCheck Of(ModelSignature serving, ModelSignature candidate)
    {
        var differences = new List<string>();
        var before = serving.Inputs.ToDictionary(input => input.Name, StringComparer.Ordinal);
        var after = candidate.Inputs.ToDictionary(input => input.Name, StringComparer.Ordinal);
        foreach (var input in candidate.Inputs)
        {
            if (!before.TryGetValue(input.Name, out var known))
            {
                differences.Add($"takes '{input.Name}', which clients do not send");
            }
            else if (known.DataType != input.DataType || !known.Shape.Skip(1).SequenceEqual(input.Shape.Skip(1)))
            {
                differences.Add($"takes '{input.Name}' as {input.DataType} instead of {known.DataType}");
            }
        }

        differences.AddRange(
            before
                .Keys.Where(name => !after.ContainsKey(name))
                .Select(name => $"does not take '{name}', which clients send")
        );
        differences.AddRange(
            serving
                .Outputs.Where(output => candidate.Outputs.All(other => other.Name != output.Name))
                .Select(output => $"does not give '{output.Name}'")
        );
        var detail = string.Join("; ", differences.Take(NamesMax)) + (differences.Count > NamesMax ? "; …" : "");
        return new RolloutCheck("signature", differences.Count == 0, differences.Count, 0, detail);
    }
}
