using System.Text;
using Rondo.Kernel;
using Rondo.Kernel.Ids;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Artifacts;

/// <summary>Files that runs have logged, below one folder of the server. Nothing outside of it can be named, however the name is written.</summary>
internal sealed class ArtifactFolder(ServerPaths paths, IdSource ids)
{
    private const int ListMax = 100_000;
    private const int PathCharsMax = 4096;
    private const int DecodingsMax = 4;
    private const int NameBytesMax = 255;
    private const int RemovedMax = 10_000;
    private const string Unfinished = ".unfinished-";

    private readonly string _root = Path.GetFullPath(Path.Combine(paths.SharedFolder, "artifacts"));

    /// <summary>Writes a file from a stream; it is seen whole or not at all.</summary>
    public async Task PutAsync(string path, Stream content, CancellationToken cancellation)
    {
        var file = Resolve(path);
        if (Directory.Exists(file))
        {
            throw Refusal.Invalid($"There is a folder at {Names.Json(path)}; a file cannot take its place.");
        }

        MakeFolder(Path.GetDirectoryName(file)!, path);
        var unfinished = Path.Combine(_root, Unfinished + ids.NewUuid());
        try
        {
            await using (var stream = File.Create(unfinished))
            {
                await content.CopyToAsync(stream, cancellation);
                stream.Flush(flushToDisk: true);
            }

            File.Move(unfinished, file, overwrite: true);
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
        return File.Exists(file)
            ? File.OpenRead(file)
            : throw Refusal.Missing($"There is no artifact {Names.Json(path)}.");
    }

    /// <summary>Removes a file, or a folder with all that is in it; what is not there is removed already.</summary>
    public void Delete(string path)
    {
        var place = Resolve(path);
        if (Directory.Exists(place))
        {
            Directory.Delete(place, recursive: true);
        }
        else if (File.Exists(place))
        {
            File.Delete(place);
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
        var folder = new DirectoryInfo(path.Length == 0 ? _root : Resolve(path));
        return !folder.Exists
            ? []
            :
            [
                .. folder
                    .EnumerateFileSystemInfos()
                    .Where(entry => !entry.Name.StartsWith(Unfinished, StringComparison.Ordinal))
                    .Take(ListMax)
                    .OrderBy(entry => entry.Name, StringComparer.Ordinal)
                    .Select(entry => new ArtifactEntry(
                        entry.Name,
                        entry is DirectoryInfo,
                        entry is FileInfo file ? file.Length : null
                    )),
            ];
    }

    /// <summary>What is in a folder below another, by its path from there.</summary>
    public IReadOnlyList<ArtifactEntry> List(string root, string path) =>
        path.Length == 0
            ? List(root)
            : [.. List($"{root}/{path}").Select(entry => entry with { Path = $"{path}/{entry.Path}" })];

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
            .EnumerateFiles(_root, Unfinished + "*")
            .Where(file => File.GetLastWriteTimeUtc(file) < untouchedSince.UtcDateTime)
            .Take(RemovedMax)
            .ToList();
        left.ForEach(File.Delete);
        return left.Count;
    }

    // The name is refused as it stands and as every decoding of it would read: no proxy in between can make another of it.
    private string Resolve(string path)
    {
        var name = path;
        for (var i = 0; i < DecodingsMax; i++)
        {
            if (!IsPlain(name))
            {
                throw Invalid(path);
            }

            var decoded = Uri.UnescapeDataString(name);
            if (decoded == name)
            {
                break;
            }

            name = decoded;
        }

        var full = Path.GetFullPath(Path.Combine(_root, path));
        return full.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw Invalid(path);
    }

    private static bool IsPlain(string path) =>
        path.Length is > 0 and <= PathCharsMax
        && path.AsSpan().IndexOfAny('\\', '\0') < 0
        && path.Split('/')
            .All(part =>
                part.Length > 0 && part is not ("." or "..") && Encoding.UTF8.GetByteCount(part) <= NameBytesMax
            )
        && !path.StartsWith(Unfinished, StringComparison.Ordinal)
        && !(path.Length > 1 && path[1] == ':');

    private static void MakeFolder(string folder, string path)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (IOException) when (Ancestors(folder).Any(File.Exists))
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
