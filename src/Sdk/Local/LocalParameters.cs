using System.Globalization;
using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>The parameters of a run: the defaults, and what the command line sets.</summary>
internal static class LocalParameters
{
    public static IReadOnlyDictionary<string, JsonElement> Resolve(
        PipelineManifest pipeline,
        IReadOnlyDictionary<string, string> given
    )
    {
        var declared = pipeline.Parameters;
        if (given.Keys.FirstOrDefault(name => declared.All(parameter => parameter.Name != name)) is { } unknown)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Pipeline '{pipeline.Name}' has no parameter '{unknown}'.",
                declared.Count == 0
                    ? "It has none."
                    : $"It has: {string.Join(", ", declared.Select(parameter => parameter.Name))}."
            );
        }
        return declared.ToDictionary(
            parameter => parameter.Name,
            parameter => given.TryGetValue(parameter.Name, out var text) ? Value(parameter, text) : Default(parameter),
            StringComparer.Ordinal
        );
    }

    private static JsonElement Default(ParameterManifest parameter) =>
        parameter.Default
        ?? throw new RondoException(
            ErrorCode.InvalidArgument,
            $"Parameter '{parameter.Name}' has no value.",
            $"Pass --set {parameter.Name}=VALUE ({Wanted(parameter)})."
        );

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
        var fits = value switch
        {
            long whole => Fits(parameter, whole),
            double number => Fits(parameter, number),
            string chosen => parameter.Choices is null || parameter.Choices.Contains(chosen, StringComparer.Ordinal),
            bool => true,
            _ => false,
        };
        return fits
            ? JsonSerializer.SerializeToElement(value)
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Parameter '{parameter.Name}' cannot be '{text}'.",
                $"It is {Wanted(parameter)}."
            );
    }

    private static bool Fits(ParameterManifest parameter, double number) =>
        double.IsFinite(number) && !(number < parameter.Min) && !(number > parameter.Max);

    private static string Wanted(ParameterManifest parameter)
    {
        var type = $"of type {parameter.Type}";
        var number = (parameter.Min, parameter.Max) switch
        {
            ({ } min, { } max) => string.Create(CultureInfo.InvariantCulture, $" from {min} to {max}"),
            ({ } min, null) => string.Create(CultureInfo.InvariantCulture, $" of at least {min}"),
            (null, { } max) => string.Create(CultureInfo.InvariantCulture, $" of at most {max}"),
            _ => "",
        };
        var choices = parameter.Choices is { } names ? ": " + string.Join(", ", names) : "";
        return type + number + choices;
    }
}
