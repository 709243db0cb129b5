using System.Globalization;
using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>The parameters of a run: the defaults, and what the command line sets.</summary>
internal static class LocalParameters
{
    public static IReadOnlyDictionary<string, JsonElement> Resolve(
        Pipeline pipeline,
        IReadOnlyDictionary<string, string> given
    )
    {
        var declared = pipeline.Graph.Parameters;
        if (given.Keys.FirstOrDefault(name => declared.All(parameter => parameter.Name != name)) is { } unknown)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Pipeline '{pipeline.Name}' has no parameter '{unknown}'.",
                $"It has: {string.Join(", ", declared.Select(parameter => parameter.Name))}."
            );
        }
        return declared.ToDictionary(
            parameter => parameter.Name,
            parameter =>
                given.TryGetValue(parameter.Name, out var text) ? Value(parameter, text) : parameter.Default!.Value,
            StringComparer.Ordinal
        );
    }

    private static JsonElement Value(ParameterManifest parameter, string text)
    {
        object? value = parameter.Type switch
        {
            "integer" when long.TryParse(text, CultureInfo.InvariantCulture, out var whole) => whole,
            "number" when double.TryParse(text, CultureInfo.InvariantCulture, out var number) => number,
            "boolean" when bool.TryParse(text, out var truth) => truth,
            "text" => text,
            _ => null,
        };
        return value is null
            ? throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Parameter '{parameter.Name}' cannot be '{text}'.",
                $"It is of type {parameter.Type}."
            )
            : JsonSerializer.SerializeToElement(value);
    }
}
