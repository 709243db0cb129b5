using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;

namespace Rondo.Lineage.Graph;

/// <summary>The rows that a walk reaches: one recursive statement for the closure, a fixed number for their details.</summary>
internal sealed record LineageWalk(
    string Root,
    string RootKind,
    IReadOnlyList<string> RootArtifacts,
    IReadOnlyList<ExecutionRow> Executions,
    IReadOnlyList<EventRow> Events,
    IReadOnlyList<NameRow> Names,
    IReadOnlyList<LineageRun> Runs,
    bool Truncated
)
{
    private const int ExecutionsMax = 2000;

    // A step back goes to the execution of the same run that made the artifact; only where this run did not make it, to others.
    private const string UpSql = """
        with recursive walk (execution_id, run_id) as (
            select e.execution_id, e.run_id from lineage_event e
            where e.artifact_id in @artifacts and e.direction = 'output' and (@run = '' or e.run_id = @run)
            union
            select made.execution_id, made.run_id
            from walk
            join lineage_event took on took.execution_id = walk.execution_id and took.direction = 'input'
            join lineage_event made on made.artifact_id = took.artifact_id and made.direction = 'output'
            where made.run_id = walk.run_id or not exists (
                select 1 from lineage_event own
                where own.artifact_id = took.artifact_id and own.direction = 'output' and own.run_id = walk.run_id
            )
        )
        select execution_id from walk limit @limit
        """;

    private const string DownSql = """
        with recursive walk (execution_id, run_id) as (
            select e.execution_id, e.run_id from lineage_event e
            where e.artifact_id in @artifacts and e.direction = 'input' and (@run = '' or e.run_id = @run or not exists (
                select 1 from lineage_event own
                where own.artifact_id = e.artifact_id and own.direction = 'output' and own.run_id = e.run_id
            ))
            union
            select took.execution_id, took.run_id
            from walk
            join lineage_event made on made.execution_id = walk.execution_id and made.direction = 'output'
            join lineage_event took on took.artifact_id = made.artifact_id and took.direction = 'input'
            where took.run_id = walk.run_id or not exists (
                select 1 from lineage_event own
                where own.artifact_id = made.artifact_id and own.direction = 'output' and own.run_id = took.run_id
            )
        )
        select execution_id from walk limit @limit
        """;

    public static Task<LineageWalk> UpAsync(Session session, string id) => WalkAsync(session, id, UpSql);

    public static Task<LineageWalk> DownAsync(Session session, string id) => WalkAsync(session, id, DownSql);

    private static async Task<LineageWalk> WalkAsync(Session session, string id, string sql)
    {
        var (kind, artifacts, run) = await StartAsync(session, id);
        IReadOnlyList<string> reached =
            kind == LineageKinds.Run
                ? await session.QueryAsync<string>(
                    "select id from lineage_execution where run_id = @id limit @limit",
                    new { id, limit = ExecutionsMax }
                )
                : await session.QueryAsync<string>(
                    sql,
                    new
                    {
                        artifacts,
                        run,
                        limit = ExecutionsMax,
                    }
                );
        var executions = await ExecutionsAsync(session, reached);
        var originals = executions
            .Select(e => e.ReusedFrom)
            .OfType<string>()
            .Except(reached, StringComparer.Ordinal)
            .ToList();
        if (originals.Count > 0)
        {
            executions = [.. executions, .. await ExecutionsAsync(session, originals)];
        }

        var events = await EventsAsync(session, reached);
        var names = await NamesAsync(session, id, artifacts, events);
        var runs = await RunsAsync(session, kind == LineageKinds.Run ? id : run, executions);
        return new LineageWalk(id, kind, artifacts, executions, events, names, runs, reached.Count == ExecutionsMax);
    }

    private static async Task<(string Kind, IReadOnlyList<string> Artifacts, string Run)> StartAsync(
        Session session,
        string id
    )
    {
        var names = await session.QueryAsync<NameRow>(
            "select name, artifact_id, run_id, kind from lineage_name where name = @id order by kind desc, run_id limit 1000",
            new { id }
        );
        if (names.Count > 0)
        {
            // A model version was made by one run; a dataset version may have been taken by many.
            var kind = names[0].Kind;
            var run = kind == LineageKinds.ModelVersion ? names[0].RunId : "";
            return (kind, [.. names.Select(name => name.ArtifactId).Distinct(StringComparer.Ordinal)], run);
        }

        var known = await session.FirstAsync<string>(
            """
            select 'artifact' from lineage_artifact where id = @id
            union all select 'run' from lineage_context where id = @id and kind = 'run'
            """,
            new { id }
        );
        return known switch
        {
            LineageKinds.Artifact => (known, [id], ""),
            LineageKinds.Run => (known, [], id),
            _ => throw new RondoException(
                ErrorCode.NotFound,
                $"Lineage knows nothing called '{id}'.",
                "Name a model version (project/environment/model/version), a dataset version, a run, or an artifact (type:digest)."
            ),
        };
    }

    private static ValueTask<IReadOnlyList<ExecutionRow>> ExecutionsAsync(Session session, IReadOnlyList<string> ids) =>
        session.QueryAsync<ExecutionRow>(
            """
            select id, run_id, node_id, attempt, step, code_digest, cache_key, state, reused_from, started_at, ended_at
            from lineage_execution where id in @ids order by started_at, id
            """,
            new { ids }
        );

    private static ValueTask<IReadOnlyList<EventRow>> EventsAsync(Session session, IReadOnlyList<string> ids) =>
        session.QueryAsync<EventRow>(
            """
            select e.execution_id, e.direction, e.port, e.artifact_id, e.run_id, a.type, a.digest, a.size
            from lineage_event e join lineage_artifact a on a.id = e.artifact_id
            where e.execution_id in @ids order by e.execution_id, e.direction, e.port
            """,
            new { ids }
        );

    private static ValueTask<IReadOnlyList<NameRow>> NamesAsync(
        Session session,
        string id,
        IReadOnlyList<string> rootArtifacts,
        IReadOnlyList<EventRow> events
    ) =>
        session.QueryAsync<NameRow>(
            """
            select name, artifact_id, run_id, kind from lineage_name
            where name = @id or (artifact_id in @artifacts and run_id in @runs)
            order by name, run_id limit @limit
            """,
            new
            {
                id,
                artifacts = events.Select(e => e.ArtifactId).Concat(rootArtifacts).Distinct(StringComparer.Ordinal),
                runs = events.Select(e => e.RunId).Distinct(StringComparer.Ordinal),
                limit = ExecutionsMax,
            }
        );

    private static async ValueTask<IReadOnlyList<LineageRun>> RunsAsync(
        Session session,
        string own,
        IReadOnlyList<ExecutionRow> executions
    )
    {
        var ids = executions.Select(e => e.RunId).Append(own).Distinct(StringComparer.Ordinal);
        var rows = await session.QueryAsync<string>(
            "select properties from lineage_context where id in @ids and kind = 'run' order by id desc",
            new { ids }
        );
        return [.. rows.Select(row => JsonSerializer.Deserialize<LineageRun>(row, RondoJson.Options)!)];
    }
}
