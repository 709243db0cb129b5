using System.Globalization;
using System.Text;
using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>
/// Conditions in the Common Expression Language. Tests of outputs were made where the output was made, and are booleans here; tests of
/// parameters are made here.
/// </summary>
internal sealed class KfpCel(KfpNodes nodes, KfpWiring wiring)
{
    /// <summary>The condition of a node, or its opposite, as the task of the graph asks it.</summary>
    public string Of(KfpDag dag, NodeManifest node, bool opposite)
    {
        if (node.Kind == NodeKind.ServingModel)
        {
            // There is one where an address is given.
            var address = Value(dag, KfpValue.Parameter(KfpParameters.AddressOf(node)));
            return $"{address} {(opposite ? "==" : "!=")} ''";
        }

        var own = node.Condition ?? new ConditionManifest([]);
        if (nodes.HasList(node) is not { } list)
        {
            return All(dag, own.All, own.Not != opposite);
        }

        var holds = own.Not
            ? $"{Test(dag, list)} && {All(dag, own.All, not: true)}"
            : All(dag, [list, .. own.All], false);
        return opposite ? $"!({holds})" : holds;
    }

    private string All(KfpDag dag, IReadOnlyList<TestManifest> tests, bool not)
    {
        var all = tests.Count == 0 ? "true" : string.Join(" && ", tests.Select(test => Test(dag, test)));
        return not ? $"!({all})" : all;
    }

    private string Test(KfpDag dag, TestManifest test)
    {
        if (test.FromNode is not null)
        {
            return Value(dag, wiring.Test(test)) + " == true";
        }

        var parameter = nodes.Parameter(test.Parameter!)!;
        var value = Value(dag, KfpValue.Parameter(parameter.Name));
        return test.Path is null && Literal(parameter.Type, test.Value) is { } literal
                ? $"{Cast(parameter.Type, literal, value)} {test.Operator} {literal}"
            // Nothing of another type is equal, and nothing has an order with it; a member of a scalar does not exist.
            : test.Path is null && test.Operator == "!=" ? "true"
            : "false";
    }

    private string Value(KfpDag dag, KfpValue value) => $"inputs.parameter_values['{wiring.Input(dag, value).Key}']";

    // Kubeflow's numbers are doubles.
    private static string Cast(string type, string literal, string value) =>
        type == "integer" && !literal.AsSpan().ContainsAny('.', 'e') ? $"int({value})" : value;

    private static string? Literal(string type, JsonElement value) =>
        (type, value.ValueKind) switch
        {
            ("integer", JsonValueKind.Number) when value.TryGetInt64(out var whole) => whole.ToString(
                CultureInfo.InvariantCulture
            ),
            ("integer" or "number", JsonValueKind.Number) => Double(value.GetDouble()),
            ("text", JsonValueKind.String) => Text(value.GetString()!),
            ("boolean", JsonValueKind.True) => "true",
            ("boolean", JsonValueKind.False) => "false",
            _ => null,
        };

    private static string Double(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();
        return text.AsSpan().ContainsAny('.', 'e') ? text : text + ".0";
    }

    // Braces could be taken for a placeholder.
    private static string Text(string value)
    {
        var text = new StringBuilder("'");
        foreach (var letter in value)
        {
            text.Append(
                letter switch
                {
                    '\'' or '\\' => "\\" + letter,
                    '{' or '}' or < ' ' or '\u007f' => "\\u"
                        + ((int)letter).ToString("x4", CultureInfo.InvariantCulture),
                    _ => letter.ToString(),
                }
            );
        }

        return text.Append('\'').ToString();
    }
}
