using System.Globalization;
using System.Text.Json;

namespace Rondo.Cli.Api;

/// <summary>Reads answers of the server by path, as a person would point at them.</summary>
internal static class JsonReading
{
    /// <summary>The element at a dotted path, or null where there is none.</summary>
    public static JsonElement? At(this JsonElement element, string path)
    {
        foreach (var name in path.Split('.'))
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return null;
            }
        }

        return element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined ? null : element;
    }

    /// <summary>The text at a path as a person reads it; null where there is none.</summary>
    public static string? Text(this JsonElement element, string path) =>
        element.At(path) is not { } found
            ? null
            : found.ValueKind switch
            {
                JsonValueKind.String => found.GetString(),
                JsonValueKind.Number => found.TryGetInt64(out var whole)
                    ? whole.ToString(CultureInfo.InvariantCulture)
                    : found.GetDouble().ToString("G6", CultureInfo.InvariantCulture),
                JsonValueKind.True => "yes",
                JsonValueKind.False => "no",
                _ => found.GetRawText(),
            };

    /// <summary>The number at a path; null where there is none.</summary>
    public static double? Number(this JsonElement element, string path) =>
        element.At(path) is { ValueKind: JsonValueKind.Number } found ? found.GetDouble() : null;

    /// <summary>What a person wrote after <c>name=</c>: a number, true or false where it is one, else text.</summary>
    public static JsonElement Scalar(string text)
    {
        try
        {
            var value = JsonDocument.Parse(text).RootElement;
            if (value.ValueKind is JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False)
            {
                return value;
            }
        }
        catch (JsonException)
        {
            // Text, then.
        }

        return JsonSerializer.SerializeToElement(text);
    }

    /// <summary>The list: the answer itself, or its <c>items</c>.</summary>
    public static IReadOnlyList<JsonElement> Items(this JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray()]
        : element.At("items") is { ValueKind: JsonValueKind.Array } items ? [.. items.EnumerateArray()]
        : [];
}
