using System.Collections.Frozen;

namespace Rondo.Serving.Routing;

/// <summary>Which endpoint answers with what. Readers take the whole snapshot; a change replaces it.</summary>
internal sealed class RoutingTable
{
    private volatile FrozenDictionary<string, EndpointRoute> _routes = FrozenDictionary<string, EndpointRoute>.Empty;
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the routes have been loaded for the first time after a start.</summary>
    public Task Loaded => _loaded.Task;

    public IReadOnlyCollection<EndpointRoute> All => _routes.Values;

    public EndpointRoute? Find(string endpoint) => _routes.GetValueOrDefault(endpoint);

    public void Replace(IEnumerable<EndpointRoute> routes)
    {
        _routes = routes.ToFrozenDictionary(route => route.Name, route => route, StringComparer.Ordinal);
        _loaded.TrySetResult();
    }
}
