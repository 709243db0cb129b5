using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>
/// The parameters of one trial: those that have a meaning in it, by name. In JSON an object: <c>{"trainer": "boosted", "trees": 120}</c>. A step
/// takes it whole as <c>[Argument] ParameterValues parameters</c>.
/// </summary>
[JsonConverter(typeof(ParameterValuesConverter))]
public sealed class ParameterValues : IEquatable<ParameterValues>
{
    /// <summary>Values by name.</summary>
    public ParameterValues(IReadOnlyDictionary<string, JsonElement> values) => Values = values;

    /// <summary>The values as JSON, by name.</summary>
    public IReadOnlyDictionary<string, JsonElement> Values { get; }

    /// <summary>The value of a parameter.</summary>
    /// <exception cref="RondoException">It has no meaning in this trial.</exception>
    public T Get<T>(SearchParameter<T> parameter) => Get<T>(parameter.Name);

    /// <summary>The value of a parameter, for a step that does not know the space: <c>parameters.Get&lt;double>("rate")</c>.</summary>
    /// <exception cref="RondoException">It has no meaning in this trial, or is of another type.</exception>
    public T Get<T>(string name)
    {
        if (!Values.TryGetValue(name, out var value))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The trial has no parameter '{name}'. It has: {string.Join(", ", Values.Keys)}.",
                "Ask with Has first for a parameter that depends on another one."
            );
        }
        try
        {
            return value.Deserialize<T>(RondoJson.Options)!;
        }
        catch (JsonException e)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Parameter '{name}' is {value.GetRawText()}, which is not a {typeof(T).Name}.",
                "Take it as the type that the space gives it.",
                e
            );
        }
    }

    /// <summary>Whether the parameter has a meaning in this trial.</summary>
    public bool Has(string name) => Values.ContainsKey(name);

    /// <inheritdoc cref="Has(string)"/>
    public bool Has<T>(SearchParameter<T> parameter) => Has(parameter.Name);

    /// <summary>Whether both have the same parameters with the same values.</summary>
    public bool Equals(ParameterValues? other) =>
        other is not null
        && other.Values.Count == Values.Count
        && Values.All(one =>
            other.Values.TryGetValue(one.Key, out var value) && JsonElement.DeepEquals(one.Value, value)
        );

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ParameterValues);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        Values.Aggregate(0, (hash, one) => hash ^ HashCode.Combine(one.Key, one.Value.ValueKind));

    /// <summary>For people: <c>trainer=boosted trees=120</c>.</summary>
    public override string ToString() => string.Join(" ", Values.Select(one => $"{one.Key}={Short(one.Value)}"));

    private static string Short(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && !value.TryGetInt64(out _)
            ? value.GetDouble().ToString("G4", CultureInfo.InvariantCulture)
            : value.ToString();
}

internal sealed class ParameterValuesConverter : JsonConverter<ParameterValues>
{
    public override ParameterValues Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) => new(JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(ref reader, options)!);

    public override void Write(Utf8JsonWriter writer, ParameterValues value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.Values, options);
}
