namespace Rondo.Retention;

/// <summary>What a look through everything removed, or with <paramref name="DryRun"/> would remove.</summary>
public sealed record CollectionReport(bool DryRun, long BlobsSeen, long BlobsYoung, IReadOnlyList<CollectedKind> Kinds)
{
    /// <summary>Whether anything goes.</summary>
    public bool Any => Kinds.Any(kind => kind.Items > 0);
}

/// <summary>How much of one kind: <c>blobs</c>, <c>staging</c>, <c>packages</c>, <c>logs</c> …, with some of the names.</summary>
public sealed record CollectedKind(string Kind, long Items, long Bytes, IReadOnlyList<string> Examples);
