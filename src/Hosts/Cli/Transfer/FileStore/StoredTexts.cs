using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer.FileStore;

/// <summary>Params, tags and metrics in MLflow's file store: a file for each key, in folders where the key has slashes.</summary>
internal static class StoredTexts
{
    // What the Finder of macOS leaves in folders that people look at.
    private const string Finder = ".DS_Store";

    private static readonly EnumerationOptions s_all = new()
    {
        RecurseSubdirectories = true,
        // Links are not followed: they lead elsewhere.
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = false,
    };

    /// <summary>The keys below a folder with the paths of their files, in the order of the keys.</summary>
    public static IReadOnlyList<(string Key, string Path)> Files(string folder) =>
        Directory.Exists(folder)
            ?
            [
                .. Directory
                    .EnumerateFiles(folder, "*", s_all)
                    .Where(path => Path.GetFileName(path) != Finder)
                    .Select(path =>
                        (Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/'), path)
                    )
                    .OrderBy(file => file.Item1, StringComparer.Ordinal),
            ]
            : [];

    /// <summary>The keys below a folder with the texts of their files.</summary>
    public static IReadOnlyDictionary<string, string> Read(string folder) =>
        Files(folder).ToDictionary(file => file.Key, file => Kept(File.ReadAllText(file.Path)), StringComparer.Ordinal);

    /// <summary>The folders right below one, in the order of their names.</summary>
    public static IReadOnlyList<string> Folders(string folder) => Folders(folder, links: false);

    /// <summary>The links to folders right below one that are not followed: what has its data behind one is to be told.</summary>
    public static IReadOnlyList<string> Links(string folder) => Folders(folder, links: true);

    private static IReadOnlyList<string> Folders(string folder, bool links) =>
        Directory.Exists(folder)
            ?
            [
                .. new DirectoryInfo(folder)
                    .EnumerateDirectories()
                    .Where(inside => inside.Attributes.HasFlag(FileAttributes.ReparsePoint) == links)
                    .Select(inside => inside.FullName)
                    .Order(StringComparer.Ordinal),
            ]
            : [];

    /// <summary>The text; a character that is not kept everywhere is replaced.</summary>
    public static string Kept(string text) => text.Replace('\0', '\uFFFD');
}
