using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>What a value of a parameter may be.</summary>
internal sealed record ParameterLimits(double? Min, double? Max, IReadOnlyList<string>? Choices);

/// <summary>The parameters of one graph, checked as they are declared.</summary>
internal sealed class GraphParameters(Graph graph)
{
    private readonly List<ParameterManifest> _manifests = [];

    public IReadOnlyList<ParameterManifest> Manifests => _manifests;

    public Parameter<T> Add<T>(string name, Optional<T> defaultValue, ParameterLimits limits)
    {
        Names.Identifier(name, $"a parameter of pipeline '{graph.Pipeline}'");
        var type =
            ScalarTypes.Of(typeof(T))
            ?? throw graph.Invalid(
                $"parameter '{name}' is of type {typeof(T).Name}",
                "Use int, long, float, double, bool, string or an enum"
            );
        var choices = typeof(T).IsEnum ? ScalarTypes.NamesOf(typeof(T)) : limits.Choices;
        var manifest = new ParameterManifest(
            name,
            type,
            defaultValue.IsSet ? JsonSerializer.SerializeToElement(defaultValue.Value, RondoJson.Options) : null
        )
        {
            Min = limits.Min,
            Max = limits.Max,
            Choices = choices,
        };
        if (_manifests.Find(parameter => parameter.Name == name) is { } known)
        {
            CheckShared(known, manifest);
        }
        else
        {
            Check(manifest);
            _manifests.Add(manifest);
        }
        return new Parameter<T>(name, defaultValue.Value, graph);
    }

    // Parts and pipelines within a pipeline bring their declarations along.
    private void CheckShared(ParameterManifest known, ParameterManifest again)
    {
        if (Json(known) != Json(again))
        {
            throw graph.Invalid(
                $"parameter '{known.Name}' is declared twice, each time otherwise",
                "Declare it alike, or give each its own name"
            );
        }
    }

    private static string Json(ParameterManifest parameter) => JsonSerializer.Serialize(parameter, RondoJson.Options);

    private void Check(ParameterManifest parameter)
    {
        var isNumber = parameter.Type is "integer" or "number";
        if ((parameter.Min ?? parameter.Max) is not null && !isNumber)
        {
            throw graph.Invalid(
                $"parameter '{parameter.Name}' is a {parameter.Type} with a smallest or largest value",
                "Give min and max to numbers only"
            );
        }
        if (parameter.Min > parameter.Max)
        {
            throw graph.Invalid(
                $"parameter '{parameter.Name}' goes from {parameter.Min} to {parameter.Max}",
                "Give a min that is not above the max"
            );
        }
        if (parameter.Choices is { } choices && (parameter.Type != "text" || choices.Count == 0))
        {
            throw graph.Invalid(
                $"parameter '{parameter.Name}' is a {parameter.Type} with {choices.Count} choices",
                "Give one or more choices, to texts only"
            );
        }
        CheckDefault(parameter, isNumber);
    }

    private void CheckDefault(ParameterManifest parameter, bool isNumber)
    {
        if (parameter.Default is not { } value)
        {
            return;
        }
        var fits =
            value.ValueKind != JsonValueKind.Null
            && (!isNumber || !(value.GetDouble() < parameter.Min || value.GetDouble() > parameter.Max))
            && parameter.Choices?.Contains(value.GetString()!, StringComparer.Ordinal) != false;
        if (!fits)
        {
            throw graph.Invalid(
                $"the default {value.GetRawText()} of parameter '{parameter.Name}' is not a value that it may have",
                "Give a default within min, max and choices, or none: then each run must set it"
            );
        }
    }
}

/// <summary>The scalars that parameters and answers may be.</summary>
internal static class ScalarTypes
{
    public static string? Of(Type type) =>
        type.IsEnum ? "text"
        : type == typeof(int) || type == typeof(long) ? "integer"
        : type == typeof(float) || type == typeof(double) ? "number"
        : type == typeof(bool) ? "boolean"
        : type == typeof(string) ? "text"
        : null;

    /// <summary>The names of an enum as JSON has them.</summary>
    public static IReadOnlyList<string> NamesOf(Type type) =>
        [.. Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName)];
}
