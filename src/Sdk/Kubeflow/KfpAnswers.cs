using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk.Kubeflow;

/// <summary>Answers what conditions and for-eachs of an exported pipeline ask about an output: Kubeflow can compare parameters only.</summary>
internal static class KfpAnswers
{
    private const int JsonBytesMax = 16 * 1024 * 1024;

    /// <summary>The answer, from the bytes of the output; null: the output does not exist.</summary>
    public static JsonElement Of(KfpAnswer answer, string? file)
    {
        var value = file is null ? null : Read(file);
        return JsonSerializer.SerializeToElement(
            answer.Operator is null ? Items(answer, value) : (object)Passes(answer, value),
            RondoJson.Options
        );
    }

    /// <summary>The member that a path with dots names; null: there is none.</summary>
    public static JsonElement? Member(JsonElement? value, string? path)
    {
        foreach (var name in path?.Split('.') ?? [])
        {
            if (value is not { ValueKind: JsonValueKind.Object } at || !at.TryGetProperty(name, out var member))
            {
                return null;
            }
            value = member;
        }
        return value;
    }

    private static List<string> Items(KfpAnswer answer, JsonElement? value)
    {
        if (value is null)
        {
            return [];
        }
        if (value is { ValueKind: JsonValueKind.Array } list)
        {
            return [.. list.EnumerateArray().Select(item => JsonSerializer.Serialize(item, RondoJson.Options))];
        }
        throw new RondoException(
            ErrorCode.FailedPrecondition,
            $"Output '{answer.Port}' is no list, and a for-each goes through it.",
            "Return a list."
        );
    }

    // What does not exist passes no test.
    private static bool Passes(KfpAnswer answer, JsonElement? value)
    {
        if (Member(value, answer.Path) is not { } found)
        {
            return false;
        }
        var order = Order(found, answer.Value ?? default);
        return answer.Operator switch
        {
            "==" => order == 0,
            "!=" => order != 0,
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            ">=" => order >= 0,
            _ => false,
        };
    }

    // Null: the two are of different types, or have no order and are not equal.
    private static int? Order(JsonElement one, JsonElement other) =>
        (one.ValueKind, other.ValueKind) switch
        {
            (JsonValueKind.Number, JsonValueKind.Number) => one.GetDouble().CompareTo(other.GetDouble()),
            (JsonValueKind.String, JsonValueKind.String) => string.CompareOrdinal(one.GetString(), other.GetString()),
            (JsonValueKind.Null, JsonValueKind.Null or JsonValueKind.Undefined) => 0,
            _ => other.ValueKind != JsonValueKind.Undefined && JsonElement.DeepEquals(one, other) ? 0 : null,
        };

    private static JsonElement? Read(string file)
    {
        if (new FileInfo(file).Length > JsonBytesMax)
        {
            return null;
        }
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(file));
        }
        catch (JsonException)
        {
            // Not JSON: a table or a model has no members to ask for.
            return null;
        }
    }
}
