using System.Globalization;
using System.Text.Json;

namespace Rondo.Mlflow.Wire;

/// <summary>
/// The fields of a message as protocol buffers write JSON: what is absent or null is not set, unknown fields are of no
/// concern, whole numbers may be texts. The parent and the index in its list are how a message names the place: one is written only
/// where it is told, because a batch has a thousand of them.
/// </summary>
internal sealed class MlflowFields(JsonElement message, string parent = "", int? index = null)
{
    private const string Docs = " See the API docs for more information about request parameters.";

    private string Place => index is { } i ? $"{parent}[{i}]." : parent;

    /// <summary>A text that must be there and not be empty.</summary>
    public string Required(string name)
    {
        var text = Text(name);
        return string.IsNullOrEmpty(text) ? throw Missing(name) : text;
    }

    /// <summary>The id of a run, which old clients call otherwise.</summary>
    public string RunId() =>
        Text("run_id") is { Length: > 0 } id ? id
        : Text("run_uuid") is { Length: > 0 } other ? other
        : Required("run_id");

    /// <summary>The fields as they were written, for whoever reads thousands of messages and knows how nearly all of them look.</summary>
    public JsonElement.ObjectEnumerator AsWritten() => message.EnumerateObject();

    /// <summary>Whether a field is set.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>A text; null where it is not set.</summary>
    public string? Text(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String ? TextOf(value, name) : throw WrongType(name, value);
    }

    /// <summary>A text that some clients send as a number; null where it is not set.</summary>
    public string? TextOrNumber(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : Text(name);

    /// <summary>True or false, also as a text: an address holds nothing else; null where it is not set.</summary>
    public bool? Flag(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String => TextOf(value, name) switch
            {
                "true" => true,
                "false" => false,
                _ => throw WrongType(name, value),
            },
            _ => throw WrongType(name, value),
        };
    }

    /// <summary>A whole number; null where it is not set.</summary>
    public long? Long(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        return value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt64(out var whole) => whole,
            JsonValueKind.Number when IsWhole(value.GetDouble()) => (long)value.GetDouble(),
            JsonValueKind.String
                when long.TryParse(
                    TextOf(value, name),
                    NumberStyles.AllowLeadingSign,
                    CultureInfo.InvariantCulture,
                    out var whole
                ) => whole,
            _ => throw WrongType(name, value),
        };
    }

    /// <summary>A whole number that must be there.</summary>
    public long RequiredLong(string name) => Long(name) ?? throw Missing(name);

    /// <summary>A number that must be there, infinite or none (NaN) perhaps.</summary>
    public double RequiredNumber(string name)
    {
        if (Find(name) is not { } value)
        {
            throw Missing(name);
        }

        return value.ValueKind switch
        {
            JsonValueKind.Number => value.GetDouble(),
            JsonValueKind.String => TextOf(value, name) switch
            {
                "NaN" => double.NaN,
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                var text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) =>
                    number,
                _ => throw WrongType(name, value),
            },
            _ => throw WrongType(name, value),
        };
    }

    /// <summary>One of the names or numbers of an enumeration; null where it is not set.</summary>
    public T? Choice<T>(string name, Func<T, string> wireName)
        where T : struct, Enum
    {
        if (Find(name) is not { } value)
        {
            return null;
        }

        var text = value.ValueKind switch
        {
            JsonValueKind.String => TextOf(value, name),
            JsonValueKind.Number => value.GetRawText(),
            _ => throw WrongType(name, value),
        };
        foreach (var choice in Enum.GetValues<T>())
        {
            if (
                wireName(choice) == text
                || Convert.ToInt64(choice, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture) == text
            )
            {
                return choice;
            }
        }

        throw Refusal.Value(
            Compact(value),
            Place + name,
            $"Use one of: {string.Join(", ", Enum.GetValues<T>().Select(wireName))}."
        );
    }

    /// <summary>Texts of a repeated field.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        [
            .. Elements(name)
                .Select(
                    (value, i) =>
                        value.ValueKind == JsonValueKind.String
                            ? TextOf(value, name)
                            : throw WrongType($"{name}[{i}]", value)
                ),
        ];

    /// <summary>Messages of a repeated field.</summary>
    public IReadOnlyList<MlflowFields> Messages(string name) => MessagesAt(name, Place + name);

    /// <summary>A message inside; it must be there.</summary>
    public MlflowFields Message(string name) =>
        Find(name) is not { } value ? throw Missing(name)
        : value.ValueKind == JsonValueKind.Object ? new MlflowFields(value, $"{Place}{name}.")
        : throw WrongType(name, value);

    /// <summary>Tags or params: a key each, and a value that may be empty.</summary>
    public IReadOnlyList<KeyValue> Pairs(string name) =>
        [.. Messages(name).Select(pair => new KeyValue(pair.Required("key"), pair.Text("value") ?? ""))];

    public Refusal Missing(string name) =>
        Refusal.Invalid($"Missing value for required parameter '{Place}{name}'." + Docs);

    private IReadOnlyList<MlflowFields> MessagesAt(string name, string place) =>
        [
            .. Elements(name)
                .Select(
                    (value, i) =>
                        value.ValueKind == JsonValueKind.Object
                            ? new MlflowFields(value, place, i)
                            : throw WrongType($"{name}[{i}]", value)
                ),
        ];

    /// <summary>A required word; where a number stands, the word that has this place among all.</summary>
    public string Word(string name, IReadOnlyList<string> byNumber) =>
        Find(name) is { ValueKind: JsonValueKind.Number } number
        && number.TryGetInt32(out var place)
        && byNumber.ElementAtOrDefault(place) is { } word
            ? word
            : Required(name);

    private IEnumerable<JsonElement> Elements(string name) =>
        Find(name) is not { } value ? []
        : value.ValueKind == JsonValueKind.Array ? value.EnumerateArray()
        : throw WrongType(name, value);

    private JsonElement? Find(string name) =>
        message.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    // A text of JSON may hold what no text of a database can: half a character, or none.
    private string TextOf(JsonElement value, string name)
    {
        try
        {
            var text = value.GetString()!;
            return !text.Contains('\0', StringComparison.Ordinal)
                ? text
                : throw Refusal.Invalid(
                    $"The value of '{Place}{name}' holds the character U+0000, which no text may hold."
                );
        }
        catch (InvalidOperationException)
        {
            throw Refusal.Invalid($"The value of '{Place}{name}' holds half of a character; send whole ones.");
        }
    }

    private Refusal WrongType(string name, JsonElement value)
    {
        var type = value.ValueKind switch
        {
            JsonValueKind.String => "str",
            JsonValueKind.True or JsonValueKind.False => "bool",
            JsonValueKind.Array => "list",
            JsonValueKind.Object => "dict",
            JsonValueKind.Number when value.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') >= 0 => "float",
            JsonValueKind.Number => "int",
            _ => "NoneType",
        };
        return Refusal.Value(Compact(value), Place + name, $" Hint: Value was of type '{type}'." + Docs);
    }

    private static string Compact(JsonElement value) =>
        value.GetRawText() is { Length: <= 200 } text ? text : "of more than 200 characters";

    private static bool IsWhole(double value) => double.IsInteger(value) && Math.Abs(value) < 9e18;
}
