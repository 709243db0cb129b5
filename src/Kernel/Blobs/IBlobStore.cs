namespace Rondo.Kernel.Blobs;

/// <summary>A stored piece of content: its SHA-256 as lower-case hex, and its length in bytes.</summary>
public readonly record struct BlobId(string Digest, long Size);

/// <summary>A stored piece of content, and when it was last put, adopted or asked for.</summary>
public readonly record struct StoredBlob(string Digest, long Size, DateTimeOffset KeptAt);

/// <summary>
/// Content-addressed bytes. Putting what is there already does nothing; a read whose bytes no longer match the digest fails
/// with <see cref="ErrorCode.DataCorrupt"/> and names it. Whoever puts, adopts or asks for content may count on it for a while,
/// before anything else refers to it: see <see cref="DeleteAsync"/>.
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

    /// <summary>Whether the content is there. If it is, it is kept as if it had just been put.</summary>
    Task<bool> ExistsAsync(string digest, CancellationToken cancellation = default);

    /// <summary>Stored content in the order of digests, from the one after <paramref name="after"/> on; fewer than the limit: there is no more.</summary>
    Task<IReadOnlyList<StoredBlob>> ListAsync(string? after, int limit, CancellationToken cancellation = default);

    /// <summary>
    /// Removes content that was last put, adopted or asked for before an instant; false where it was later, or is not there. Of this
    /// and a put, adoption or question at the same time, one is first: no bytes are lost that somebody was just told are there.
    /// </summary>
    Task<bool> DeleteAsync(string digest, DateTimeOffset before, CancellationToken cancellation = default);

    /// <summary>
    /// Takes content out of the store whose bytes no longer match its digest, so that nobody counts on it any more; it is kept aside for
    /// whoever wants to look. False where it matches, or is not there.
    /// </summary>
    Task<bool> SetAsideAsync(string digest, CancellationToken cancellation = default);

    /// <summary>Removes what was left behind by puts and deletes that were interrupted before an instant, and returns how much that was.</summary>
    Task<int> TidyAsync(DateTimeOffset before, CancellationToken cancellation = default);

    /// <summary>The folder of the store, for steps that run on this machine.</summary>
    string Root { get; }
}
