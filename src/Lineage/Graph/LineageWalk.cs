using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;

namespace Rondo.Lineage.Graph;

/// <summary>
/// How to walk. Going through, it goes on beyond the model versions of other runs; with <paramref name="Only"/> it begins with the artifacts
/// of a model version whose names are like that.
/// </summary>
internal sealed record WalkPlan(LineageDirection Direction, bool Through = false, string Only = "%")
{
    /// <summary>From the model itself, not from the record of how it was judged.</summary>
    public const string ModelOnly = "rondo/model:%";
}

/// <summary>The rows that a walk reaches: a fixed number of statements, however much that is.</summary>
internal sealed record LineageWalk(
    LineageRoot Root,
    LineageDirection Direction,
    IReadOnlyList<string> RootArtifacts,
    IReadOnlyList<ExecutionRow> Executions,
    IReadOnlyList<EventRow> Events,
    IReadOnlyList<NameRow> Names,
    IReadOnlyList<LineageRun> Runs,
    IReadOnlyList<DeploymentRow> Deployments
)
{
    /// <summary>What was cut, in words; null where all is there.</summary>
    public string? Cut { get; init; }

    public static async Task<LineageWalk> OfAsync(Session session, LineageRoot root, WalkPlan plan)
    {
        var seeds = WalkSql.Seeds(root.Kind, plan.Direction);
        var walk = WalkSql.Of(plan.Direction, seeds);
        var arguments = Arguments(root, plan);
        var executions = await session.QueryAsync<ExecutionRow>(
            walk
                + """
                select x.id, x.run_id, x.node_id, x.attempt, x.step, x.code_digest, x.cache_key, x.state, x.reused_from, x.started_at,
                    x.ended_at
                from reached r cross join lineage_execution x where x.id = r.id
                """,
            arguments
        );
        var events = await session.QueryAsync<EventRow>(
            walk
                + """
                select e.execution_id, e.direction, e.port, e.artifact_id, e.run_id, a.size
                from picked p cross join lineage_event e join lineage_artifact a on a.id = e.artifact_id
                where e.execution_id = p.id limit @events
                """,
            arguments
        );
        var names = await NamesAsync(session, walk, arguments);
        var runs = await RunsAsync(session, walk, arguments);
        return new LineageWalk(
            root,
            plan.Direction,
            await RootArtifactsAsync(session, root),
            [.. executions.OrderBy(x => x.StartedAt).ThenBy(x => x.Id, StringComparer.Ordinal)],
            events,
            names,
            runs,
            await DeploymentsAsync(session, walk, arguments)
        )
        {
            Cut = CutOf(executions.Count, events.Count, names.Count, runs.Count),
        };
    }

    private static object Arguments(LineageRoot root, WalkPlan plan) =>
        new
        {
            root = root.Id,
            through = plan.Through ? 1L : 0L,
            only = plan.Only,
            executions = LineageLimits.ExecutionsMax,
            events = LineageLimits.EventsMax,
            names = LineageLimits.NamesMax,
            runs = LineageLimits.RunsMax,
            deployments = LineageLimits.DeploymentsMax,
        };

    // Dataset versions as the walked runs took them; model versions as the walked runs made them, or whatever is called so where it
    // came from another run.
    private static ValueTask<IReadOnlyList<NameRow>> NamesAsync(Session session, string walk, object arguments) =>
        session.QueryAsync<NameRow>(
            walk
                + """
                , touched as (
                    select distinct e.artifact_id, e.run_id from picked p cross join lineage_event e where e.execution_id = p.id
                ),
                named as (
                    select n.name, n.artifact_id, n.run_id, n.kind
                    from touched t cross join lineage_name n
                    where n.artifact_id = t.artifact_id and (n.run_id = t.run_id or n.kind = 'model-version')
                    union select name, artifact_id, run_id, kind from lineage_name where name = @root
                    union select n.name, n.artifact_id, n.run_id, n.kind
                    from lineage_deployment d join lineage_name n on n.name = d.version and n.kind = 'model-version'
                    where d.endpoint = @root and d.until is null
                )
                select n.name, n.artifact_id, n.run_id, n.kind, d.deleted_at, d.deleted_by
                from named n left join lineage_deletion d on d.name = n.name and d.kind = n.kind
                order by n.name, n.run_id limit @names
                """,
            arguments
        );

    private static async ValueTask<IReadOnlyList<LineageRun>> RunsAsync(Session session, string walk, object arguments)
    {
        var rows = await session.QueryAsync<string>(
            walk
                + """
                select c.properties from (
                    select distinct x.run_id from reached r cross join lineage_execution x where x.id = r.id
                    union select run_id from lineage_name where name = @root and kind = 'model-version'
                    union select id from lineage_context where id = @root
                ) own join lineage_context c on c.id = own.run_id and c.kind = 'run'
                order by c.id desc limit @runs
                """,
            arguments
        );
        return [.. rows.Select(row => JsonSerializer.Deserialize<LineageRun>(row, RondoJson.Options)!)];
    }

    // Behind which endpoints the models that were made stand, or stood.
    private static ValueTask<IReadOnlyList<DeploymentRow>> DeploymentsAsync(
        Session session,
        string walk,
        object arguments
    ) =>
        session.QueryAsync<DeploymentRow>(
            walk
                + """
                , made as (
                    select distinct n.name
                    from picked p cross join lineage_event e
                    join lineage_name n on n.artifact_id = e.artifact_id and n.run_id = e.run_id and n.kind = 'model-version'
                    where e.execution_id = p.id and e.direction = 'output'
                    union select name from lineage_name where name = @root and kind = 'model-version'
                )
                select d.endpoint, d.version, d.state, d.percent, d.since, d.until
                from lineage_deployment d where d.endpoint = @root or d.version in (select name from made)
                order by d.endpoint, d.since desc limit @deployments
                """,
            arguments
        );

    private static ValueTask<IReadOnlyList<string>> RootArtifactsAsync(Session session, LineageRoot root) =>
        session.QueryAsync<string>(
            """
            select distinct artifact_id from lineage_name where name = @Id and kind = @Kind
            union select id from lineage_artifact where id = @Id
            """,
            root
        );

    private static string? CutOf(int executions, int events, int names, int runs) =>
        executions >= LineageLimits.ExecutionsMax ? $"after {LineageLimits.ExecutionsMax} steps"
        : events == LineageLimits.EventsMax ? $"after {LineageLimits.EventsMax} inputs and outputs"
        : names == LineageLimits.NamesMax ? $"after {LineageLimits.NamesMax} names"
        : runs == LineageLimits.RunsMax ? $"after {LineageLimits.RunsMax} runs"
        : null;
}
