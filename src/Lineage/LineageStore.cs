using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Lineage.Closures;
using Rondo.Lineage.Graph;
using Rondo.Sdk.Wire;

namespace Rondo.Lineage;

/// <summary>
/// Artifacts, executions, events and contexts, recorded in the transaction that publishes them, and walked up to what something
/// was made from or down to what was made from it.
/// </summary>
public sealed class LineageStore(
    Database database,
    EventLog log,
    IBlobStore blobs,
    params IEnumerable<ILineageSource> sources
)
{
    /// <summary>The name under which lineage knows an artifact.</summary>
    public static string ArtifactId(ArtifactRef artifact) => $"{artifact.Type}:{artifact.Digest}";

    /// <summary>Records the context of a run.</summary>
    public async ValueTask RecordRunAsync(Transaction transaction, LineageRun run) =>
        await transaction.ExecuteAsync(
            """
            insert into lineage_context (id, kind, project, properties) values (@Id, 'run', @Project, @properties)
            on conflict do nothing
            """,
            new
            {
                run.Id,
                run.Project,
                properties = JsonSerializer.Serialize(run, RondoJson.Options),
            }
        );

    /// <summary>Records one execution with its inputs and outputs, of which a fan-in has thousands: the number of statements does not depend on them.</summary>
    public static async ValueTask RecordAsync(Transaction transaction, LineageExecution execution)
    {
        await transaction.ExecuteAsync(
            """
            insert into lineage_execution
                (id, project, run_id, node_id, attempt, step, code_digest, cache_key, state, reused_from, started_at, ended_at)
            values (@Id, @Project, @RunId, @NodeId, @Attempt, @Step, @CodeDigest, @CacheKey, @State, @ReusedFrom, @start, @end)
            """,
            new
            {
                execution.Id,
                execution.Project,
                execution.RunId,
                execution.NodeId,
                execution.Attempt,
                execution.Step,
                execution.CodeDigest,
                execution.CacheKey,
                execution.State,
                execution.ReusedFrom,
                start = execution.Start.ToUnixTimeMilliseconds(),
                end = execution.End.ToUnixTimeMilliseconds(),
            }
        );
        var ports = Events(execution).ToList();
        await LineageNames.RecordArtifactsAsync(transaction, ports.Select(e => e.Port.Artifact));
        await transaction.ExecuteManyAsync(
            """
            insert into lineage_event (execution_id, direction, port, artifact_id, run_id)
            values (@execution, @direction, @port, @artifact, @run)
            """,
            ["execution", "direction", "port", "artifact", "run"],
            ports.Select(e =>
                new object?[] { execution.Id, e.Direction, e.Port.Port, ArtifactId(e.Port.Artifact), execution.RunId }
            )
        );
    }

    /// <summary>Says that a model version is this artifact, or came of it (the proposal), made by this run. Saying it twice does nothing.</summary>
    public ValueTask RecordDerivedAsync(
        Transaction transaction,
        string modelVersionId,
        ArtifactRef artifact,
        string runId
    ) => LineageNames.RecordAsync(transaction, LineageKinds.ModelVersion, modelVersionId, artifact, runId);

    /// <summary>Says that this run took a dataset version, which is this artifact. Saying it twice does nothing.</summary>
    public ValueTask RecordSourceAsync(
        Transaction transaction,
        string datasetVersionId,
        ArtifactRef artifact,
        string runId
    ) => LineageNames.RecordAsync(transaction, LineageKinds.DatasetVersion, datasetVersionId, artifact, runId);

    /// <summary>Says that a name was deleted. What is known of it stays.</summary>
    public async ValueTask RecordDeletedAsync(Transaction transaction, LineageDeletion deletion) =>
        await transaction.ExecuteAsync(
            """
            insert into lineage_deletion (name, kind, deleted_at, deleted_by) values (@Name, @Kind, @at, @by)
            on conflict do nothing
            """,
            new
            {
                deletion.Name,
                deletion.Kind,
                at = deletion.At.ToUnixTimeMilliseconds(),
                by = deletion.Actor.Name,
            }
        );

    /// <summary>
    /// Says that these artifacts (by name) may hold rows which had to be removed: from now on neither finished runs nor caches keep their bytes.
    /// Where a step makes the same bytes again later, they are kept as any others.
    /// </summary>
    public async ValueTask RecordForgottenAsync(
        Transaction transaction,
        IEnumerable<string> artifacts,
        DateTimeOffset at
    ) =>
        await transaction.ExecuteManyAsync(
            """
            insert into lineage_forgotten (artifact_id, forgotten_at) values (@id, @at)
            on conflict (artifact_id) do update set forgotten_at = excluded.forgotten_at
            """,
            ["id", "at"],
            artifacts.Order(StringComparer.Ordinal).Select(id => new object?[] { id, at.ToUnixTimeMilliseconds() })
        );

    /// <summary>The graph that is asked for; of it, what the caller may see.</summary>
    public async Task<LineageGraph> GetAsync(LineageQuery query, Caller? caller = null)
    {
        if (await FromElsewhereAsync(query, caller) is { } logged)
        {
            return logged;
        }

        var restricted = caller?.MayEverywhere(Permission.Read) is false ? caller : null;
        if (restricted is not null)
        {
            await RequireAsync(query.Id, restricted);
        }

        var graph =
            query.Direction == LineageDirection.Both
                ? Merge(
                    await WalkAsync(query with { Direction = LineageDirection.Up }),
                    await WalkAsync(query with { Direction = LineageDirection.Down })
                )
                : await WalkAsync(query);
        if (restricted is not null)
        {
            graph = await database.ReadAsync(session => new LineageVisibility(session, restricted).OfAsync(graph));
        }

        return query.Grouped ? LineageGroups.Of(graph) : graph;
    }

    /// <summary>What it was made from: steps, data, code, and the event that caused the run. The id names a model version, a dataset version, a run, an endpoint, or an artifact.</summary>
    public Task<LineageGraph> UpAsync(string id) => GetAsync(new LineageQuery(id, LineageDirection.Up));

    /// <summary>What was made from it.</summary>
    public Task<LineageGraph> DownAsync(string id) => GetAsync(new LineageQuery(id, LineageDirection.Down));

    /// <summary>Everything that it depends on, as one list.</summary>
    public async Task<LineageClosure> ClosureAsync(string id, Caller? caller = null)
    {
        var everything = new LineageQuery(id, LineageDirection.Up, Through: true);
        if (await FromElsewhereAsync(everything, caller) is { } logged)
        {
            return LineageClosure.Of(logged);
        }

        if (caller?.MayEverywhere(Permission.Read) is not false)
        {
            return await new ClosureReader(database, blobs).ReadAsync(id);
        }

        await RequireAsync(id, caller);
        var closure = await new ClosureReader(database, blobs).ReadAsync(id);
        return await database.ReadAsync(session => new LineageVisibility(session, caller).OfAsync(closure));
    }

    /// <summary>The digests of everything that these model versions were made from, and of the packages that made them.</summary>
    public static Task<IReadOnlySet<string>> DigestsBehindAsync(
        Session session,
        IReadOnlyCollection<string> modelVersions
    ) => ProtectedDigests.OfAsync(session, modelVersions);

    /// <summary>Those of the digests that have a name, and no name that was not deleted; and those that were forgotten and not made again since.</summary>
    public static async Task<IReadOnlyList<string>> DeletedAsync(Session session, IReadOnlyList<string> digests) =>
        await session.QueryAsync<string>(
            """
            select digest from (
                select a.digest as digest, max(case when d.name is null then 1 else 0 end) as live
                from lineage_name n
                join lineage_artifact a on a.id = n.artifact_id
                left join lineage_deletion d on d.name = n.name and d.kind = n.kind
                where n.artifact_id in @ids
                group by a.digest
            ) named where live = 0
            union select a.digest from lineage_forgotten f join lineage_artifact a on a.id = f.artifact_id
            where f.artifact_id in @tables and not exists (
                select 1 from lineage_event e join lineage_execution x on x.id = e.execution_id
                where e.artifact_id = f.artifact_id and e.direction = 'output' and x.started_at > f.forgotten_at
            )
            """,
            new
            {
                tables = digests.SelectMany(digest =>
                    new[] { ArtifactTypes.Table, ArtifactTypes.RawTable }.Select(type => $"{type}:{digest}")
                ),
                ids = digests.SelectMany(digest =>
                    new[] { ArtifactTypes.Model, ArtifactTypes.ModelProposal, ArtifactTypes.DatasetVersion }.Select(
                        type => $"{type}:{digest}"
                    )
                ),
            }
        );

    // Null where steps of pipelines know the name, or nobody does.
    private async Task<LineageGraph?> FromElsewhereAsync(LineageQuery query, Caller? caller)
    {
        if (await database.ReadAsync(session => LineageRoot.FindAsync(session, query.Id)) is null)
        {
            foreach (var source in sources)
            {
                if (query.Direction != LineageDirection.Both)
                {
                    if (await source.FindAsync(query, caller) is { } found)
                    {
                        return found;
                    }
                }
                else if (
                    await source.FindAsync(query with { Direction = LineageDirection.Up }, caller) is { } up
                    && await source.FindAsync(query with { Direction = LineageDirection.Down }, caller) is { } down
                )
                {
                    return Merge(up, down);
                }
            }
        }

        return null;
    }

    private Task RequireAsync(string id, Caller caller) =>
        database.ReadAsync(async session =>
        {
            await new LineageVisibility(session, caller).RequireAsync(await LineageRoot.RequireAsync(session, id));
            return true;
        });

    private async Task<LineageGraph> WalkAsync(LineageQuery query)
    {
        var plan = new WalkPlan(query.Direction, query.Through);
        var walk = await database.ReadAsync(async session =>
            await LineageWalk.OfAsync(session, await LineageRoot.RequireAsync(session, query.Id), plan)
        );
        var causes =
            query.Direction == LineageDirection.Up ? await LineageCauses.ReadAsync(log, walk.Runs) : LineageCauses.None;
        return new LineageGraphBuilder(walk, causes).Build();
    }

    private static LineageGraph Merge(LineageGraph up, LineageGraph down) =>
        new(
            up.Root,
            LineageDirection.Both,
            [.. up.Nodes.Concat(down.Nodes).DistinctBy(node => node.Id, StringComparer.Ordinal)],
            [.. up.Edges.Concat(down.Edges).Distinct()],
            up.Truncated || down.Truncated,
            up.Cut ?? down.Cut
        );

    private static IEnumerable<(string Direction, PortArtifact Port)> Events(LineageExecution execution) =>
        execution.Inputs.Select(port => ("input", port)).Concat(execution.Outputs.Select(port => ("output", port)));
}
