using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Lineage;
using Rondo.Pipelines.Catalog;
using Rondo.Pipelines.Orchestration;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines;

/// <summary>The questions that runs wait for, and their answers. An answer is published like what a step makes, once.</summary>
public sealed class ApprovalStore
{
    private const int WaitingMax = 1_000;
    private const int CommentMax = 2_000;

    private readonly Database _database;
    private readonly IBlobStore _blobs;
    private readonly PipelineVersions _versions;
    private readonly RunProgress _progress;
    private readonly RunEnding _ending;
    private readonly EventLog _log;
    private readonly IdSource _ids;
    private readonly TimeProvider _time;

    internal ApprovalStore(
        Database database,
        IBlobStore blobs,
        PipelineVersions versions,
        RunProgress progress,
        RunEnding ending,
        EventLog log,
        IdSource ids,
        TimeProvider time
    )
    {
        _database = database;
        _blobs = blobs;
        _versions = versions;
        _progress = progress;
        _ending = ending;
        _log = log;
        _ids = ids;
        _time = time;
    }

    /// <summary>What waits for an answer, the oldest question first; of one run where one is named.</summary>
    public Task<IReadOnlyList<Approval>> WaitingAsync(
        string? runId = null,
        IReadOnlyCollection<string>? projects = null
    ) =>
        _database.ReadAsync<IReadOnlyList<Approval>>(async session =>
        {
            var rows = await session.QueryAsync<WaitingRow>(
                $"""
                select {WaitingRow.Columns} from pipelines_step s join pipelines_run r on r.id = s.run_id
                where s.state = 'waiting' and (@run = '' or s.run_id = @run)
                {(projects is null ? "" : "and r.project in @projects")} order by s.started_at limit @WaitingMax
                """,
                new
                {
                    run = runId ?? "",
                    projects,
                    WaitingMax,
                }
            );
            var approvals = new List<Approval>(rows.Count);
            foreach (var row in rows)
            {
                approvals.Add(row.ToApproval(await QuestionAsync(session, row)));
            }

            return approvals;
        });

    /// <summary>Answers. Refused when nobody asks, when the answer is of another type, or when it is not this person's to give.</summary>
    public async Task AnswerAsync(ApprovalAnswer answer)
    {
        if (answer.Comment is { Length: > CommentMax })
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The comment has {answer.Comment.Length} characters, more than {CommentMax}.",
                "Say it shorter, and name where more is written."
            );
        }

        var (row, question) = await _database.ReadAsync(async session =>
        {
            var found = await FindAsync(session, answer.RunId, answer.NodeId);
            return (found, await QuestionAsync(session, found));
        });
        AnswerRules.Check(answer, question);
        if (!await PublishAsync(row, question, answer, expired: false))
        {
            throw NotWaiting(answer.RunId, answer.NodeId);
        }
    }

    /// <summary>Ends the questions whose time is over: by the answer that stands for none, or by stopping the run.</summary>
    internal async Task<bool> ExpireAsync(int limit, CancellationToken cancellation)
    {
        var over = await _database.ReadAsync(
            async session =>
                await session.QueryAsync<WaitingRow>(
                    $"""
                    select {WaitingRow.Columns} from pipelines_step s join pipelines_run r on r.id = s.run_id
                    where s.state = 'waiting' and s.not_before <= @now order by s.not_before limit @limit
                    """,
                    new { now = _time.GetUtcNow().ToUnixTimeMilliseconds(), limit }
                ),
            cancellation
        );
        foreach (var row in over)
        {
            cancellation.ThrowIfCancellationRequested();
            var question = await _database.ReadAsync(async session => await QuestionAsync(session, row), cancellation);
            if (question.Otherwise is { } otherwise)
            {
                var answer = new ApprovalAnswer(row.RunId, row.NodeId, otherwise, null, PipelinesModule.Actor);
                await PublishAsync(row, question, answer, expired: true);
                continue;
            }

            await StopAsync(row);
        }

        return over.Count == limit;
    }

    private async Task<bool> PublishAsync(
        WaitingRow row,
        ApprovalManifest question,
        ApprovalAnswer answer,
        bool expired
    )
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(answer.Answer, RondoJson.Options);
        var blob = await _blobs.PutAsync(new MemoryStream(bytes));
        var artifact = new ArtifactRef(ArtifactTypes.Json, blob.Digest, blob.Size);
        return await _database.WriteAsync(async transaction =>
        {
            var now = _time.GetUtcNow();
            var message = expired ? "Nobody answered in time." : $"Answered by {answer.Actor}.";
            if (!await TakeAsync(transaction, row, StepStates.Succeeded, message, now))
            {
                return false;
            }

            var run = await RunReader.InfoAsync(transaction, row.RunId);
            await RecordAsync(transaction, run, row, artifact, now);
            var data = new ApprovalAnsweredEvent(
                run.Id,
                run.Pipeline,
                run.Environment,
                row.NodeId,
                answer.Answer,
                answer.Comment,
                expired
            );
            await _log.AppendAsync(
                transaction,
                new NewEvent(ApprovalAnsweredEvent.Type, run.Project, run.Id, answer.Actor, data, run.CreatedPosition)
            );
            var settled = new SettledNode(row.NodeId, row.Template, row.Scope, Failed: false);
            await _progress.SettleAsync(transaction, run, settled, now.ToUnixTimeMilliseconds());
            return true;
        });
    }

    private async ValueTask RecordAsync(
        Transaction transaction,
        RunInfo run,
        WaitingRow row,
        ArtifactRef artifact,
        DateTimeOffset now
    )
    {
        await RowInsert.IntoAsync(
            transaction,
            "pipelines_output",
            ["run_id", "node_id", "template", "loop_id", "item", "port", "type", "digest", "size"],
            [
                [
                    run.Id,
                    row.NodeId,
                    row.Template,
                    row.LoopId,
                    row.Item,
                    "value",
                    artifact.Type,
                    artifact.Digest,
                    artifact.Size,
                ],
            ]
        );
        await LineageStore.RecordAsync(
            transaction,
            new LineageExecution(
                _ids.New("exe"),
                run.Project,
                run.Id,
                row.NodeId,
                0,
                "approval",
                "",
                null,
                DateTimeOffset.FromUnixTimeMilliseconds(row.StartedAt),
                now,
                StepStates.Succeeded,
                [],
                [new PortArtifact("value", artifact)]
            )
        );
    }

    private Task StopAsync(WaitingRow row) =>
        _database.WriteAsync(async transaction =>
        {
            var now = _time.GetUtcNow();
            const string message = "Nobody answered in time.";
            if (!await TakeAsync(transaction, row, StepStates.Stopped, message, now))
            {
                return;
            }

            var run = await RunReader.InfoAsync(transaction, row.RunId);
            var data = new StepStoppedEvent(
                run.Id,
                run.Pipeline,
                row.NodeId,
                0,
                message,
                null,
                new Dictionary<string, ArtifactRef>(StringComparer.Ordinal)
            );
            await _log.AppendAsync(
                transaction,
                new NewEvent(
                    StepStoppedEvent.Type,
                    run.Project,
                    run.Id,
                    PipelinesModule.Actor,
                    data,
                    run.CreatedPosition
                )
            );
            var reason = $"Step '{row.NodeId}' asked, and nobody answered in time.";
            if (!await _ending.EndAsync(transaction, run, new RunEnd(RunStates.Stopped, reason, NodeId: row.NodeId)))
            {
                var settled = new SettledNode(row.NodeId, row.Template, row.Scope, Failed: true);
                await _progress.SettleAsync(transaction, run, settled, now.ToUnixTimeMilliseconds());
            }
        });

    private static async ValueTask<bool> TakeAsync(
        Transaction transaction,
        WaitingRow row,
        string state,
        string message,
        DateTimeOffset now
    ) =>
        await transaction.ExecuteAsync(
            """
            update pipelines_step set state = @state, fence = fence + 1, finished_at = @at, message = @message
            where run_id = @RunId and node_id = @NodeId and state = 'waiting' and fence = @Fence
            """,
            new
            {
                row.RunId,
                row.NodeId,
                row.Fence,
                state,
                message,
                at = now.ToUnixTimeMilliseconds(),
            }
        ) == 1;

    private static async Task<WaitingRow> FindAsync(Session session, string runId, string nodeId) =>
        await session.FirstAsync<WaitingRow>(
            $"""
            select {WaitingRow.Columns} from pipelines_step s join pipelines_run r on r.id = s.run_id
            where s.run_id = @runId and s.node_id = @nodeId and s.state = 'waiting'
            """,
            new { runId, nodeId }
        ) ?? throw NotWaiting(runId, nodeId);

    private async ValueTask<ApprovalManifest> QuestionAsync(Session session, WaitingRow row) =>
        (await _versions.GetAsync(session, row.VersionId))[row.Template].Approval!;

    private static RondoException NotWaiting(string runId, string nodeId) =>
        new(
            ErrorCode.FailedPrecondition,
            $"Step '{nodeId}' of run {runId} does not wait for an answer.",
            "See what does: rondo approvals."
        );
}
