using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Lineage;
using Rondo.Pipelines.Catalog;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Runs;

/// <summary>Makes runs. Preparing looks around and changes nothing; inserting writes it all in the caller's transaction.</summary>
internal sealed class RunWriter(
    PipelineCatalog catalog,
    IRunSources sources,
    IBlobStore blobs,
    LineageStore lineage,
    EventLog log,
    IdSource ids,
    TimeProvider time,
    RunEnding ending
)
{
    private static readonly JsonElement s_noEvidence = JsonSerializer.SerializeToElement(new { }, RondoJson.Options);

    public async Task<PreparedRun> PrepareAsync(NewRun wish)
    {
        var pipeline = await catalog.RequireAsync(wish.Project, wish.Environment, wish.Pipeline);
        var parameters = RunParameters.Bind(pipeline.Manifest, wish.Parameters);
        var pinned = new SortedDictionary<string, RunSource>(StringComparer.Ordinal);
        foreach (var node in pipeline.Manifest.Nodes.Where(node => node.Kind != NodeKind.Step))
        {
            pinned[node.Id] = await PinAsync(wish, node);
        }

        var asOf = wish.AsOf ?? pinned.Values.Max(source => source.AsOf);
        return new PreparedRun(
            ids.New("run"),
            wish,
            pipeline,
            new PipelineGraph(pipeline.Manifest),
            parameters,
            pinned,
            asOf
        );
    }

    /// <summary>Writes the run down. The number of statements does not depend on the size of its graph, save one a source.</summary>
    public async ValueTask InsertAsync(Transaction transaction, PreparedRun run)
    {
        var (wish, pipeline) = (run.Wish, run.Pipeline);
        var evidence = wish.Evidence ?? s_noEvidence;
        var position = await log.AppendAsync(
            transaction,
            new NewEvent(
                RunCreatedEvent.Type,
                wish.Project,
                run.Id,
                wish.Actor,
                new RunCreatedEvent(run.Id, wish.Pipeline, wish.Environment, wish.Trigger, evidence),
                wish.Cause
            )
        );
        var now = time.GetUtcNow();
        var remaining = run.Graph.Manifest.Nodes.Count(node => node.Kind == NodeKind.Step);
        await InsertRunAsync(transaction, run, position, remaining);
        var edges = run.Graph.Edges().ToList();
        await InsertStepsAsync(transaction, run, edges, now);
        await InsertGraphAsync(transaction, run, edges);
        await lineage.RecordRunAsync(
            transaction,
            new LineageRun(
                run.Id,
                wish.Project,
                wish.Environment,
                wish.Pipeline,
                pipeline.Commit,
                pipeline.Package,
                wish.Trigger,
                evidence,
                wish.Actor.Name,
                position,
                now
            )
        );
        foreach (var source in run.Sources.Values.Where(s => s.Kind == NodeKind.Dataset && s.VersionId is not null))
        {
            await lineage.RecordSourceAsync(transaction, source.VersionId!, source.Artifact, run.Id);
        }

        if (remaining == 0)
        {
            var info = RunInfo.Of(run, position);
            await ending.EndAsync(transaction, info, new RunEnd(RunStates.Succeeded, "The pipeline has no steps."));
        }
    }

    private async Task<RunSource> PinAsync(NewRun wish, NodeManifest node)
    {
        if (node.Kind == NodeKind.Dataset)
        {
            return await sources.DatasetAsync(wish.Project, wish.Environment, node.Source!)
                ?? throw new RondoException(
                    ErrorCode.FailedPrecondition,
                    $"Dataset '{node.Source}' of project '{wish.Project}' has no data in {wish.Environment}, and pipeline '{wish.Pipeline}' needs it.",
                    $"Push a file to it: rondo datasets push {node.Source} FILE --project {wish.Project} --environment {wish.Environment}."
                );
        }

        if (await sources.ServingModelAsync(wish.Project, wish.Environment, node.Source!) is { } serving)
        {
            return serving;
        }

        var none = await blobs.PutAsync(new MemoryStream("null"u8.ToArray()));
        return new RunSource(
            NodeKind.ServingModel,
            node.Source!,
            null,
            null,
            null,
            null,
            new ArtifactRef(ArtifactTypes.None, none.Digest, none.Size)
        );
    }

    private async ValueTask InsertRunAsync(Transaction transaction, PreparedRun run, long position, long remaining) =>
        await transaction.ExecuteAsync(
            """
            insert into pipelines_run
                (id, project, environment, pipeline, version_id, package, commit_id, parameters, sources, trigger_kind, evidence,
                 actor, cause, created_position, as_of, state, remaining, created_at)
            values
                (@Id, @Project, @Environment, @Pipeline, @VersionId, @Package, @Commit, @parameters, @sources, @Trigger, @evidence,
                 @actor, @Cause, @position, @asOf, 'created', @remaining, @at)
            """,
            new
            {
                run.Id,
                run.Wish.Project,
                run.Wish.Environment,
                run.Wish.Pipeline,
                run.Pipeline.VersionId,
                run.Pipeline.Package,
                run.Pipeline.Commit,
                parameters = JsonSerializer.Serialize(run.Parameters, RondoJson.Options),
                sources = JsonSerializer.Serialize(run.Sources, RondoJson.Options),
                run.Wish.Trigger,
                evidence = (run.Wish.Evidence ?? s_noEvidence).GetRawText(),
                actor = run.Wish.Actor.Name,
                run.Wish.Cause,
                position,
                asOf = run.AsOf?.ToUnixTimeMilliseconds(),
                remaining,
                at = time.GetUtcNow().ToUnixTimeMilliseconds(),
            }
        );

    private static async ValueTask InsertStepsAsync(
        Transaction transaction,
        PreparedRun run,
        IReadOnlyList<(string From, string To)> edges,
        DateTimeOffset now
    )
    {
        var at = now.ToUnixTimeMilliseconds();
        var waitingOn = edges.CountBy(edge => edge.To, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        await RowInsert.IntoAsync(
            transaction,
            "pipelines_step",
            [
                "run_id",
                "node_id",
                "position",
                "kind",
                "step",
                "state",
                "attempt",
                "fence",
                "failures",
                "losses",
                "waiting_on",
                "not_before",
                "finished_at",
            ],
            run.Graph.Manifest.Nodes.Select(
                (node, position) =>
                {
                    var waits = waitingOn.GetValueOrDefault(node.Id);
                    var source = node.Kind != NodeKind.Step;
                    return new object?[]
                    {
                        run.Id,
                        node.Id,
                        (long)position,
                        KindName(node.Kind),
                        node.Step,
                        source ? StepStates.Succeeded
                        : waits == 0 ? StepStates.Ready
                        : StepStates.Pending,
                        0L,
                        0L,
                        0L,
                        0L,
                        (long)waits,
                        at,
                        source ? at : null,
                    };
                }
            )
        );
    }

    // Who waits for whom, and the outputs of the sources, which are there from the start.
    private static async ValueTask InsertGraphAsync(
        Transaction transaction,
        PreparedRun run,
        IReadOnlyList<(string From, string To)> edges
    )
    {
        await RowInsert.IntoAsync(
            transaction,
            "pipelines_edge",
            ["run_id", "from_node", "to_node"],
            edges.Select(edge => new object?[] { run.Id, edge.From, edge.To })
        );
        await RowInsert.IntoAsync(
            transaction,
            "pipelines_output",
            ["run_id", "node_id", "port", "type", "digest", "size"],
            run.Sources.Select(source =>
                new object?[]
                {
                    run.Id,
                    source.Key,
                    run.Graph[source.Key].Outputs[0].Port,
                    source.Value.Artifact.Type,
                    source.Value.Artifact.Digest,
                    source.Value.Artifact.Size,
                }
            )
        );
    }

    private static string KindName(NodeKind kind) =>
        kind switch
        {
            NodeKind.Step => "step",
            NodeKind.Dataset => "dataset",
            _ => "serving-model",
        };
}
