namespace Rondo.Kernel.Paging;

/// <summary>Part of a list, and where the next part starts (null: this was the last). The token is the key of the last item, so that a page costs the same wherever it stands.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next)
{
    /// <summary>Cuts a result that was asked for with one item more than the limit.</summary>
    public static Page<T> Of(IReadOnlyList<T> oneMore, int limit, Func<T, string> key) =>
        oneMore.Count <= limit
            ? new Page<T>(oneMore, null)
            : new Page<T>([.. oneMore.Take(limit)], key(oneMore[limit - 1]));
}

/// <summary>Limits of every listing.</summary>
public static class PageLimit
{
    public const int Default = 100;
    public const int Max = 1000;

    /// <summary>The limit to use for what a client asked.</summary>
    public static int Of(int? asked) => Math.Clamp(asked ?? Default, 1, Max);
}
