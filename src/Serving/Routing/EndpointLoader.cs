using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rondo.Registry;
using Rondo.Serving.Models;

namespace Rondo.Serving.Routing;

/// <summary>
/// Makes the routes of this server look like the table: loads what is missing, checks it against its example, swaps the routes in
/// one piece, and lets go of what nobody is sent to any more.
/// </summary>
internal sealed class EndpointLoader(
    DeploymentStore deployments,
    ModelRegistry registry,
    ModelLoader models,
    RoutingTable routes,
    ILogger<EndpointLoader> logger
) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private readonly Dictionary<(string Endpoint, long Version), Deployment> _loaded = [];
    private readonly ConcurrentDictionary<(string Endpoint, long Version), string> _failures = [];
    private IReadOnlyList<DeploymentState> _shown = [];

    /// <summary>Why a version could not be loaded the last time it was tried; null where it could.</summary>
    public string? FailureOf(string endpoint, long version) => _failures.GetValueOrDefault((endpoint, version));

    /// <summary>Loads a version for an endpoint and lets it answer its example, without sending it traffic. Throws where it cannot.</summary>
    public async Task<PreparedDeployment> PrepareAsync(string endpoint, ModelVersion version)
    {
        await _one.WaitAsync();
        try
        {
            return await PrepareLockedAsync(endpoint, version);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Lets go of a prepared version that will get no traffic.</summary>
    public async Task ForgetAsync(string endpoint, long version)
    {
        await _one.WaitAsync();
        try
        {
            if (!_shown.Any(state => state.Endpoint == endpoint && state.Version == version))
            {
                Retire((endpoint, version));
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Brings the routes up to date with the table.</summary>
    public async Task RefreshAsync()
    {
        await _one.WaitAsync();
        try
        {
            var wanted = await deployments.ListAsync();
            if (routes.Loaded.IsCompleted && wanted.SequenceEqual(_shown) && _failures.IsEmpty)
            {
                return;
            }

            foreach (var state in wanted)
            {
                await TryLoadAsync(state);
                if (_loaded.TryGetValue((state.Endpoint, state.Version), out var deployment))
                {
                    deployment.Rejects = state.Rejects;
                }
            }

            routes.Replace(wanted.GroupBy(state => state.Endpoint, StringComparer.Ordinal).Select(RouteOf));
            var keys = wanted.Select(state => (state.Endpoint, state.Version)).ToHashSet();
            var before = _shown;
            _shown = wanted;
            foreach (var state in before.Where(state => !keys.Contains((state.Endpoint, state.Version))))
            {
                Retire((state.Endpoint, state.Version));
                _failures.TryRemove((state.Endpoint, state.Version), out _);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private EndpointRoute RouteOf(IGrouping<string, DeploymentState> endpoint) =>
        new(
            endpoint.Key,
            [
                .. endpoint
                    .Where(state => _loaded.ContainsKey((state.Endpoint, state.Version)))
                    .Select(state => (_loaded[(state.Endpoint, state.Version)], state.Percent)),
            ]
        );

    private async Task TryLoadAsync(DeploymentState state)
    {
        var key = (state.Endpoint, state.Version);
        if (_loaded.ContainsKey(key))
        {
            return;
        }

        try
        {
            var version =
                await registry.FindAsync(state.Model.Project, state.Model.Environment, state.Model.Model, state.Version)
                ?? throw new RondoException(
                    ErrorCode.NotFound,
                    $"Model '{state.Model}' has no version {state.Version}."
                );
            await PrepareLockedAsync(state.Endpoint, version);
            _failures.TryRemove(key, out _);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The rest of the endpoints must not wait for this one: it is tried again with the next look at the table.
            if (!_failures.TryGetValue(key, out var known) || known != e.Message)
            {
                logger.LogError(e, "Version {Version} of {Endpoint} cannot be loaded", state.Version, state.Endpoint);
            }

            _failures[key] = e.Message;
        }
    }

    private async Task<PreparedDeployment> PrepareLockedAsync(string endpoint, ModelVersion version)
    {
        var key = (endpoint, version.Version);
        if (_loaded.TryGetValue(key, out var known))
        {
            return new PreparedDeployment(known, ExampleCheck.Run(version.Proposal.Description, known.Model.Answer));
        }

        var deployment = new Deployment(endpoint, version, await models.LoadAsync(version));
        try
        {
            var difference = ExampleCheck.Run(version.Proposal.Description, deployment.Model.Answer);
            _loaded[key] = deployment;
            return new PreparedDeployment(deployment, difference);
        }
        catch
        {
            deployment.Retire();
            throw;
        }
    }

    private void Retire((string Endpoint, long Version) key)
    {
        if (_loaded.Remove(key, out var deployment))
        {
            deployment.Retire();
        }
    }
}

/// <summary>A loaded version that has answered its example, and how far off the answer was.</summary>
internal sealed record PreparedDeployment(Deployment Deployment, double ExampleDifference);
