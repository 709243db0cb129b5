using System.Security.Cryptography;
using Rondo.Sdk;

namespace Rondo.Kernel.Blobs;

/// <summary>Blobs as files below one folder, in the layout that steps on this machine read: <see cref="ContentStore"/>.</summary>
public sealed class FolderBlobStore : IBlobStore
{
    private readonly ContentStore _store;

    /// <summary>Opens or creates the store.</summary>
    public FolderBlobStore(string root)
    {
        _store = new ContentStore(root);
        Directory.CreateDirectory(_store.Root);
    }

    public string Root => _store.Root;

    public async Task<BlobId> PutAsync(Stream content, CancellationToken cancellation = default)
    {
        var (digest, size) = await _store.PutAsync(content, cancellation);
        return new BlobId(digest, size);
    }

    public async Task<BlobId> AdoptAsync(string file, string digest, CancellationToken cancellation = default)
    {
        var size = new FileInfo(file).Length;
        if (!_store.Has(digest))
        {
            await VerifyAndFlushAsync(file, digest, cancellation);
        }

        _store.Adopt(file, digest);
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
        Task.FromResult(_store.Has(digest));

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
}
