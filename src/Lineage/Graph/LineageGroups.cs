using System.Globalization;
using System.Text.RegularExpressions;

namespace Rondo.Lineage.Graph;

/// <summary>
/// Draws together what a for-each made many of: its items' executions of one node become one node with a count, and so do artifacts
/// that lie in the same place between the same nodes.
/// </summary>
internal sealed partial class LineageGroups
{
    private const int GroupMin = 5;

    private readonly Dictionary<string, string> _group = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LineageNode> _nodes = new(StringComparer.Ordinal);

    public static LineageGraph Of(LineageGraph graph)
    {
        var groups = new LineageGroups();
        groups.Take(
            graph.Nodes.Where(node => node.Kind == LineageKinds.Execution),
            node => $"{node.Properties["run"]}/{Template(node.Label)}",
            Executions
        );
        if (groups._nodes.Count == 0)
        {
            return graph;
        }

        var places = groups.PlacesOf(graph);
        groups.Take(
            graph.Nodes.Where(node =>
                node.Kind == LineageKinds.Artifact && node.Id != graph.Root && places.ContainsKey(node.Id)
            ),
            node => places[node.Id],
            Artifacts
        );
        var nodes = graph.Nodes.Where(node => !groups._group.ContainsKey(node.Id)).Concat(groups._nodes.Values);
        var edges = graph
            .Edges.Select(edge => new LineageEdge(
                groups.NodeOf(edge.From),
                groups.NodeOf(edge.To),
                Template(edge.Label)
            ))
            .Distinct();
        return graph with { Nodes = [.. nodes], Edges = [.. edges] };
    }

    // Where an artifact lies: its type, and its edges as they are once executions are drawn together. Named ones stay as they are.
    private Dictionary<string, string> PlacesOf(LineageGraph graph)
    {
        var edges = graph
            .Edges.SelectMany(edge =>
                new[]
                {
                    (Node: edge.From, Place: $">{NodeOf(edge.To)} {Template(edge.Label)}"),
                    (Node: edge.To, Place: $"<{NodeOf(edge.From)} {Template(edge.Label)}"),
                }
            )
            .ToLookup(end => end.Node, end => end.Place, StringComparer.Ordinal);
        return graph
            .Nodes.Where(node =>
                node.Kind == LineageKinds.Artifact
                && node.Properties["names"] is IReadOnlyCollection<string> { Count: 0 }
            )
            .ToDictionary(
                node => node.Id,
                node =>
                    $"{node.Properties["type"]} "
                    + string.Join('|', edges[node.Id].Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)),
                StringComparer.Ordinal
            );
    }

    private void Take(
        IEnumerable<LineageNode> nodes,
        Func<LineageNode, string> key,
        Func<string, IReadOnlyList<LineageNode>, LineageNode> draw
    )
    {
        foreach (var group in nodes.GroupBy(key, StringComparer.Ordinal))
        {
            var members = group.ToList();
            if (members.Count < GroupMin)
            {
                continue;
            }

            var drawn = draw($"group:{_nodes.Count + 1}", members);
            _nodes[drawn.Id] = drawn;
            foreach (var member in members)
            {
                _group[member.Id] = drawn.Id;
            }
        }
    }

    private string NodeOf(string id) => _group.GetValueOrDefault(id, id);

    private static LineageNode Executions(string id, IReadOnlyList<LineageNode> members)
    {
        var properties = new Dictionary<string, object?>(members[0].Properties, StringComparer.Ordinal)
        {
            ["count"] = members.Count,
            ["state"] = string.Join(
                ", ",
                members
                    .CountBy(member => (string)member.Properties["state"]!, StringComparer.Ordinal)
                    .OrderByDescending(state => state.Value)
                    .Select(state => string.Create(CultureInfo.InvariantCulture, $"{state.Value} {state.Key}"))
            ),
            ["startedAt"] = members.Min(member => (long)member.Properties["startedAt"]!),
            ["endedAt"] = members.Max(member => (long)member.Properties["endedAt"]!),
        };
        properties.Remove("cacheKey");
        return new LineageNode(id, LineageKinds.Execution, Template(members[0].Label), properties);
    }

    private static LineageNode Artifacts(string id, IReadOnlyList<LineageNode> members) =>
        new(
            id,
            LineageKinds.Artifact,
            string.Create(CultureInfo.InvariantCulture, $"{members[0].Properties["type"]} × {members.Count}"),
            new Dictionary<string, object?>(StringComparer.Ordinal)
            {
                ["type"] = members[0].Properties["type"],
                ["count"] = members.Count,
                ["size"] = members.Sum(member => member.Properties["size"] as long? ?? 0),
                ["names"] = Array.Empty<string>(),
            }
        );

    // `per-station.17.train` is an item's instance of `per-station.*.train`; the ports of a fan-in are numbered likewise.
    private static string Template(string name) => Item().Replace(name, ".*");

    [GeneratedRegex(@"\.[0-9]+(?=\.|\z)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Item();
}
