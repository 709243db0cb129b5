namespace Rondo.Pipelines.Export.Kubeflow;

/// <summary>Finds what waits for itself.</summary>
internal static class KfpOrder
{
    /// <summary>A name that cannot be reached because it needs itself; null: there is none.</summary>
    public static string? FindCycle(IReadOnlyDictionary<string, IReadOnlyCollection<string>> needs)
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

        return waiting.Count == 0 ? null : waiting.Keys.Order(StringComparer.Ordinal).First();
    }
}
