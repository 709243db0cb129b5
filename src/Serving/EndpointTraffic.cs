using Rondo.Kernel.Db;
using Rondo.Registry;
using Rondo.Serving.Routing;

namespace Rondo.Serving;

/// <summary>What every endpoint answers with, in a number of statements that does not grow with the endpoints.</summary>
public sealed class EndpointTraffic
{
    private const int EndpointsMax = 100_000;

    private readonly RoutingTable _routes;
    private readonly EndpointLoader _loader;

    internal EndpointTraffic(RoutingTable routes, EndpointLoader loader) => (_routes, _loader) = (routes, loader);

    /// <summary>The endpoints, by name; those of one project or environment where it is given.</summary>
    public async ValueTask<IReadOnlyList<EndpointStanding>> ListAsync(
        Session session,
        string? project = null,
        string? environment = null
    )
    {
        var where =
            "1 = 1"
            + (project is null ? "" : " and e.project = @project")
            + (environment is null ? "" : " and e.environment = @environment");
        var arguments = new
        {
            project,
            environment,
            EndpointsMax,
        };
        var endpoints = await session.QueryAsync<EndpointRow>(
            $"""
            select e.name, e.project, e.environment, e.model, case when e.manifest is null then 1 else 0 end as pinned
            from serving_endpoint e where {where} order by e.name limit @EndpointsMax
            """,
            arguments
        );
        var shares = (
            await session.QueryAsync<ShareRow>(
                $"""
                select d.endpoint, d.version, d.percent, d.changed_at
                from serving_endpoint e join serving_deployment d on d.endpoint = e.name
                where {where} and d.percent > 0 order by d.endpoint, d.percent desc, d.version limit @EndpointsMax
                """,
                arguments
            )
        ).ToLookup(row => row.Endpoint, StringComparer.Ordinal);
        var rollouts = (
            await session.QueryAsync<RolloutRow>(
                $"""
                select r.endpoint, r.version, r.state, r.percent, r.reason
                from serving_endpoint e join serving_rollout r on r.id = (select x.id from serving_rollout x
                    where x.endpoint = e.name order by x.created_at desc, x.id desc limit 1)
                where {where} limit @EndpointsMax
                """,
                arguments
            )
        ).ToDictionary(row => row.Endpoint, StringComparer.Ordinal);
        return [.. endpoints.Select(row => Standing(row, [.. shares[row.Name]], rollouts.GetValueOrDefault(row.Name)))];
    }

    private EndpointStanding Standing(EndpointRow endpoint, IReadOnlyList<ShareRow> shares, RolloutRow? rollout)
    {
        var counted = (_routes.Find(endpoint.Name)?.Deployments ?? [])
            .Select(deployment => deployment.Counters.Snapshot())
            .ToList();
        return new EndpointStanding(
            endpoint.Name,
            new ModelKey(endpoint.Project, endpoint.Environment, endpoint.Model),
            endpoint.Pinned == 1,
            [
                .. shares.Select(share => new VersionShare(
                    share.Version,
                    (int)share.Percent,
                    DateTimeOffset.FromUnixTimeMilliseconds(share.ChangedAt),
                    _loader.FailureOf(endpoint.Name, share.Version)
                )),
            ],
            rollout is null
                ? null
                : new RolloutStanding(rollout.Version, rollout.State, (int)rollout.Percent, rollout.Reason),
            counted.Sum(counters => counters.Requests),
            counted.Sum(counters => counters.Errors)
        );
    }

    private sealed record EndpointRow
    {
        public string Name { get; init; } = "";
        public string Project { get; init; } = "";
        public string Environment { get; init; } = "";
        public string Model { get; init; } = "";
        public long Pinned { get; init; }
    }

    private sealed record ShareRow
    {
        public string Endpoint { get; init; } = "";
        public long Version { get; init; }
        public long Percent { get; init; }
        public long ChangedAt { get; init; }
    }

    private sealed record RolloutRow
    {
        public string Endpoint { get; init; } = "";
        public long Version { get; init; }
        public string State { get; init; } = "";
        public long Percent { get; init; }
        public string? Reason { get; init; }
    }
}

/// <summary>
/// What an endpoint answers with. Requests and errors are those of this server since it loaded the versions; <paramref name="Rollout"/> is the newest one.
/// </summary>
public sealed record EndpointStanding(
    string Name,
    ModelKey Model,
    bool Pinned,
    IReadOnlyList<VersionShare> Shares,
    RolloutStanding? Rollout,
    long Requests,
    long Errors
);

/// <summary>A version's share of an endpoint's traffic, and why this server cannot load it (null: it can).</summary>
public sealed record VersionShare(long Version, int Percent, DateTimeOffset Since, string? Failure);

/// <summary>The newest rollout of an endpoint: waiting, running, completed, rolledBack or superseded.</summary>
public sealed record RolloutStanding(long Version, string State, int Percent, string? Reason)
{
    /// <summary>Whether it has not ended.</summary>
    public bool IsUnderWay => State is "waiting" or "running";
}
