namespace Rondo.Mlflow.Transfer;

/// <summary>
/// What becomes of a value that may have changed on both sides since it was last brought: a change of the source is taken over where nobody
/// has changed it here. Without a last time, what is here stays.
/// </summary>
internal static class ThreeWay
{
    public static T Of<T>(T here, T source, bool known, T? last) =>
        known && EqualityComparer<T>.Default.Equals(here, last) ? source : here;

    /// <summary>The pairs to be set, and the keys to be removed.</summary>
    public static (List<KeyValuePair<string, string>> Set, List<string> Removed) Pairs(
        IReadOnlyDictionary<string, string> here,
        IReadOnlyDictionary<string, string> source,
        IReadOnlyDictionary<string, string>? last
    )
    {
        var set = source
            .Where(pair =>
                here.TryGetValue(pair.Key, out var own)
                    ? own != pair.Value && last?.GetValueOrDefault(pair.Key) == own
                    : last?.ContainsKey(pair.Key) != true
            )
            .ToList();
        var removed = (last ?? TransferJson.None)
            .Where(pair => !source.ContainsKey(pair.Key) && here.GetValueOrDefault(pair.Key) == pair.Value)
            .Select(pair => pair.Key)
            .ToList();
        return (set, removed);
    }
}
