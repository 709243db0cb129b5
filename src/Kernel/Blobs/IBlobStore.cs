namespace Rondo.Kernel.Blobs;

/// <summary>A stored piece of content: its SHA-256 as lower-case hex, and its length in bytes.</summary>
public readonly record struct BlobId(string Digest, long Size);

/// <summary>
/// Content-addressed bytes. Putting what is there already does nothing; a read whose bytes no longer match the digest fails
/// with <see cref="ErrorCode.DataCorrupt"/> and names it.
/// </summary>
public interface IBlobStore
{
    /// <summary>Stores the stream's bytes, durably, and returns their address.</summary>
    Task<BlobId> PutAsync(Stream content, CancellationToken cancellation = default);

    /// <summary>Moves a file into the store. Its bytes must have the digest.</summary>
    Task<BlobId> AdoptAsync(string file, string digest, CancellationToken cancellation = default);

    /// <summary>The verified bytes, read into memory.</summary>
    Task<byte[]> ReadAsync(string digest, CancellationToken cancellation = default);

    /// <summary>The verified bytes as a stream; the caller disposes it.</summary>
    Task<Stream> OpenAsync(string digest, CancellationToken cancellation = default);

    /// <summary>Whether the content is there.</summary>
    Task<bool> ExistsAsync(string digest, CancellationToken cancellation = default);

    /// <summary>The folder of the store, for steps that run on this machine.</summary>
    string Root { get; }
}
