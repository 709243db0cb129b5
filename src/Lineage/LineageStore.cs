using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Lineage.Graph;
using Rondo.Sdk.Wire;

namespace Rondo.Lineage;

/// <summary>
/// Artifacts, executions, events and contexts, recorded in the transaction that publishes them, and walked up to what something
/// was made from or down to what was made from it.
/// </summary>
public sealed class LineageStore(Database database, EventLog log)
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

    /// <summary>Records one execution with its inputs and outputs. The number of statements depends on its ports only.</summary>
    public async ValueTask RecordAsync(Transaction transaction, LineageExecution execution)
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
        await transaction.ExecuteAsync(
            "insert into lineage_association (context_id, execution_id) values (@RunId, @Id)",
            execution
        );
        foreach (var (direction, port) in Events(execution))
        {
            await RecordArtifactAsync(transaction, port.Artifact);
            await transaction.ExecuteAsync(
                """
                insert into lineage_event (execution_id, direction, port, artifact_id, run_id)
                values (@Id, @direction, @Port, @artifact, @RunId)
                """,
                new
                {
                    execution.Id,
                    direction,
                    port.Port,
                    artifact = ArtifactId(port.Artifact),
                    execution.RunId,
                }
            );
        }
    }

    /// <summary>Says that a model version is this artifact, or came of it (the proposal), made by this run. Saying it twice does nothing.</summary>
    public ValueTask RecordDerivedAsync(
        Transaction transaction,
        string modelVersionId,
        ArtifactRef artifact,
        string runId
    ) => RecordNameAsync(transaction, LineageKinds.ModelVersion, modelVersionId, artifact, runId);

    /// <summary>Says that this run took a dataset version, which is this artifact. Saying it twice does nothing.</summary>
    public ValueTask RecordSourceAsync(
        Transaction transaction,
        string datasetVersionId,
        ArtifactRef artifact,
        string runId
    ) => RecordNameAsync(transaction, LineageKinds.DatasetVersion, datasetVersionId, artifact, runId);

    /// <summary>What it was made from: steps, data, code, and the event that caused the run. The id names a model version, a dataset version, a run, or an artifact.</summary>
    public async Task<LineageGraph> UpAsync(string id)
    {
        var walk = await database.ReadAsync(session => LineageWalk.UpAsync(session, id));
        var causes = await LineageCauses.ReadAsync(log, walk.Runs);
        return new LineageGraphBuilder(walk, causes).Up();
    }

    /// <summary>What was made from it.</summary>
    public async Task<LineageGraph> DownAsync(string id)
    {
        var walk = await database.ReadAsync(session => LineageWalk.DownAsync(session, id));
        return new LineageGraphBuilder(walk, LineageCauses.None).Down();
    }

    private static IEnumerable<(string Direction, PortArtifact Port)> Events(LineageExecution execution) =>
        execution.Inputs.Select(port => ("input", port)).Concat(execution.Outputs.Select(port => ("output", port)));

    private static async ValueTask RecordNameAsync(
        Transaction transaction,
        string kind,
        string name,
        ArtifactRef artifact,
        string runId
    )
    {
        await RecordArtifactAsync(transaction, artifact);
        await transaction.ExecuteAsync(
            """
            insert into lineage_name (name, artifact_id, run_id, kind) values (@name, @artifact, @runId, @kind)
            on conflict do nothing
            """,
            new
            {
                name,
                artifact = ArtifactId(artifact),
                runId,
                kind,
            }
        );
    }

    private static async ValueTask RecordArtifactAsync(Transaction transaction, ArtifactRef artifact) =>
        await transaction.ExecuteAsync(
            """
            insert into lineage_artifact (id, type, digest, size) values (@id, @Type, @Digest, @Size) on conflict do nothing
            """,
            new
            {
                id = ArtifactId(artifact),
                artifact.Type,
                artifact.Digest,
                artifact.Size,
            }
        );
}
