using System.IO.Enumeration;

namespace Rondo.Sdk;

/// <summary>The files of a folder that is to be an artifact, those behind links too.</summary>
internal static class ArtifactFiles
{
    /// <summary>The paths, by their names; a folder that links lead to more than once, as a circle of them does, is there once.</summary>
    public static IReadOnlyList<string> Of(string folder, int countMax)
    {
        var entered = new HashSet<string>(StringComparer.Ordinal) { folder };
        var files = new FileSystemEnumerable<string>(
            folder,
            (ref entry) => entry.ToFullPath(),
            new EnumerationOptions
            {
                RecurseSubdirectories = true,
                AttributesToSkip = FileAttributes.None,
                IgnoreInaccessible = false,
            }
        )
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref entry) =>
                !entry.Attributes.HasFlag(FileAttributes.ReparsePoint) || IsEntered(entry.ToFullPath(), entered),
        };
        return [.. files.Take(countMax).Order(StringComparer.Ordinal)];
    }

    private static bool IsEntered(string link, HashSet<string> entered) =>
        Directory.ResolveLinkTarget(link, returnFinalTarget: true) is { } target
        && !link.StartsWith(target.FullName + Path.DirectorySeparatorChar, StringComparison.Ordinal)
        && entered.Add(target.FullName);
}
