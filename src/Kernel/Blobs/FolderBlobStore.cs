using System.Security.Cryptography;
using Rondo.Sdk;

namespace Rondo.Kernel.Blobs;

/// <summary>
/// Blobs as files below one folder, in the layout that steps on this machine read: <see cref="ContentStore"/>. The time of a file's
/// last change is when it was last put or asked for.
/// </summary>
public sealed class FolderBlobStore : IBlobStore
{
    private const int LocksCount = 64;

    private readonly ContentStore _store;
    private readonly TimeProvider _time;

    // Within this process, removing a blob and saying that it is there take turns.
    private readonly Lock[] _locks = [.. Enumerable.Range(0, LocksCount).Select(_ => new Lock())];

    /// <summary>Opens or creates the store.</summary>
    public FolderBlobStore(string root, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _store = new ContentStore(root) { Time = _time.GetUtcNow };
        Directory.CreateDirectory(_store.Root);
    }

    public string Root => _store.Root;

    // What is on its way out. Another process may have said in this moment that it is there: then it goes back.
    private string RemovedFolder => Path.Combine(Root, "removed");

    private string CorruptFolder => Path.Combine(Root, "corrupt");

    private string StagingFolder => Path.Combine(Root, "staging");

    public async Task<BlobId> PutAsync(Stream content, CancellationToken cancellation = default)
    {
        var (digest, size) = await _store.PutAsync(content, cancellation);
        TryKeep(digest);
        return new BlobId(digest, size);
    }

    public async Task<BlobId> AdoptAsync(string file, string digest, CancellationToken cancellation = default)
    {
        var size = new FileInfo(file).Length;
        if (TryKeep(digest) && await MatchesAsync(_store.PathOf(digest), digest, cancellation) is true)
        {
            File.Delete(file);
            return new BlobId(digest, size);
        }

        await VerifyAndFlushAsync(file, digest, cancellation);
        var path = _store.PathOf(digest);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.SetLastWriteTimeUtc(file, _time.GetUtcNow().UtcDateTime);
        File.Move(file, path, overwrite: true);
        TryKeep(digest);
        return new BlobId(digest, size);
    }

    public async Task<byte[]> ReadAsync(string digest, CancellationToken cancellation = default)
    {
        await using var stream = await OpenAsync(digest, cancellation);
        var bytes = new byte[stream.Length];
        await stream.ReadExactlyAsync(bytes, cancellation);
        return bytes;
    }

    public Task<Stream> OpenAsync(string digest, CancellationToken cancellation = default) =>
        _store.OpenAsync(digest, cancellation);

    public Task<bool> ExistsAsync(string digest, CancellationToken cancellation = default) =>
        Task.FromResult(TryKeep(digest));

    public Task<IReadOnlyList<StoredBlob>> ListAsync(string? after, int limit, CancellationToken cancellation = default)
    {
        var found = new List<StoredBlob>(limit);
        var folders = Directory
            .EnumerateDirectories(Root)
            .Where(folder => Path.GetFileName(folder).Length == 2)
            .Order(StringComparer.Ordinal);
        foreach (var folder in folders)
        {
            if (after is not null && string.CompareOrdinal(Path.GetFileName(folder), 0, after, 0, 2) < 0)
            {
                continue;
            }

            cancellation.ThrowIfCancellationRequested();
            var files = new DirectoryInfo(folder)
                .EnumerateFiles()
                .Where(file => IsDigest(file.Name) && (after is null || string.CompareOrdinal(file.Name, after) > 0))
                .OrderBy(file => file.Name, StringComparer.Ordinal);
            foreach (var file in files)
            {
                // A file that has gone since is none.
                if (file.Exists)
                {
                    found.Add(new StoredBlob(file.Name, file.Length, At(file.LastWriteTimeUtc)));
                }

                if (found.Count == limit)
                {
                    return Task.FromResult<IReadOnlyList<StoredBlob>>(found);
                }
            }
        }

        return Task.FromResult<IReadOnlyList<StoredBlob>>(found);
    }

    public Task<bool> DeleteAsync(string digest, DateTimeOffset before, CancellationToken cancellation = default)
    {
        var path = _store.PathOf(digest);
        var removed = Path.Combine(RemovedFolder, digest);
        Directory.CreateDirectory(RemovedFolder);
        lock (LockOf(digest))
        {
            if (!File.Exists(path) || At(File.GetLastWriteTimeUtc(path)) >= before)
            {
                return Task.FromResult(false);
            }

            // Out of everybody's reach first: what another process was told before shows in the time, and nobody is told after.
            File.Move(path, removed, overwrite: true);
            if (At(File.GetLastWriteTimeUtc(removed)) < before)
            {
                File.Delete(removed);
                return Task.FromResult(true);
            }

            File.Move(removed, path, overwrite: true);
            return Task.FromResult(false);
        }
    }

    public async Task<bool> SetAsideAsync(string digest, CancellationToken cancellation = default)
    {
        var path = _store.PathOf(digest);
        if (await MatchesAsync(path, digest, cancellation) is not false)
        {
            return false;
        }

        var aside = Path.Combine(CorruptFolder, digest);
        Directory.CreateDirectory(CorruptFolder);
        File.Move(path, aside, overwrite: true);
        if (await MatchesAsync(aside, digest, cancellation) is not true)
        {
            return true;
        }

        // Somebody has put good bytes there meanwhile: they go back.
        File.Move(aside, path, overwrite: true);
        return false;
    }

    public Task<int> TidyAsync(DateTimeOffset before, CancellationToken cancellation = default)
    {
        var tidied = 0;
        foreach (var file in FilesOf(RemovedFolder).Where(file => IsDigest(file.Name)))
        {
            // A delete ended half-way: as if it had not begun. What was put again since is newer.
            var path = _store.PathOf(file.Name);
            lock (LockOf(file.Name))
            {
                if (File.Exists(path))
                {
                    file.Delete();
                }
                else
                {
                    file.MoveTo(path);
                }
            }

            tidied++;
        }

        foreach (var file in FilesOf(StagingFolder).Where(file => At(file.LastWriteTimeUtc) < before))
        {
            cancellation.ThrowIfCancellationRequested();
            file.Delete();
            tidied++;
        }

        return Task.FromResult(tidied);
    }

    // False: it is not there.
    private bool TryKeep(string digest)
    {
        var path = _store.PathOf(digest);
        lock (LockOf(digest))
        {
            try
            {
                File.SetLastWriteTimeUtc(path, _time.GetUtcNow().UtcDateTime);
                return true;
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return false;
            }
            catch (UnauthorizedAccessException)
            {
                // Whoever may not write here does not remove anything either.
                return File.Exists(path);
            }
        }
    }

    private Lock LockOf(string digest) => _locks[Convert.ToInt32(digest[..2], 16) % LocksCount];

    private static bool IsDigest(string name) => name.Length == 64 && name.All(char.IsAsciiHexDigitLower);

    private static IEnumerable<FileInfo> FilesOf(string folder) =>
        Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles() : [];

    // Null: it is not there.
    private static async Task<bool?> MatchesAsync(string path, string digest, CancellationToken cancellation)
    {
        try
        {
            await using var stream = File.OpenRead(path);
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation)) == digest;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    // What is adopted was written by another process: its bytes are checked, and on the disk, before it gets its name.
    private static async Task VerifyAndFlushAsync(string file, string digest, CancellationToken cancellation)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var actual = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
        if (actual != digest)
        {
            throw new RondoException(
                ErrorCode.DataCorrupt,
                $"The bytes of {file} do not match their digest: expected {digest}, found {actual}.",
                "Run again what wrote the file."
            );
        }

        stream.Flush(flushToDisk: true);
    }

    private static DateTimeOffset At(DateTime utc) => new(utc, TimeSpan.Zero);
}
