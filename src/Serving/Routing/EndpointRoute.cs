using System.Collections.Frozen;

namespace Rondo.Serving.Routing;

/// <summary>One endpoint's share of the routes: its deployments and how traffic is split. Immutable but for the turn counter.</summary>
internal sealed class EndpointRoute
{
    // Coprime to 100: a hundred requests in a row fall evenly on all slots.
    private const uint Stride = 61;

    private readonly Deployment[] _slots;
    private readonly FrozenDictionary<string, Deployment> _byVersion;
    private uint _turn;

    public EndpointRoute(string name, IReadOnlyList<(Deployment Deployment, int Percent)> deployments)
    {
        Name = name;
        Deployments = [.. deployments.Select(share => share.Deployment)];
        _byVersion = Deployments.ToFrozenDictionary(d => d.VersionText, d => d, StringComparer.Ordinal);
        var total = deployments.Sum(share => share.Percent);
        _slots = [.. deployments.SelectMany(share => Enumerable.Repeat(share.Deployment, share.Percent))];
        IsReady = total > 0;
    }

    public string Name { get; }

    public IReadOnlyList<Deployment> Deployments { get; }

    /// <summary>Whether anything can answer.</summary>
    public bool IsReady { get; }

    /// <summary>Whose turn it is.</summary>
    public Deployment Pick() =>
        _slots.Length == 100
            ? _slots[Interlocked.Increment(ref _turn) * Stride % 100]
            : _slots[(int)(Interlocked.Increment(ref _turn) % (uint)_slots.Length)];

    /// <summary>A version by its number, whatever its share; null where it is not loaded.</summary>
    public Deployment? Find(string version) => _byVersion.GetValueOrDefault(version);
}
