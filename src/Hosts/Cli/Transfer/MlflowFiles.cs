using System.Text.RegularExpressions;
using Rondo.Mlflow.Transfer;

namespace Rondo.Cli.Transfer;

/// <summary>
/// Finds the files that addresses in an MLflow database mean: those behind its proxy below the folder that is named, others where they say, or below
/// that folder or in the file store that is read when they were moved there. Only folders that carry the id of their owner are read, and outside of that folder only ids as MLflow
/// makes them: a database, which may come from anybody, says nothing about other files.
/// </summary>
internal sealed partial class MlflowFiles(string relativeTo, string? artifacts, params string[] stores)
{
    private const int SegmentsMax = 6;
    private const int FilesMax = 1_000_000;

    private static readonly EnumerationOptions s_all = new()
    {
        RecurseSubdirectories = true,
        // Links are not followed: they lead elsewhere.
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = false,
    };

    /// <summary>Whether files behind a proxy can be looked for.</summary>
    public bool HasFolder => artifacts is not null;

    /// <summary>The file or folder at an address; null where there is none.</summary>
    public string? Find(string address, string owner)
    {
        var candidates = TransferAddress.IsProxied(address) ? Proxied(address) : Local(address);
        return candidates
            .Where(path => path.Split('/', '\\').Contains(owner, StringComparer.Ordinal))
            .Where(path => IdPattern().IsMatch(owner) || IsBelowFolder(path))
            .FirstOrDefault(path => Directory.Exists(path) || File.Exists(path));
    }

    /// <summary>Whether the folder is there that an owner's folder would be in: an owner without files has no folder, and lacks none.</summary>
    public bool IsPlaceThere(string address, string owner) =>
        Local(address)
            .Select(path => path.Split('/', '\\').TakeWhile(name => name != owner))
            .Select(names => Path.TrimEndingDirectorySeparator(Path.GetFullPath(string.Join('/', names) + "/")))
            .Where(
                (folder, i) =>
                    Directory.Exists(folder) && (i == 0 || IsBelowFolder(folder))
                    // MLflow makes the folder of all experiments at once, that of one with its first file.
                    || (i == 0 && Directory.Exists(Path.Combine(folder, "..")))
            )
            .Any();

    private IEnumerable<string> Folders => artifacts is null ? stores : [artifacts, .. stores];

    private bool IsBelowFolder(string path) =>
        Folders.Any(folder =>
            Path.GetFullPath(path)
                .StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
        );

    /// <summary>All files below a folder.</summary>
    /// <exception cref="IOException">One of them cannot be looked at.</exception>
    public static IReadOnlyList<TransferFile> Below(string folder, string owner) =>
        [
            .. Directory
                .EnumerateFiles(folder, "*", s_all)
                .Take(FilesMax)
                .Order(StringComparer.Ordinal)
                .Select(file => new TransferFile(
                    owner,
                    Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'),
                    new FileInfo(file).Length,
                    () => File.OpenRead(file)
                )),
        ];

    private IEnumerable<string> Proxied(string address)
    {
        if (artifacts is null)
        {
            return [];
        }

        // Two slashes begin the name of a server.
        var path = address[TransferAddress.Proxy.Length..];
        path = path.StartsWith("//", StringComparison.Ordinal)
            ? path[(path.IndexOf('/', 2) is var at and > 0 ? at : path.Length)..]
            : path;
        var segments = Segments(Uri.UnescapeDataString(path));
        return segments is null ? [] : [Path.Combine([artifacts, .. segments])];
    }

    private IEnumerable<string> Local(string address)
    {
        var path = address.StartsWith("file:", StringComparison.OrdinalIgnoreCase)
            ? Uri.UnescapeDataString(address[5..])
            : address;
        path = path.StartsWith("//", StringComparison.Ordinal) ? "/" + path.TrimStart('/') : path;
        yield return Path.GetFullPath(Path.Combine(relativeTo, path));
        if (Segments(path) is not { } segments)
        {
            yield break;
        }

        foreach (var folder in Folders)
        {
            for (var count = Math.Min(SegmentsMax, segments.Length); count >= 2; count--)
            {
                yield return Path.Combine([folder, .. segments[^count..]]);
            }
        }
    }

    [GeneratedRegex("^(?:m-)?[0-9a-f]{32}\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IdPattern();

    private static string[]? Segments(string path)
    {
        var segments = path.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries);
        return segments.Contains("..", StringComparer.Ordinal) ? null : segments;
    }
}
