using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Executors;

/// <summary>
/// The place that attempts read from and write to. While nobody can write there, no attempt is begun, and one that fails has not failed by
/// itself: it is begun again when there is room.
/// </summary>
internal sealed class AttemptStorage(ServerPaths paths, IBlobStore blobs, TimeProvider time)
{
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private bool _writable = true;
    private long _lookedAt = time.GetTimestamp();

    /// <summary>Whether an attempt may be begun; looked at once in a while.</summary>
    public bool IsWritable()
    {
        lock (_lock)
        {
            if (time.GetElapsedTime(_lookedAt) >= s_look)
            {
                Look();
            }

            return _writable;
        }
    }

    /// <summary>Throws what tells the orchestrator to begin the attempt again; does nothing where the storage is not to blame.</summary>
    public void ThrowIfNotWritable(Exception? why = null)
    {
        lock (_lock)
        {
            if (Look() is { } e)
            {
                throw new StorageException(e, why);
            }
        }
    }

    /// <summary>Takes inputs out of the store whose bytes have changed: whoever needs them makes them again.</summary>
    public async Task SetCorruptAsideAsync(StepRequest request, CancellationToken cancellation)
    {
        foreach (var input in request.Inputs.Values)
        {
            await blobs.SetAsideAsync(input.Digest, cancellation);
        }
    }

    private Exception? Look()
    {
        var wrong = StorageFaults.InFolder(paths.StagingFolder) ?? StorageFaults.InFolder(paths.BlobsFolder);
        _writable = wrong is null;
        _lookedAt = time.GetTimestamp();
        return wrong;
    }
}

/// <summary>Nobody can write where attempts write. That is no failure of a step.</summary>
internal sealed class StorageException(Exception place, Exception? inner)
    : Exception($"{place.Message} Check the free space and the permissions of this place.", inner ?? place);
