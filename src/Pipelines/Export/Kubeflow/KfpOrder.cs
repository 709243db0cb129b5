namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>Finds what waits for itself.</summary>
internal static class KfpOrder
{
    /// <summary>A node that cannot begin; null: there is none. A group begins before its nodes and ends after them.</summary>
    public static string? FindCycle(KfpNodes nodes)
    {
        var needs = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var node in nodes.Pipeline.Nodes)
        {
            var begin = needs[Begin(node.Id)] = [.. KfpNodes.Taken(node).Concat(node.After).Select(End)];
            (needs.TryGetValue(End(node.Id), out var end) ? end : needs[End(node.Id)] = []).Add(Begin(node.Id));
            if (node.Parent is { } parent)
            {
                begin.Add(Begin(parent));
                (needs.TryGetValue(End(parent), out var last) ? last : needs[End(parent)] = []).Add(End(node.Id));
            }
        }

        return FindCycle(needs)?[1..];
    }

    /// <summary>A name of a graph that cannot be reached because it needs itself; null: there is none.</summary>
    public static string? FindCycle(IReadOnlyDictionary<string, List<string>> needs)
    {
        var waiting = needs.ToDictionary(need => need.Key, need => need.Value.Count, StringComparer.Ordinal);
        var takers = needs
            .SelectMany(need => need.Value.Select(from => (from, need.Key)))
            .ToLookup(edge => edge.from, edge => edge.Key, StringComparer.Ordinal);
        var free = new Queue<string>(waiting.Where(entry => entry.Value == 0).Select(entry => entry.Key));
        while (free.TryDequeue(out var done))
        {
            waiting.Remove(done);
            foreach (var taker in takers[done])
            {
                if (--waiting[taker] == 0)
                {
                    free.Enqueue(taker);
                }
            }
        }

        return waiting.Count == 0 ? null : waiting.Keys.First();
    }

    private static string Begin(string node) => "<" + node;

    private static string End(string node) => ">" + node;
}
