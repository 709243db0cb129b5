using System.Globalization;
using System.Text;
using System.Text.Json;
using Rondo.Cli.Api;

namespace Rondo.Cli.Output;

/// <summary>A lineage as a text that Graphviz or Mermaid draws. Names of a graph are the users': they are quoted, and nothing of them is understood as a command.</summary>
internal static class LineagePicture
{
    private static readonly Dictionary<string, (string Dot, string Open, string Close)> s_shapes = new(
        StringComparer.Ordinal
    )
    {
        ["artifact"] = ("note", "[/", "/]"),
        ["execution"] = ("box", "[", "]"),
        ["run"] = ("box3d", "[[", "]]"),
        ["model-version"] = ("hexagon", "{{", "}}"),
        ["dataset-version"] = ("cylinder", "[(", ")]"),
        ["dataset"] = ("cylinder", "[(", ")]"),
        ["logged-model"] = ("note", "[/", "/]"),
        ["endpoint"] = ("house", ">", "]"),
        ["commit"] = ("ellipse", "([", "])"),
        ["package"] = ("component", "([", "])"),
        ["event"] = ("cds", "([", "])"),
    };

    public static string Dot(JsonElement lineage)
    {
        var text = new StringBuilder(
            "digraph lineage {\n  rankdir=LR;\n  node [fontname=\"sans-serif\" fontsize=10];\n"
        );
        var ids = IdsOf(lineage);
        foreach (var node in Nodes(lineage))
        {
            var root = node.Text("id") == lineage.Text("root") ? " style=bold" : "";
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {ids[node.Text("id")!]} [shape={ShapeOf(node).Dot} label=\"{Escape(LabelOf(node))}\"{root}];\n"
            );
        }

        foreach (var edge in Edges(lineage))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {ids[edge.Text("from")!]} -> {ids[edge.Text("to")!]} [label=\"{Escape(edge.Text("label") ?? "")}\" fontsize=8];\n"
            );
        }

        return text.Append("}\n").ToString();

        static string Escape(string label) =>
            label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
    }

    public static string Mermaid(JsonElement lineage)
    {
        var text = new StringBuilder("flowchart LR\n");
        var ids = IdsOf(lineage);
        foreach (var node in Nodes(lineage))
        {
            var (_, open, close) = ShapeOf(node);
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {ids[node.Text("id")!]}{open}\"{Escape(LabelOf(node))}\"{close}\n"
            );
        }

        foreach (var edge in Edges(lineage))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {ids[edge.Text("from")!]} -->|\"{Escape(edge.Text("label") ?? "")}\"| {ids[edge.Text("to")!]}\n"
            );
        }

        return text.ToString();

        static string Escape(string label) =>
            label
                .Replace("#", "#35;", StringComparison.Ordinal)
                .Replace("\"", "#quot;", StringComparison.Ordinal)
                .Replace("<", "#lt;", StringComparison.Ordinal);
    }

    private static (string Dot, string Open, string Close) ShapeOf(JsonElement node) =>
        s_shapes.GetValueOrDefault(node.Text("kind") ?? "", ("box", "[", "]"));

    private static string LabelOf(JsonElement node) =>
        node.Text("kind") switch
        {
            "commit" or "package" => $"{node.Text("kind")} {Words.Digest(node.Text("label"))}",
            "execution" when node.Text("properties.count") is { } count => $"{node.Text("label")} × {count}",
            _ => node.Text("label") ?? "",
        };

    private static Dictionary<string, string> IdsOf(JsonElement lineage) =>
        Nodes(lineage)
            .Index()
            .ToDictionary(
                node => node.Item.Text("id")!,
                node => "n" + node.Index.ToString(CultureInfo.InvariantCulture),
                StringComparer.Ordinal
            );

    private static IEnumerable<JsonElement> Nodes(JsonElement lineage) =>
        lineage.At("nodes")?.EnumerateArray() ?? default;

    // An edge to a node that was cut off leads nowhere.
    private static IEnumerable<JsonElement> Edges(JsonElement lineage)
    {
        var known = Nodes(lineage).Select(node => node.Text("id")).ToHashSet(StringComparer.Ordinal);
        return (lineage.At("edges")?.EnumerateArray() ?? default).Where(edge =>
            known.Contains(edge.Text("from")) && known.Contains(edge.Text("to"))
        );
    }
}
