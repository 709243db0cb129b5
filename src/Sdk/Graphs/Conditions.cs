using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk.Graphs;

/// <summary>Decides conditions. A value that does not exist, or is of another kind than the constant, fits nothing.</summary>
public static class Conditions
{
    /// <summary>The operators that a test may have.</summary>
    public static IReadOnlyList<string> Operators { get; } = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>Whether the condition holds.</summary>
    /// <param name="condition">What must hold.</param>
    /// <param name="valueOf">The value that a test looks at, before its path is followed; null where it does not exist.</param>
    public static bool Hold(ConditionManifest condition, Func<TestManifest, JsonElement?> valueOf) =>
        condition.All.All(test => Holds(test, valueOf(test))) != condition.Not;

    /// <summary>A member of a value, by its names with dots between; null where there is none.</summary>
    public static JsonElement? Member(JsonElement value, string? path)
    {
        foreach (var name in path?.Split('.') ?? [])
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
            {
                return null;
            }
        }
        return value;
    }

    private static bool Holds(TestManifest test, JsonElement? value)
    {
        if (value is not { } given || Member(given, test.Path) is not { } found)
        {
            return false;
        }
        return (found.ValueKind, test.Value.ValueKind) switch
        {
            (JsonValueKind.Number, JsonValueKind.Number) => Holds(
                test.Operator,
                found.GetDouble(),
                test.Value.GetDouble()
            ),
            (JsonValueKind.String, JsonValueKind.String) => Fits(
                test.Operator,
                string.CompareOrdinal(found.GetString(), test.Value.GetString())
            ),
            (JsonValueKind.True or JsonValueKind.False, JsonValueKind.True or JsonValueKind.False) => Fits(
                test.Operator,
                found.GetBoolean().CompareTo(test.Value.GetBoolean())
            ),
            (JsonValueKind.Null, JsonValueKind.Null) => test.Operator == "==",
            _ => test.Operator == "!=",
        };
    }

    // Not by comparison: NaN is neither smaller nor greater nor equal.
    private static bool Holds(string comparison, double left, double right) =>
        comparison switch
        {
            "==" => left == right,
            "!=" => left != right,
            "<" => left < right,
            "<=" => left <= right,
            ">" => left > right,
            _ => left >= right,
        };

    private static bool Fits(string comparison, int order) =>
        comparison switch
        {
            "==" => order == 0,
            "!=" => order != 0,
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
}
