namespace Rondo.Tracking.Access;

/// <summary>The condition that an experiment stands in one of some folders.</summary>
internal static class PathSql
{
    /// <summary>A range of paths for each folder, by their bytes: what follows the last slash of a folder, and nothing that is merely called like it.</summary>
    public static string Below(string column, IReadOnlyCollection<string> folders, Func<object, string> add) =>
        folders.Count == 0
            ? "1 = 0"
            : $"({string.Join(" or ", folders.Select(folder => $"({column} >= {add(folder)} and {column} < {add(EndOf(folder))})"))})";

    // '0' is the character after '/'.
    private static string EndOf(string folder) => folder[..^1] + '0';
}
