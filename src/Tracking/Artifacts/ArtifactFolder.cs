using Rondo.Kernel;
using Rondo.Kernel.Ids;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Artifacts;

/// <summary>Files that runs have logged, below one folder of the server. Nothing outside of it can be named, however the name is written.</summary>
internal sealed class ArtifactFolder(ServerPaths paths, IdSource ids)
{
    private const int ListMax = 100_000;
    private const int RemovedMax = 10_000;
    private const int AttemptsMax = 20;

    private readonly string _root = Path.GetFullPath(Path.Combine(paths.SharedFolder, "artifacts"));

    /// <summary>Writes a file from a stream; it is seen whole or not at all.</summary>
    public async Task PutAsync(string path, Stream content, CancellationToken cancellation)
    {
        var file = Resolve(path);
        RefuseOthers(file, path);
        var unfinished = Path.Combine(_root, ArtifactPath.Unfinished + ids.NewUuid());
        var stream = Begin(unfinished, path);
        try
        {
            await using (stream)
            {
                await content.CopyToAsync(stream, cancellation);
                stream.Flush(flushToDisk: true);
            }

            Place(unfinished, file, path);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    /// <summary>Opens a file to be read.</summary>
    public FileStream Open(string path)
    {
        var file = Resolve(path);
        try
        {
            return File.Exists(file) ? File.OpenRead(file) : throw Missing(path);
        }
        // Somebody else has removed it since, or made a folder of it.
        catch (Exception e) when (IsGone(e) || (e is UnauthorizedAccessException && Directory.Exists(file)))
        {
            throw Missing(path);
        }
        catch (Exception e) when (IsInTheWay(e))
        {
            throw NotNow(path, "read", e);
        }
    }

    /// <summary>Removes a file, or a folder with all that is in it; what is not there is removed already.</summary>
    public void Delete(string path)
    {
        var place = Resolve(path);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                if (Directory.Exists(place))
                {
                    Directory.Delete(place, recursive: true);
                }
                else
                {
                    File.Delete(place);
                }

                return;
            }
            // Somebody else removes the same, or puts files into it.
            catch (Exception e) when (IsInTheWay(e))
            {
                if (!Directory.Exists(place) && !File.Exists(place))
                {
                    return;
                }

                if (attempt >= AttemptsMax)
                {
                    throw NotNow(path, "removed", e);
                }
            }
        }
    }

    /// <summary>Removes what an address means; one that means nothing here, or leads elsewhere, is left alone.</summary>
    public void DeleteAt(string address)
    {
        try
        {
            Delete(ArtifactAddress.PathOf(address));
        }
        catch (Refusal)
        {
            // Clients choose where an experiment keeps its files; nothing was ever written below such an address.
        }
    }

    /// <summary>What is in a folder, by name; nothing where there is no folder.</summary>
    public IReadOnlyList<ArtifactEntry> List(string path)
    {
        var folder = new DirectoryInfo(path.Length == 0 ? _root : Resolve(OfFolder(path)));
        if (!folder.Exists)
        {
            return [];
        }

        try
        {
            return
            [
                .. folder
                    .EnumerateFileSystemInfos()
                    .Where(entry => !entry.Name.StartsWith(ArtifactPath.Unfinished, StringComparison.Ordinal))
                    .Take(ListMax)
                    .OrderBy(entry => entry.Name, StringComparer.Ordinal)
                    .Select(EntryOf)
                    .OfType<ArtifactEntry>(),
            ];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (IsInTheWay(e))
        {
            throw NotNow(path, "read", e);
        }
    }

    /// <summary>What is in a folder below another, by its path from there.</summary>
    public IReadOnlyList<ArtifactEntry> List(string root, string path) =>
        path.Length == 0
            ? List(root)
            : [.. List($"{root}/{path}").Select(entry => entry with { Path = $"{OfFolder(path)}/{entry.Path}" })];

    /// <summary>
    /// Removes what is left of uploads that have written nothing since then: their server was killed. Returns how many there were.
    /// </summary>
    public int RemoveUnfinished(DateTimeOffset untouchedSince)
    {
        if (!Directory.Exists(_root))
        {
            return 0;
        }

        var left = Directory
            .EnumerateFiles(_root, ArtifactPath.Unfinished + "*")
            .Where(file => File.GetLastWriteTimeUtc(file) < untouchedSince.UtcDateTime)
            .Take(RemovedMax)
            .ToList();
        left.ForEach(File.Delete);
        return left.Count;
    }

    private string Resolve(string path)
    {
        if (!ArtifactPath.IsPlain(path))
        {
            throw Invalid(path);
        }

        var full = Path.GetFullPath(Path.Combine(_root, path));
        return full.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw Invalid(path);
    }

    // A folder may be named with a slash at its end.
    private static string OfFolder(string path) => path.TrimEnd('/') is { Length: > 0 } name ? name : path;

    private static ArtifactEntry? EntryOf(FileSystemInfo entry)
    {
        try
        {
            return new ArtifactEntry(entry.Name, entry is DirectoryInfo, entry is FileInfo file ? file.Length : null);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private FileStream Begin(string unfinished, string path)
    {
        try
        {
            Directory.CreateDirectory(_root);
            return File.Create(unfinished);
        }
        catch (Exception e) when (IsInTheWay(e))
        {
            throw NotNow(path, "written", e);
        }
    }

    // Whoever removes the folder meanwhile has removed what was there before: the file comes after.
    private static void Place(string unfinished, string file, string path)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.Move(unfinished, file, overwrite: true);
                return;
            }
            catch (PathTooLongException)
            {
                throw Refusal.Invalid($"Invalid path: {Names.Json(path)} is longer than the disk takes.");
            }
            catch (Exception e) when (IsInTheWay(e))
            {
                RefuseOthers(file, path);
                if (attempt >= AttemptsMax)
                {
                    throw NotNow(path, "written", e);
                }
            }
        }
    }

    private static bool IsGone(Exception e) => e is FileNotFoundException or DirectoryNotFoundException;

    private static bool IsInTheWay(Exception e) =>
        e is IOException or UnauthorizedAccessException && StorageFaults.Of(e) is null;

    private static Refusal Missing(string path) => Refusal.Missing($"There is no artifact {Names.Json(path)}.");

    // It is no fault of the caller's: who asks again later may have it.
    private static RondoException NotNow(string path, string done, Exception e) =>
        new(
            ErrorCode.Unavailable,
            $"What is at {Names.Json(path)} cannot be {done} now: {e.Message}",
            "Where others write and remove the same, ask again once they are done; otherwise check the permissions and the disk of the folder of artifacts.",
            e
        );

    private static void RefuseOthers(string file, string path)
    {
        if (Directory.Exists(file))
        {
            throw Refusal.Invalid($"There is a folder at {Names.Json(path)}; a file cannot take its place.");
        }

        if (Ancestors(Path.GetDirectoryName(file)!).Any(File.Exists))
        {
            throw Refusal.Invalid($"A part of {Names.Json(path)} is a file; nothing can be put below it.");
        }
    }

    private static IEnumerable<string> Ancestors(string folder)
    {
        for (var at = folder; at is not null; at = Path.GetDirectoryName(at))
        {
            yield return at;
        }
    }

    private static Refusal Invalid(string path) =>
        Refusal.Invalid($"Invalid path: {Names.Json(path)} names nothing below the folder of artifacts.");
}

/// <summary>A file with its size, or a folder; by its name alone.</summary>
internal sealed record ArtifactEntry(string Path, bool IsDir, long? FileSize);
