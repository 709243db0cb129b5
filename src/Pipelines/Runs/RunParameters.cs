using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Runs;

/// <summary>Fits what a client asked for to what the pipeline declares.</summary>
internal static class RunParameters
{
    public static IReadOnlyDictionary<string, JsonElement> Bind(
        PipelineManifest pipeline,
        IReadOnlyDictionary<string, JsonElement> asked
    )
    {
        var declared = pipeline.Parameters.ToDictionary(p => p.Name, StringComparer.Ordinal);
        if (asked.Keys.FirstOrDefault(name => !declared.ContainsKey(name)) is { } unknown)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Pipeline '{pipeline.Name}' has no parameter '{unknown}'.",
                declared.Count == 0 ? "It takes none." : $"It takes {string.Join(", ", declared.Keys)}."
            );
        }

        var bound = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var parameter in pipeline.Parameters)
        {
            var value = asked.TryGetValue(parameter.Name, out var given) ? given : parameter.Default;
            bound[parameter.Name] = Check(pipeline, parameter, value);
        }

        return bound;
    }

    private static JsonElement Check(PipelineManifest pipeline, ParameterManifest parameter, JsonElement? value)
    {
        if (value is not { } given)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Pipeline '{pipeline.Name}' needs parameter '{parameter.Name}' ({parameter.Type}).",
                "It has no default: give it a value."
            );
        }

        var fits = parameter.Type switch
        {
            "integer" => given.ValueKind == JsonValueKind.Number && given.TryGetInt64(out _),
            "number" => given.ValueKind == JsonValueKind.Number,
            "boolean" => given.ValueKind is JsonValueKind.True or JsonValueKind.False,
            _ => given.ValueKind == JsonValueKind.String,
        };
        if (!fits)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Parameter '{parameter.Name}' of pipeline '{pipeline.Name}' is {given.GetRawText()}, which is not of type {parameter.Type}."
            );
        }

        return Limits(parameter, given) is { } limit
            ? throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Parameter '{parameter.Name}' of pipeline '{pipeline.Name}' is {given.GetRawText()}.",
                $"It must be {limit}."
            )
            : given;
    }

    private static string? Limits(ParameterManifest parameter, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            var number = value.GetDouble();
            return number < parameter.Min ? FormattableString.Invariant($"at least {parameter.Min}")
                : number > parameter.Max ? FormattableString.Invariant($"at most {parameter.Max}")
                : null;
        }

        return
            parameter.Choices is { } choices
            && value.ValueKind == JsonValueKind.String
            && !choices.Contains(value.GetString()!, StringComparer.Ordinal)
            ? $"one of {string.Join(", ", choices)}"
            : null;
    }
}
