using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Partitions;

/// <summary>A partition: its key, where it stands among the others, and, where partitions are of time, the period from its beginning to its end.</summary>
internal sealed record PartitionPlace(string Key, long Position, DateTimeOffset? From, DateTimeOffset? To);

/// <summary>All partitions that a pipeline can have, in their order. Pure: nothing is listed that was not asked for.</summary>
internal abstract class PartitionScheme
{
    /// <summary>The scheme of a manifest that was checked.</summary>
    public static PartitionScheme Of(PartitionsManifest manifest) =>
        manifest.Kind == PartitionKinds.List ? new ListPartitions(manifest) : new TimePartitions(manifest);

    /// <summary>The partition of a key; an error that says what is wrong with the key where there is none.</summary>
    public abstract PartitionPlace Find(string key);

    /// <summary>The partition at a position; null where there is none, as for an hour that the clock skips.</summary>
    public abstract PartitionPlace? At(long position);

    /// <summary>The newest partition whose period has ended by an instant; null where none has, or where partitions are not of time.</summary>
    public abstract PartitionPlace? NewestComplete(DateTimeOffset now);

    /// <summary>The position after the last partition that has begun by an instant: positions are counted from 0.</summary>
    public abstract long End(DateTimeOffset now);

    /// <summary>How many partitions have begun by an instant.</summary>
    public abstract long Count(DateTimeOffset now);

    /// <summary>Whether the newest come first where they are listed.</summary>
    public abstract bool NewestFirst { get; }
}
