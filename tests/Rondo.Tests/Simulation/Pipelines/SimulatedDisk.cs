namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>The blobs that all servers share, and what was done to them.</summary>
internal sealed class SimulatedDisk
{
    private readonly Dictionary<string, byte[]> _blobs = new(StringComparer.Ordinal);
    private readonly HashSet<string> _damaged = new(StringComparer.Ordinal);

    /// <summary>Digests whose bytes were lost or changed by the simulation.</summary>
    public IReadOnlySet<string> Damaged => _damaged;

    public IReadOnlyCollection<string> Digests => _blobs.Keys;

    public bool Has(string digest) => _blobs.ContainsKey(digest);

    public byte[]? Find(string digest) => _blobs.GetValueOrDefault(digest);

    public void Put(string digest, byte[] bytes) => _blobs.TryAdd(digest, bytes);

    /// <summary>Loses the bytes of a blob, or changes one of them.</summary>
    public void Damage(string digest, bool loses)
    {
        _damaged.Add(digest);
        if (loses)
        {
            _blobs.Remove(digest);
            return;
        }

        var changed = (byte[])_blobs[digest].Clone();
        changed[0] ^= 1;
        _blobs[digest] = changed;
    }
}
