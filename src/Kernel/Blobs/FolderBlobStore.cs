using System.Security.Cryptography;

namespace Rondo.Kernel.Blobs;

/// <summary>Blobs as files <c>ab/abcdef…</c> below one folder. A file appears under its digest by one rename, after its bytes are on the disk.</summary>
public sealed class FolderBlobStore : IBlobStore
{
    private const int BufferBytes = 128 * 1024;

    private readonly string _staging;

    /// <summary>Opens or creates the store.</summary>
    public FolderBlobStore(string root)
    {
        Root = Path.GetFullPath(root);
        _staging = Path.Combine(Root, "staging");
        Directory.CreateDirectory(_staging);
    }

    public string Root { get; }

    public async Task<BlobId> PutAsync(Stream content, CancellationToken cancellation = default)
    {
        var staged = Path.Combine(_staging, Path.GetRandomFileName());
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            long size = 0;
            await using (
                var file = new FileStream(staged, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes)
            )
            {
                var buffer = new byte[BufferBytes];
                int read;
                while ((read = await content.ReadAsync(buffer, cancellation)) > 0)
                {
                    hash.AppendData(buffer, 0, read);
                    await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
                    size += read;
                }

                file.Flush(flushToDisk: true);
            }

            var digest = Convert.ToHexStringLower(hash.GetHashAndReset());
            Publish(staged, digest);
            return new BlobId(digest, size);
        }
        finally
        {
            File.Delete(staged);
        }
    }

    public async Task<BlobId> AdoptAsync(string file, string digest, CancellationToken cancellation = default)
    {
        if (File.Exists(PathOf(digest)))
        {
            var known = new FileInfo(PathOf(digest)).Length;
            File.Delete(file);
            return new BlobId(digest, known);
        }

        long size;
        await using (
            var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, BufferBytes)
        )
        {
            size = stream.Length;
            var actual = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
            if (actual != digest)
            {
                throw Corrupt(file, digest, actual);
            }

            stream.Flush(flushToDisk: true);
        }

        Publish(file, digest);
        return new BlobId(digest, size);
    }

    public async Task<byte[]> ReadAsync(string digest, CancellationToken cancellation = default)
    {
        var path = Require(digest);
        var bytes = await File.ReadAllBytesAsync(path, cancellation);
        var actual = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return actual == digest ? bytes : throw Corrupt(path, digest, actual);
    }

    public async Task<Stream> OpenAsync(string digest, CancellationToken cancellation = default)
    {
        var path = Require(digest);
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, BufferBytes, useAsync: true);
        var actual = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation));
        if (actual != digest)
        {
            await stream.DisposeAsync();
            throw Corrupt(path, digest, actual);
        }

        stream.Position = 0;
        return stream;
    }

    public Task<bool> ExistsAsync(string digest, CancellationToken cancellation = default) =>
        Task.FromResult(File.Exists(PathOf(digest)));

    private void Publish(string staged, string digest)
    {
        var path = PathOf(digest);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Move(staged, path, overwrite: true);
    }

    private string Require(string digest)
    {
        var path = PathOf(digest);
        return File.Exists(path)
            ? path
            : throw new RondoException(ErrorCode.NotFound, $"There is no blob {digest} in {Root}.");
    }

    private string PathOf(string digest) =>
        digest.Length == 64 && digest.All(char.IsAsciiHexDigitLower)
            ? Path.Combine(Root, digest[..2], digest)
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{digest}' is not a SHA-256 digest in lower-case hex."
            );

    private static RondoException Corrupt(string path, string expected, string actual) =>
        new(
            ErrorCode.DataCorrupt,
            $"The bytes of {path} no longer match their digest: expected {expected}, found {actual}.",
            "Restore the file from a backup, or remove what depends on it and run again."
        );
}
