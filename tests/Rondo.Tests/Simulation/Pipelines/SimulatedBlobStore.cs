using Rondo.Kernel.Blobs;
using Rondo.Tests.Simulation.Scheduling;
using Rondo.Tests.Simulation.Store;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>The shared blobs as one server reaches them: slowly, sometimes not at all, and never half.</summary>
internal sealed class SimulatedBlobStore(
    SimulatedDisk disk,
    SimulatedProcess process,
    FaultSource faults,
    SimulatedFolders folders
) : IBlobStore
{
    public string Root => "/simulated";

    public async Task<BlobId> PutAsync(Stream content, CancellationToken cancellation = default)
    {
        using var copy = new MemoryStream();
        content.CopyTo(copy);
        var bytes = copy.ToArray();
        var digest = StepFunction.DigestOf(bytes);
        await EnterAsync("puts", digest, cancellation);
        disk.Put(digest, bytes, process.Clock.TrueNow);
        await LeaveAsync();
        return new BlobId(digest, bytes.Length);
    }

    public async Task<BlobId> AdoptAsync(string file, string digest, CancellationToken cancellation = default)
    {
        await EnterAsync("adopts", digest, cancellation, folders.Excuse, file);
        var bytes = folders.Read(file);
        if (!disk.Has(digest) && StepFunction.DigestOf(bytes) != digest)
        {
            throw new RondoException(ErrorCode.DataCorrupt, $"The bytes of {file} do not match their digest.");
        }

        if (disk.Mutation is { LateBytes: true } mutation)
        {
            mutation.Plant();
            process.Clock.CreateTimer(_ => Put(), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan);
        }
        else
        {
            Put();
        }

        folders.Remove(file);
        await LeaveAsync();
        return new BlobId(digest, bytes.Length);

        void Put() => disk.Put(digest, bytes, process.Clock.TrueNow);
    }

    public async Task<byte[]> ReadAsync(string digest, CancellationToken cancellation = default)
    {
        await EnterAsync("reads", digest, cancellation);
        var bytes =
            disk.Find(digest)
            ?? throw new RondoException(ErrorCode.NotFound, $"The content {digest} is not in the store.");
        return StepFunction.DigestOf(bytes) == digest
            ? bytes
            : throw new RondoException(ErrorCode.DataCorrupt, $"The bytes of {digest} have changed.");
    }

    public async Task<Stream> OpenAsync(string digest, CancellationToken cancellation = default) =>
        new MemoryStream(await ReadAsync(digest, cancellation));

    public async Task<bool> ExistsAsync(string digest, CancellationToken cancellation = default)
    {
        await EnterAsync("looks for", digest, cancellation);
        return disk.Keep(digest, process.Clock.TrueNow);
    }

    public async Task<IReadOnlyList<StoredBlob>> ListAsync(
        string? after,
        int limit,
        CancellationToken cancellation = default
    )
    {
        await EnterAsync("lists", after ?? "", cancellation);
        return disk.List(after, limit);
    }

    public async Task<bool> DeleteAsync(string digest, DateTimeOffset before, CancellationToken cancellation = default)
    {
        await EnterAsync("deletes", digest, cancellation);
        var deleted = disk.Delete(digest, before);
        await LeaveAsync();
        return deleted;
    }

    // Bytes of the simulation do not change by themselves.
    public Task<bool> SetAsideAsync(string digest, CancellationToken cancellation = default) => Task.FromResult(false);

    public Task<int> TidyAsync(DateTimeOffset before, CancellationToken cancellation = default) => Task.FromResult(0);

    private async Task EnterAsync(
        string what,
        string digest,
        CancellationToken cancellation,
        Action<string>? fails = null,
        string? file = null
    )
    {
        if (process.Dead)
        {
            await SimulatedProcess.Never;
        }

        process.Scheduler.Trace.Add(process, Happening.Blob, digest.Length > 0 ? digest[0] : 0);
        process.Scheduler.Trace.Say(process, $"{what} blob {(digest.Length > 8 ? digest[..8] : digest)}");
        var delay = faults.DelayMs();
        await (
            delay == 0 ? Turn() : Task.Delay(TimeSpan.FromMilliseconds(delay), process.Clock, CancellationToken.None)
        );
        cancellation.ThrowIfCancellationRequested();
        if (faults.Kills())
        {
            throw process.Die($"when it {what} a blob");
        }

        if (faults.Happens(faults.Rates.Blob))
        {
            fails?.Invoke(file!);
            throw faults.Random.Next(2) == 0
                ? new IOException("No space left on device")
                : new RondoException(ErrorCode.Unavailable, "The blob store does not answer.", "Try again.");
        }
    }

    // What was stored is stored, also when the server does not live to know it.
    private async Task LeaveAsync()
    {
        if (faults.Kills())
        {
            throw process.Die("after it stored a blob");
        }

        await Task.Yield();
    }

    private static async Task Turn() => await Task.Yield();
}
