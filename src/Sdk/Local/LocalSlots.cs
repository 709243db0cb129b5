using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>Bounds how many attempts run at once: in all, and of each pool.</summary>
internal sealed class LocalSlots(int atOnce, IEnumerable<PoolManifest> pools) : IDisposable
{
    private readonly SemaphoreSlim _all = new(atOnce);
    private readonly Dictionary<string, SemaphoreSlim> _pools = pools.ToDictionary(
        pool => pool.Name,
        pool => new SemaphoreSlim(pool.Slots),
        StringComparer.Ordinal
    );

    public async Task<IDisposable> TakeAsync(string? pool, CancellationToken cancellation)
    {
        // The pool first: who waits for it must not keep others from running.
        var first = pool is null ? null : _pools.GetValueOrDefault(pool);
        if (first is not null)
        {
            await first.WaitAsync(cancellation);
        }
        try
        {
            await _all.WaitAsync(cancellation);
        }
        catch
        {
            first?.Release();
            throw;
        }
        return new Slot(_all, first);
    }

    public void Dispose()
    {
        _all.Dispose();
        foreach (var pool in _pools.Values)
        {
            pool.Dispose();
        }
    }

    private sealed class Slot(SemaphoreSlim all, SemaphoreSlim? pool) : IDisposable
    {
        public void Dispose()
        {
            all.Release();
            pool?.Release();
        }
    }
}
