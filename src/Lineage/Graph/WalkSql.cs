using Rondo.Kernel.Db;

namespace Rondo.Lineage.Graph;

/// <summary>
/// One recursive statement walks the graph of executions and artifacts in turns, so that each is visited once however many ports
/// lead to it. A step goes on within the run where the run made the artifact itself, and only where it did not, to others.
/// </summary>
internal static class WalkSql
{
    // A walk that does not go through stops at model versions of other runs: they are named, and have a lineage of their own.
    private const string Through = """
        (@through = 1 or not exists (
            select 1 from lineage_name n where n.artifact_id = walk.id and n.kind = 'model-version'
        ))
        """;

    /// <summary>Follows the tables of a walk: the executions that it reaches, and those whose outputs they reused.</summary>
    public const string Executions = """

        select x.id, x.run_id, x.node_id, x.attempt, x.step, x.code_digest, x.cache_key, x.state, x.reused_from, x.started_at, x.ended_at
        from reached r cross join lineage_execution x where x.id = r.id
        """;

    /// <summary>What the executions took and made.</summary>
    public const string Events = """

        select e.execution_id, e.direction, e.port, e.artifact_id, e.run_id, a.size
        from picked p cross join lineage_event e join lineage_artifact a on a.id = e.artifact_id
        where e.execution_id = p.id limit @events
        """;

    /// <summary>
    /// Dataset versions as the walked runs took them; model versions as the walked runs made them, or whatever is called so where it
    /// came from another run.
    /// </summary>
    public const string Names = """
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
        select m.name, m.artifact_id, m.run_id, m.kind, d.deleted_at, d.deleted_by
        from named m left join lineage_deletion d on d.name = m.name and d.kind = m.kind
        order by m.name, m.run_id limit @names
        """;

    /// <summary>The runs that they belong to, and the one that the walk began with.</summary>
    public const string Runs = """

        select c.properties from (
            select distinct x.run_id from reached r cross join lineage_execution x where x.id = r.id
            union select run_id from lineage_name where name = @root and kind = 'model-version'
            union select id from lineage_context where id = @root
        ) own cross join lineage_context c where c.id = own.run_id and c.kind = 'run'
        order by c.id desc limit @runs
        """;

    /// <summary>Behind which endpoints the models that were made stand, or stood.</summary>
    public const string Deployments = """
        , made as (
            select distinct n.name
            from picked p cross join lineage_event e cross join lineage_name n
            where e.execution_id = p.id and e.direction = 'output'
                and n.artifact_id = e.artifact_id and n.run_id = e.run_id and n.kind = 'model-version'
            union select name from lineage_name where name = @root and kind = 'model-version'
        )
        select d.endpoint, d.version, d.state, d.percent, d.since, d.until
        from lineage_deployment d where d.endpoint = @root or d.version in (select name from made)
        order by d.endpoint, d.since desc limit @deployments
        """;

    /// <summary>
    /// The common tables of a walk: <c>picked</c> has the executions that it reaches, up to <c>@executions</c>; <c>reached</c> has also those
    /// whose outputs they reused. Both are few beside the tables, which the embedded database does not know: a cross join begins with them.
    /// PostgreSQL guesses how many they are, badly: the walk looks each up by its key, whatever the guess.
    /// </summary>
    public static string Of(Dialect dialect, LineageDirection direction, string seeds) =>
        $"""
            with recursive walk (kind, id, run_id) as (
                {seeds}
                union
                {(direction == LineageDirection.Up ? Up(dialect) : Down(dialect))}
            ),
            picked as (select id from walk where kind = 'e' limit @executions),
            reached as (
                select id from picked
                union select reused_from from (
                    select (select x.reused_from from lineage_execution x where x.id = p.id) as reused_from from picked p
                ) reuse where reused_from is not null
            )
            """;

    private static string Up(Dialect dialect) =>
        $"""
            {Step(dialect, fromExecution: "input", fromArtifact: "output")}
            where walk.kind = 'e' or walk.run_id = '' or e.run_id = walk.run_id or (
                not exists (
                    select 1 from lineage_event own
                    where own.artifact_id = walk.id and own.direction = 'output' and own.run_id = walk.run_id
                ) and {Through}
            )
            """;

    private static string Down(Dialect dialect) =>
        $"""
            {Step(dialect, fromExecution: "output", fromArtifact: "input")}
            where walk.kind = 'e' or walk.run_id = '' or e.run_id = walk.run_id or (
                not exists (
                    select 1 from lineage_event own
                    where own.artifact_id = walk.id and own.direction = 'output' and own.run_id = e.run_id
                ) and (walk.run_id = '*' or {Through})
            )
            """;

    private static string Step(Dialect dialect, string fromExecution, string fromArtifact) =>
        $"""
            select case walk.kind when 'a' then 'e' else 'a' end,
                   case walk.kind when 'a' then e.execution_id else e.artifact_id end, e.run_id
            from walk {dialect.JoinByEither(
                "lineage_event",
                "e",
                $"walk.kind = 'e' and e.execution_id = walk.id and e.direction = '{fromExecution}'",
                $"walk.kind = 'a' and e.artifact_id = walk.id and e.direction = '{fromArtifact}'"
            )}
            """;

    /// <summary>
    /// Where a walk begins: executions, or artifacts with the run that they count for; '' is any run, '*' those that did not make it
    /// themselves. (An empty text is cut from a column: PostgreSQL wants both parts of a recursion compared alike.)
    /// </summary>
    public static string Seeds(string kind, LineageDirection direction) =>
        (kind, direction) switch
        {
            (LineageKinds.ModelVersion, LineageDirection.Up) =>
                "select 'a', artifact_id, run_id from lineage_name where name = @root and kind = 'model-version' and artifact_id like @only",
            (LineageKinds.ModelVersion, _) => """
                select 'a', artifact_id, run_id from lineage_name
                where name = @root and kind = 'model-version' and artifact_id like @only
                union select 'a', artifact_id, '*' from lineage_name
                where name = @root and kind = 'model-version' and artifact_id like @only
                """,
            (LineageKinds.DatasetVersion, LineageDirection.Up) =>
                "select 'a', artifact_id, substr(artifact_id, 1, 0) from lineage_name where name = @root and kind = 'dataset-version'",
            (LineageKinds.DatasetVersion, _) => """
                select 'e', e.execution_id, e.run_id
                from lineage_name n
                join lineage_event e on e.artifact_id = n.artifact_id and e.run_id = n.run_id and e.direction = 'input'
                where n.name = @root and n.kind = 'dataset-version'
                """,
            (LineageKinds.Run, LineageDirection.Up) =>
                "select 'e', id, run_id from lineage_execution where run_id = @root",
            (LineageKinds.Run, _) => """
                select 'a', e.artifact_id, e.run_id
                from lineage_execution x
                join lineage_event e on e.execution_id = x.id and e.direction = 'output' where x.run_id = @root
                """,
            (LineageKinds.Endpoint, LineageDirection.Up) => """
                select 'a', n.artifact_id, n.run_id
                from lineage_deployment d join lineage_name n on n.name = d.version and n.kind = 'model-version'
                where d.endpoint = @root and d.until is null and n.artifact_id like @only
                """,
            (LineageKinds.Endpoint, _) => "select 'a', name, name from lineage_endpoint where 1 = 0",
            _ => "select 'a', id, substr(id, 1, 0) from lineage_artifact where id = @root",
        };
}
