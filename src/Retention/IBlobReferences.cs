using Rondo.Kernel.Db;

namespace Rondo.Retention;

/// <summary>
/// A module's say in what stays in the blob store. Bytes that no module needs are removed after the grace period; a module that is not
/// sure throws, and nothing is removed.
/// </summary>
public interface IBlobReferences
{
    /// <summary>Called when a look through the store begins.</summary>
    Task PrepareAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Those of the digests that the module needs. There are at most <see cref="DigestsMax"/>.</summary>
    ValueTask<IReadOnlyCollection<string>> NeededAsync(Session session, IReadOnlyList<string> digests);

    /// <summary>Nobody needs these digests, and their bytes will be gone: forgets what would promise them.</summary>
    ValueTask ReleaseAsync(Transaction transaction, IReadOnlyList<string> digests) => ValueTask.CompletedTask;

    /// <summary>The most digests of one question.</summary>
    public const int DigestsMax = 500;
}
