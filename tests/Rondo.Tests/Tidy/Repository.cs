using System.Runtime.CompilerServices;

namespace Rondo.Tests.Tidy;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    /// <summary>C# files below a folder of the repository, without what a build made.</summary>
    public static IEnumerable<string> Sources(params string[] folders) =>
        folders
            .Select(folder => Path.Combine(Root, folder))
            .Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/bin/") && !file.Contains("/obj/") && !file.Contains("/artifacts/"));

    public static string Short(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    private static string Find([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
