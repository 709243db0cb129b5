using Rondo.Kernel.Db;
using Rondo.Lineage;
using Rondo.Registry;

namespace Rondo.Serving.Rollouts;

/// <summary>
/// Versions that are needed: those that get traffic, those on their way to it, and of each endpoint those that served last, which
/// it may be rolled back to.
/// </summary>
internal sealed class ServedHold : IHold
{
    /// <summary>How many versions before the present one an endpoint may be rolled back to.</summary>
    private const int RollBackVersions = 3;

    private const int RowsMax = 100_000;

    public async ValueTask<IReadOnlyList<Hold>> OfAsync(Session session, Dependents dependents)
    {
        if (dependents.ModelVersions.Count == 0)
        {
            return [];
        }

        var asked = dependents.ModelVersions.ToHashSet(StringComparer.Ordinal);
        var holds = new List<Hold>();
        var rows = await session.QueryAsync<Row>(
            """
            select d.endpoint, e.project, e.environment, e.model, d.version, d.percent, d.state
            from serving_deployment d join serving_endpoint e on e.name = d.endpoint
            order by d.endpoint, d.changed_at desc, d.version desc limit @RowsMax
            """,
            new { RowsMax }
        );
        foreach (var endpoint in rows.GroupBy(row => row.Endpoint, StringComparer.Ordinal))
        {
            holds.AddRange(
                endpoint
                    .Where(row => row.Percent > 0)
                    .Select(row => new Hold(row.Id, $"is served by endpoint '{row.Endpoint}'"))
            );
            holds.AddRange(
                endpoint
                    .Where(row => row is { Percent: 0, State: Routing.DeploymentState.Retired })
                    .Take(RollBackVersions)
                    .Select(row => new Hold(row.Id, $"is one that endpoint '{row.Endpoint}' may be rolled back to"))
            );
        }

        var moving = await session.QueryAsync<Row>(
            """
            select r.endpoint, e.project, e.environment, e.model, r.version from serving_rollout r
            join serving_endpoint e on e.name = r.endpoint where r.state in ('waiting', 'running') limit @RowsMax
            """,
            new { RowsMax }
        );
        holds.AddRange(moving.Select(row => new Hold(row.Id, $"is being rolled out at endpoint '{row.Endpoint}'")));
        return [.. holds.Where(hold => asked.Contains(hold.Name)).DistinctBy(hold => (hold.Name, hold.Because))];
    }

    private sealed record Row
    {
        public string Endpoint { get; init; } = "";
        public string Project { get; init; } = "";
        public string Environment { get; init; } = "";
        public string Model { get; init; } = "";
        public long Version { get; init; }
        public long Percent { get; init; }
        public string State { get; init; } = "";

        public string Id => ModelVersion.IdOf(new ModelKey(Project, Environment, Model), Version);
    }
}
