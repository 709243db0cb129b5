using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Lineage;
using Rondo.Pipelines.Catalog;
using Rondo.Pipelines.Orchestration;
using Rondo.Pipelines.Partitions;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Runs;

/// <summary>Makes runs. Preparing looks around and changes nothing; inserting writes it all in the caller's transaction.</summary>
internal sealed class RunWriter(
    PipelineCatalog catalog,
    PipelineVersions versions,
    IRunSources sources,
    AttemptSecrets secrets,
    IBlobStore blobs,
    LineageStore lineage,
    RunQueue queue,
    RunEnding ending,
    EventLog log,
    IdSource ids,
    TimeProvider time
)
{
    private static readonly JsonElement s_noEvidence = JsonSerializer.SerializeToElement(new { }, RondoJson.Options);

    public async Task<PreparedRun> PrepareAsync(NewRun wish)
    {
        var pipeline = await catalog.RequireAsync(wish.Project, wish.Environment, wish.Pipeline);
        var parameters = RunParameters.Bind(pipeline.Manifest, wish.Parameters);
        PartitionRules.Require(pipeline.Manifest, wish.Partition, time.GetUtcNow());
        var pinned = new SortedDictionary<string, RunSource>(StringComparer.Ordinal);
        foreach (var node in pipeline.Manifest.Nodes.Where(PipelineShape.IsSource))
        {
            pinned[node.Id] = await PinAsync(wish, node);
        }

        var asOf = wish.AsOf ?? pinned.Values.Max(source => source.AsOf);
        var shape = await versions.GetAsync(pipeline.VersionId);
        await secrets.RequireAsync(wish.Project, wish.Environment, shape);
        return new PreparedRun(ids.New("run"), wish, RunCode.Of(pipeline), shape, parameters, pinned, asOf);
    }

    /// <summary>The same once more: the parameters and sources of an earlier run, and its code or that which is deployed now.</summary>
    public async Task<PreparedRun> PrepareAgainAsync(Run earlier, NewRun wish, bool currentCode)
    {
        var code = new RunCode(earlier.VersionId, earlier.Package, earlier.Commit);
        if (currentCode)
        {
            code = RunCode.Of(await catalog.RequireAsync(wish.Project, wish.Environment, wish.Pipeline));
        }

        var shape = await versions.GetAsync(code.VersionId);
        await secrets.RequireAsync(wish.Project, wish.Environment, shape);
        var parameters = RunParameters.Bind(shape.Manifest, wish.Parameters);
        var pinned = new SortedDictionary<string, RunSource>(StringComparer.Ordinal);
        foreach (var node in shape.Manifest.Nodes.Where(PipelineShape.IsSource))
        {
            var known = earlier.Sources.Values.FirstOrDefault(s => s.Kind == node.Kind && s.Name == node.Source);
            if (known is not null)
            {
                await sources.RequireUsableAsync(wish.Project, wish.Environment, known);
            }

            pinned[node.Id] = known ?? await PinAsync(wish, node);
        }

        return new PreparedRun(ids.New("run"), wish, code, shape, parameters, pinned, earlier.AsOf);
    }

    /// <summary>Writes the run down. The number of statements does not depend on the size of its graph, save one a source.</summary>
    /// <returns>The run as its steps will see it; null where it has to wait, or has ended.</returns>
    public async ValueTask<RunInfo?> InsertAsync(Transaction transaction, PreparedRun run)
    {
        var wish = run.Wish;
        var manifest = run.Shape.Manifest;
        var starts =
            wish.WhenBusy == WhenBusy.CancelPrevious
            || await RunQueue.HasRoomAsync(transaction, wish, wish.RunsMax ?? manifest.RunsMax);
        if (wish.WhenBusy == WhenBusy.CancelPrevious)
        {
            await CancelPreviousAsync(transaction, run);
        }

        var now = time.GetUtcNow();
        var position = await TellAsync(transaction, run, now);
        await InsertRunAsync(transaction, run, position, starts, now);
        await RecordAsync(transaction, run, position, now);
        if (!starts)
        {
            return null;
        }

        var info = await RunReader.InfoAsync(transaction, run.Id);
        await RunSourceRows.InsertAsync(transaction, run.Id, run.Sources);
        if (!await queue.StartAsync(transaction, info, now.ToUnixTimeMilliseconds()) || Remaining(run) == 0)
        {
            await ending.EndAsync(transaction, info, new RunEnd(RunStates.Succeeded, "The pipeline has no steps."));
            return null;
        }

        return info;
    }

    private ValueTask<long> TellAsync(Transaction transaction, PreparedRun run, DateTimeOffset now)
    {
        var wish = run.Wish;
        return log.AppendAsync(
            transaction,
            new NewEvent(
                RunCreatedEvent.Type,
                wish.Project,
                run.Id,
                wish.Actor,
                new RunCreatedEvent(
                    run.Id,
                    wish.Pipeline,
                    wish.Environment,
                    wish.Trigger,
                    wish.Evidence ?? s_noEvidence,
                    wish.Partition
                ),
                wish.Cause
            )
            {
                At = now,
            }
        );
    }

    private async ValueTask RecordAsync(Transaction transaction, PreparedRun run, long position, DateTimeOffset now)
    {
        var wish = run.Wish;
        await lineage.RecordRunAsync(
            transaction,
            new LineageRun(
                run.Id,
                wish.Project,
                wish.Environment,
                wish.Pipeline,
                run.Code.Commit,
                run.Code.Package,
                wish.Trigger,
                wish.Evidence ?? s_noEvidence,
                wish.Actor.Name,
                position,
                now
            )
        );
        foreach (var source in run.Sources.Values.Where(s => s.Kind == NodeKind.Dataset && s.VersionId is not null))
        {
            await lineage.RecordSourceAsync(transaction, source.VersionId!, source.Artifact, run.Id);
        }
    }

    private async ValueTask CancelPreviousAsync(Transaction transaction, PreparedRun run)
    {
        var before = await transaction.QueryAsync<RunInfo>(
            $"""
            select {RunInfo.Columns} from pipelines_run r
            where r.project = @Project and r.pipeline = @Pipeline and r.environment = @Environment
                and (r.state = 'queued' or r.state in {RunStates.UnderWay}) and r.backfill is null
            order by r.id limit {RunQueue.QueuedMax}
            """,
            run.Wish
        );
        foreach (var other in before.OrderByDescending(other => other.State == RunStates.Queued))
        {
            var end = new RunEnd(RunStates.Cancelled, $"Run {run.Id} takes its place.", run.Wish.Actor);
            await ending.EndAsync(transaction, other, end);
        }
    }

    private static int Remaining(PreparedRun run) =>
        run.Shape.Children(null).Count(node => !PipelineShape.IsSource(node) && !node.Always);

    private async Task<RunSource> PinAsync(NewRun wish, NodeManifest node)
    {
        if (node.Kind == NodeKind.Dataset)
        {
            return await sources.DatasetAsync(wish.Project, wish.Environment, node.Source!)
                ?? (node.Optional ? await NoneAsync(node) : null)
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

        return await NoneAsync(node);
    }

    private async Task<RunSource> NoneAsync(NodeManifest node)
    {
        var none = await blobs.PutAsync(new MemoryStream("null"u8.ToArray()));
        return new RunSource(
            node.Kind,
            node.Source!,
            null,
            null,
            null,
            null,
            new ArtifactRef(ArtifactTypes.None, none.Digest, none.Size)
        );
    }

    private async ValueTask InsertRunAsync(
        Transaction transaction,
        PreparedRun run,
        long position,
        bool starts,
        DateTimeOffset now
    ) =>
        await transaction.ExecuteAsync(
            """
            insert into pipelines_run
                (id, project, environment, pipeline, version_id, package, commit_id, parameters, sources, trigger_kind, evidence,
                 actor, cause, created_position, as_of, state, remaining, created_at, partition_key, priority, policy, fresh,
                 resumes, reruns, backfill)
            values
                (@Id, @Project, @Environment, @Pipeline, @VersionId, @Package, @Commit, @parameters, @sources, @Trigger, @evidence,
                 @actor, @Cause, @position, @asOf, @state, @remaining, @at, @Partition, @priority, @policy, @fresh,
                 @Resumes, @Reruns, @Backfill)
            """,
            new
            {
                run.Id,
                run.Wish.Project,
                run.Wish.Environment,
                run.Wish.Pipeline,
                run.Code.VersionId,
                run.Code.Package,
                run.Code.Commit,
                parameters = JsonSerializer.Serialize(run.Parameters, RondoJson.Options),
                sources = JsonSerializer.Serialize(run.Sources, RondoJson.Options),
                run.Wish.Trigger,
                evidence = (run.Wish.Evidence ?? s_noEvidence).GetRawText(),
                actor = run.Wish.Actor.Name,
                run.Wish.Cause,
                position,
                asOf = run.AsOf?.ToUnixTimeMilliseconds(),
                state = starts ? RunStates.Created : RunStates.Queued,
                remaining = (long)Remaining(run),
                at = now.ToUnixTimeMilliseconds(),
                run.Wish.Partition,
                priority = (long)(run.Wish.Priority ?? run.Shape.Manifest.Priority),
                policy = run.Wish.FailurePolicy ?? run.Shape.Manifest.FailurePolicy,
                fresh = run.Wish.Fresh ? 1L : 0L,
                run.Resumes,
                run.Reruns,
                run.Wish.Backfill,
            }
        );
}
