using Rondo.Kernel.Db;
using Rondo.Registry;
using Rondo.Registry.Governance;
using Rondo.Serving.Rollouts;
using Rondo.Serving.Routing;

namespace Rondo.Serving;

/// <summary>
/// One time that a version was served, or was to be. <paramref name="From"/> is null where it never got any traffic, <paramref name="Until"/> where it still does.
/// <paramref name="Reached"/> is the most that it got, in percent; where an earlier version of Rondo has taken it back, neither was written down, and both are null.
/// <paramref name="Reason"/> says how it ended, or, where it has not, how it began.
/// </summary>
internal sealed record PastDeployment(
    string Endpoint,
    string State,
    DateTimeOffset AskedAt,
    DateTimeOffset? From,
    DateTimeOffset? Until,
    int? Reached,
    string By,
    string? Reason,
    IReadOnlyList<RolloutCheck> Checks,
    long? Cause
)
{
    /// <summary>The version that took its place; null where none has.</summary>
    public long? ReplacedBy { get; init; }

    /// <summary>It was asked for, and has not begun.</summary>
    public const string Waiting = "waiting";

    /// <summary>It gets a part of the traffic, to be compared with the version that serves.</summary>
    public const string Canary = "canary";

    /// <summary>It answers.</summary>
    public const string Serving = "serving";

    /// <summary>It served until another version took its place.</summary>
    public const string Replaced = "replaced";

    /// <summary>It got a part of the traffic, or none, and the version before went on serving: it failed a check, was rejected, or a newer one came.</summary>
    public const string RolledBack = "rolledBack";
}

/// <summary>Where and when each version of a model was served.</summary>
internal sealed class DeploymentHistory(Database database, ModelGovernance governance)
{
    private const int EndpointsMax = 1000;

    // What came to serve after a rollout.
    private const string Next = """
        from serving_rollout n
        where n.endpoint = r.endpoint and n.state = 'completed' and n.version <> r.version
            and (n.created_at > r.created_at or (n.created_at = r.created_at and n.id > r.id))
        order by n.created_at, n.id limit 1
        """;

    /// <summary>The deployments of a version, also of one that was deleted, newest first; an error where there never was one.</summary>
    public async Task<IReadOnlyList<PastDeployment>> ListAsync(ModelKey model, long version)
    {
        var all = await ReadAsync(model, version);
        if (all.Count == 0)
        {
            await governance.HistoryAsync(model, version);
        }

        return all;
    }

    private Task<IReadOnlyList<PastDeployment>> ReadAsync(ModelKey model, long version) =>
        database.ReadAsync<IReadOnlyList<PastDeployment>>(async session =>
        {
            var all = new List<PastDeployment>();
            foreach (var endpoint in await EndpointsAsync(session, model))
            {
                all.AddRange(await RolloutsAsync(session, endpoint.Name, version));
                if (await FirstAsync(session, endpoint, version) is { } first)
                {
                    all.Add(first);
                }
            }

            return [.. all.OrderByDescending(deployment => deployment.AskedAt)];
        });

    private static ValueTask<IReadOnlyList<EndpointRow>> EndpointsAsync(Session session, ModelKey model) =>
        session.QueryAsync<EndpointRow>(
            """
            select name, created_at, created_by from serving_endpoint
            where project = @Project and environment = @Environment and model = @Model order by name limit @EndpointsMax
            """,
            new
            {
                model.Project,
                model.Environment,
                model.Model,
                EndpointsMax,
            }
        );

    // A rollout that found its version served already, or was overtaken before it began, has changed nothing.
    private static async Task<IEnumerable<PastDeployment>> RolloutsAsync(
        Session session,
        string endpoint,
        long version
    ) =>
        (
            await session.QueryAsync<RolloutRow>(
                $"""
                select {RolloutStore.Columns}, started_at, reached,
                    (select n.finished_at {Next}) as replaced_at, (select n.version {Next}) as replaced_by,
                    (select n.reason {Next}) as replaced_because
                from serving_rollout r
                where r.endpoint = @endpoint and r.version = @version and r.state <> 'superseded'
                order by r.created_at desc, r.id desc limit @RolloutsMax
                """,
                new
                {
                    endpoint,
                    version,
                    RolloutStore.RolloutsMax,
                }
            )
        ).Select(row => row.ToDeployment());

    // An endpoint that was made by hand answers from the start, without a rollout.
    private static async Task<PastDeployment?> FirstAsync(Session session, EndpointRow endpoint, long version)
    {
        var next = await session.FirstAsync<FirstRow>(
            """
            select previous, version, finished_at from serving_rollout
            where endpoint = @Name and state = 'completed' order by created_at, id limit 1
            """,
            endpoint
        );
        var first = next is null ? await DeploymentStore.ServingAsync(session, endpoint.Name) : next.Previous;
        return first != version
            ? null
            : new PastDeployment(
                endpoint.Name,
                next is null ? PastDeployment.Serving : PastDeployment.Replaced,
                At(endpoint.CreatedAt),
                At(endpoint.CreatedAt),
                next?.FinishedAt is { } until ? At(until) : null,
                100,
                endpoint.CreatedBy,
                "The endpoint was made for it.",
                [],
                null
            )
            {
                ReplacedBy = next?.Version,
            };
    }

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private sealed record EndpointRow
    {
        public string Name { get; init; } = "";
        public long CreatedAt { get; init; }
        public string CreatedBy { get; init; } = "";
    }

    private sealed record FirstRow
    {
        public long? Previous { get; init; }
        public long Version { get; init; }
        public long? FinishedAt { get; init; }
    }

    private sealed record RolloutRow : RolloutStore.Row
    {
        public long? StartedAt { get; init; }
        public long? Reached { get; init; }
        public long? ReplacedAt { get; init; }
        public long? ReplacedBy { get; init; }
        public string? ReplacedBecause { get; init; }

        public PastDeployment ToDeployment()
        {
            var rollout = ToRollout();
            return new PastDeployment(
                rollout.Endpoint,
                StateOf(rollout.State),
                rollout.CreatedAt,
                StartedAt is { } from ? At(from)
                    : rollout.State == RolloutState.Completed ? rollout.FinishedAt
                    : null,
                rollout.State == RolloutState.Completed
                    ? (ReplacedAt is { } until ? At(until) : null)
                    : rollout.FinishedAt,
                rollout.State == RolloutState.Completed ? 100 : (int?)Reached,
                rollout.Actor.Name,
                rollout.State == RolloutState.Completed && ReplacedAt is not null ? ReplacedBecause : rollout.Reason,
                rollout.Checks,
                rollout.Cause
            )
            {
                ReplacedBy = rollout.State == RolloutState.Completed ? ReplacedBy : null,
            };
        }

        private string StateOf(RolloutState state) =>
            state switch
            {
                RolloutState.Waiting => PastDeployment.Waiting,
                RolloutState.Running => PastDeployment.Canary,
                RolloutState.Completed => ReplacedAt is null ? PastDeployment.Serving : PastDeployment.Replaced,
                _ => PastDeployment.RolledBack,
            };
    }
}
