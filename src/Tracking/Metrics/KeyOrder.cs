namespace Rondo.Tracking.Metrics;

/// <summary>
/// The order of keys by the bytes of their UTF-8, as both databases have it. That of their characters is the same, unless there are some that take
/// two (above U+FFFF).
/// </summary>
internal static class KeyOrder
{
    private static readonly IComparer<string> s_byBytes = Comparer<string>.Create(Compare);

    /// <summary>What puts these keys in order.</summary>
    public static IComparer<string> For(IEnumerable<string> keys) =>
        keys.Any(key => key.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') >= 0) ? s_byBytes : StringComparer.Ordinal;

    /// <summary>Compares two keys.</summary>
    public static int Compare(string a, string b)
    {
        var same = a.AsSpan().CommonPrefixLength(b);
        return same == a.Length || same == b.Length
            ? a.Length.CompareTo(b.Length)
            : Place(a[same]).CompareTo(Place(b[same]));
    }

    // Halves of a character that takes two come after all that take one.
    private static int Place(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
