using Rondo.Kernel.Blobs;
using Rondo.Tests.Simulation.Store;

namespace Rondo.Tests.Simulation.Pipelines;

/// <summary>The blobs that all servers share, and what was done to them.</summary>
internal sealed class SimulatedDisk(Mutation? mutation)
{
    private readonly Dictionary<string, byte[]> _blobs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _keptAt = new(StringComparer.Ordinal);
    private readonly HashSet<string> _damaged = new(StringComparer.Ordinal);

    public Mutation? Mutation => mutation;

    /// <summary>Digests whose bytes were lost or changed by the simulation.</summary>
    public IReadOnlySet<string> Damaged => _damaged;

    public IReadOnlyCollection<string> Digests => _blobs.Keys;

    public bool Has(string digest) => _blobs.ContainsKey(digest);

    /// <summary>Whether it is there; if it is, it is kept from now on.</summary>
    public bool Keep(string digest, DateTimeOffset now)
    {
        if (!_blobs.ContainsKey(digest))
        {
            return false;
        }

        _keptAt[digest] = now;
        return true;
    }

    public IReadOnlyList<StoredBlob> List(string? after, int limit) =>
        [
            .. _blobs
                .Where(blob => after is null || string.CompareOrdinal(blob.Key, after) > 0)
                .OrderBy(blob => blob.Key, StringComparer.Ordinal)
                .Take(limit)
                .Select(blob => new StoredBlob(blob.Key, blob.Value.Length, _keptAt[blob.Key])),
        ];

    public bool Delete(string digest, DateTimeOffset before) =>
        _blobs.ContainsKey(digest) && _keptAt[digest] < before && _blobs.Remove(digest);

    public byte[]? Find(string digest) => _blobs.GetValueOrDefault(digest);

    public void Put(string digest, byte[] bytes, DateTimeOffset now)
    {
        _blobs.TryAdd(digest, bytes);
        _keptAt[digest] = now;
    }

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
