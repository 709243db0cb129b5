using System.Globalization;
using System.Text;
using System.Text.Json;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Testing;

/// <summary>A graph as text.</summary>
internal static class GraphText
{
    private const int Indent = 2;

    public static string Of(PipelineShape shape)
    {
        var text = new StringBuilder();
        Write(text, shape, null, 0);
        return text.ToString().TrimEnd('\n');
    }

    public static string Of(ConditionManifest condition)
    {
        var tests = string.Join(
            " and ",
            condition.All.Select(test =>
                $"{test.Parameter ?? $"{test.FromNode}.{test.FromPort}"}{Path(test.Path)} {test.Operator} {test.Value.GetRawText()}"
            )
        );
        return condition.Not ? $"not ({tests})" : tests;
    }

    private static void Write(StringBuilder text, PipelineShape shape, string? group, int depth)
    {
        foreach (var node in shape.Children(group))
        {
            text.Append(' ', depth * Indent).Append(Line(node)).Append('\n');
            Write(text, shape, node.Id, depth + 1);
        }
    }

    private static string Line(NodeManifest node)
    {
        var line = PipelineShape.Local(node) + What(node);
        if (node.After.Count > 0)
        {
            line += $" after {string.Join(", ", node.After)}";
        }
        return node.Condition is { } condition ? $"{line} if {Of(condition)}" : line;
    }

    private static string What(NodeManifest node) =>
        node.Kind switch
        {
            NodeKind.Group => node.Always ? ": always" : ": group",
            NodeKind.ForEach => string.Create(
                CultureInfo.InvariantCulture,
                $": for each of {List(node.ForEach!)}, {node.ForEach!.ParallelMax} at once"
            ),
            NodeKind.Approval => $": asks \"{node.Approval!.Question}\" for a {node.Approval.Type}",
            NodeKind.Fail => $": fails with \"{node.Message}\"",
            _ => $"({string.Join(", ", node.Inputs.Select(Of))}){Arguments(node)}",
        };

    private static string List(ForEachManifest list) =>
        list.Items is { } items ? items.GetRawText() : $"{list.FromNode}.{list.FromPort}";

    private static string Of(InputManifest input) =>
        $"{input.Port} ← {(input.FanIn ? "all " : "")}{input.FromNode}.{input.FromPort}";

    private static string Arguments(NodeManifest node) =>
        node.Arguments.Count == 0 ? "" : $" [{string.Join(", ", node.Arguments.Select(Of))}]";

    private static string Of(ArgumentManifest argument) =>
        argument switch
        {
            { Parameter: { } parameter } => $"{argument.Name} = ${parameter}",
            { Run: { } fact } => $"{argument.Name} = run {fact}",
            { Item: { } loop } => $"{argument.Name} = item of {loop}{Path(argument.Path)}",
            { Value: { ValueKind: JsonValueKind.Array or JsonValueKind.Object } } => $"{argument.Name} = …",
            _ => $"{argument.Name} = {argument.Value!.Value.GetRawText()}",
        };

    private static string Path(string? path) => path is null ? "" : "." + path;
}
