using System.Text.Json;
using Rondo.Cli.Api;

namespace Rondo.Cli.Output;

/// <summary>Shows a lineage graph as a tree from the thing that was asked for; a node met again is named, not opened again.</summary>
internal static class LineageTree
{
    private const int DepthMax = 12;

    public static void Show(JsonElement lineage, Screen screen)
    {
        var nodes = lineage.At("nodes") is { } list
            ? list.EnumerateArray().ToDictionary(node => node.Text("id")!, StringComparer.Ordinal)
            : [];
        var up = lineage.Text("direction") != "down";
        var edges = (lineage.At("edges")?.EnumerateArray() ?? default)
            .Select(edge => (From: edge.Text("from")!, To: edge.Text("to")!))
            .ToLookup(edge => up ? edge.To : edge.From, edge => up ? edge.From : edge.To, StringComparer.Ordinal);
        if (lineage.Text("root") is not { } root || !nodes.ContainsKey(root))
        {
            return;
        }

        screen.Line("");
        screen.Markup($"[bold]Lineage[/] of {root}");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Write(root, "", 0);

        void Write(string id, string indent, int depth)
        {
            var first = seen.Add(id);
            screen.Line(indent + Name(id) + (first ? "" : "  (above)"));
            if (!first || depth >= DepthMax)
            {
                return;
            }

            foreach (var next in edges[id].Distinct(StringComparer.Ordinal))
            {
                Write(next, indent + "  ", depth + 1);
            }
        }

        string Name(string id) =>
            nodes.TryGetValue(id, out var node) ? $"{node.Text("kind")}  {node.Text("label") ?? id}" : id;
    }
}
