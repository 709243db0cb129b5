using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Lineage;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>
/// The one place where what a step made becomes visible: outputs, lineage, cache row, released successors, events and registered
/// models in one transaction, under the attempt and fence of the claim. Who comes late, or again, changes nothing.
/// </summary>
internal sealed class StepPublisher(
    Database database,
    StepClaims claims,
    PublishedModels models,
    LineageStore lineage,
    RunEnding ending,
    EventLog log,
    IdSource ids,
    PipelinesOptions options,
    ProtocolProbe probe,
    TimeProvider time
)
{
    /// <summary>Publishes the end of a claimed step; false when the claim no longer holds, and everything is to be discarded.</summary>
    public async Task<bool> PublishAsync(ClaimedStep step, StepEnd end)
    {
        probe.Reach(ProtocolProbe.BeforePublish);
        var published = await database.WriteAsync(async transaction =>
        {
            var won = await PublishAsync(transaction, step, end);
            probe.Reach(ProtocolProbe.InsidePublish);
            return won;
        });
        probe.Reach(ProtocolProbe.AfterPublish);
        return published;
    }

    /// <summary>Takes a ready step and publishes what an identical one has made, all at once.</summary>
    public async Task<bool> ReuseAsync(StepPlan plan, StepEnd end)
    {
        probe.Reach(ProtocolProbe.BeforePublish);
        var published = await database.WriteAsync(async transaction =>
        {
            var step = await claims.TakeForReuseAsync(transaction, plan);
            if (step is null)
            {
                return false;
            }

            await RunProgress.BeginAsync(transaction, plan.Run.Id, step.StartedAt.ToUnixTimeMilliseconds());
            var won = await PublishAsync(transaction, step, end);
            probe.Reach(ProtocolProbe.InsidePublish);
            return won;
        });
        probe.Reach(ProtocolProbe.AfterPublish);
        return published;
    }

    /// <summary>Ends a run whose ready step cannot even be planned: an input's bytes are gone, for example.</summary>
    public Task RefuseAsync(ReadyStep step, RunInfo run, RondoException error) =>
        database.WriteAsync(async transaction =>
        {
            var reason = $"Step '{step.NodeId}' could not be begun: {error.Message}";
            await ending.EndAsync(transaction, run, new RunEnd(RunStates.Failed, reason, NodeId: step.NodeId));
        });

    private async Task<bool> PublishAsync(Transaction transaction, ClaimedStep step, StepEnd end)
    {
        var now = time.GetUtcNow();
        var retry = end.Outcome == StepOutcome.Failed && step.Plan.Ready.Failures + 1 < step.Plan.Node.MaxAttempts;
        if (!await LeaveRunningAsync(transaction, step, end, retry, now))
        {
            return false;
        }

        switch (end.Outcome)
        {
            case StepOutcome.Succeeded:
                await SucceedAsync(transaction, step, end, now);
                break;
            case StepOutcome.Stopped:
                await StopAsync(transaction, step, end, now);
                break;
            default:
                await FailAsync(transaction, step, end, retry);
                break;
        }

        return true;
    }

    // The compare-and-set of the protocol: no row, no publication.
    private async ValueTask<bool> LeaveRunningAsync(
        Transaction transaction,
        ClaimedStep step,
        StepEnd end,
        bool retry,
        DateTimeOffset now
    )
    {
        var failures = step.Plan.Ready.Failures + (end.Outcome == StepOutcome.Failed ? 1 : 0);
        var arguments = new
        {
            RunId = step.Run.Id,
            step.NodeId,
            step.Attempt,
            step.Fence,
            state = retry ? StepStates.Ready : StateName(end.Outcome),
            attemptState = StateName(end.Outcome),
            failures,
            notBefore = (retry ? now + DelayBefore(failures) : now).ToUnixTimeMilliseconds(),
            at = now.ToUnixTimeMilliseconds(),
            end.ReusedFrom,
            metrics = JsonSerializer.Serialize(end.Metrics, RondoJson.Options),
            end.ErrorType,
            end.Message,
            end.Mend,
        };
        var left = await transaction.ExecuteAsync(
            """
            update pipelines_step
            set state = @state, failures = @failures, not_before = @notBefore, finished_at = @at, lease_until = null,
                reused_from = @ReusedFrom, metrics = @metrics, message = @Message, mend = @Mend
            where run_id = @RunId and node_id = @NodeId and attempt = @Attempt and fence = @Fence and state = 'running'
            """,
            arguments
        );
        if (left == 0)
        {
            return false;
        }

        await transaction.ExecuteAsync(
            """
            update pipelines_attempt
            set state = @attemptState, finished_at = @at, error_type = @ErrorType, message = @Message, mend = @Mend
            where run_id = @RunId and node_id = @NodeId and attempt = @Attempt and fence = @Fence
            """,
            arguments
        );
        return true;
    }

    private async ValueTask SucceedAsync(Transaction transaction, ClaimedStep step, StepEnd end, DateTimeOffset now)
    {
        var at = now.ToUnixTimeMilliseconds();
        var execution = await RecordAsync(transaction, step, end, now);
        await StepCache.RecordAsync(transaction, step, end, execution, at);
        object data = end.ReusedFrom is null
            ? new StepPublishedEvent(
                step.Run.Id,
                step.Run.Pipeline,
                step.NodeId,
                step.Attempt,
                (long)(now - step.StartedAt).TotalMilliseconds,
                Artifacts(end)
            )
            : new StepReusedEvent(step.Run.Id, step.Run.Pipeline, step.NodeId, end.ReusedFrom);
        var type = end.ReusedFrom is null ? StepPublishedEvent.Type : StepReusedEvent.Type;
        var position = await AppendAsync(transaction, step, type, data);
        await models.PublishAsync(transaction, step.Run, end.Proposals, position);
        if (await RunProgress.AdvanceAsync(transaction, step.Run.Id, step.NodeId, at) == 0)
        {
            await ending.EndAsync(transaction, step.Run, new RunEnd(RunStates.Succeeded));
        }
    }

    private async ValueTask StopAsync(Transaction transaction, ClaimedStep step, StepEnd end, DateTimeOffset now)
    {
        await RecordAsync(transaction, step, end, now);
        var data = new StepStoppedEvent(
            step.Run.Id,
            step.Run.Pipeline,
            step.NodeId,
            step.Attempt,
            end.Message,
            end.Mend,
            Artifacts(end)
        );
        await AppendAsync(transaction, step, StepStoppedEvent.Type, data);
        var report =
            end.Outputs.FirstOrDefault(output => output.Artifact.Type == ArtifactTypes.ValidationReport)
            ?? (end.Outputs.Count > 0 ? end.Outputs[0] : null);
        await ending.EndAsync(
            transaction,
            step.Run,
            new RunEnd(RunStates.Stopped, end.Message, NodeId: step.NodeId, Report: report?.Artifact)
        );
    }

    private async ValueTask FailAsync(Transaction transaction, ClaimedStep step, StepEnd end, bool retry)
    {
        var data = new StepFailedEvent(
            step.Run.Id,
            step.Run.Pipeline,
            step.NodeId,
            step.Attempt,
            retry,
            end.ErrorType,
            end.Message,
            end.Mend
        );
        await AppendAsync(transaction, step, StepFailedEvent.Type, data);
        if (!retry)
        {
            var reason = $"Step '{step.NodeId}' failed: {end.Message}";
            await ending.EndAsync(transaction, step.Run, new RunEnd(RunStates.Failed, reason, NodeId: step.NodeId));
        }
    }

    private async ValueTask<string> RecordAsync(
        Transaction transaction,
        ClaimedStep step,
        StepEnd end,
        DateTimeOffset now
    )
    {
        await RowInsert.IntoAsync(
            transaction,
            "pipelines_output",
            ["run_id", "node_id", "port", "type", "digest", "size", "summary"],
            end.Outputs.Select(output =>
                new object?[]
                {
                    step.Run.Id,
                    step.NodeId,
                    output.Port,
                    output.Artifact.Type,
                    output.Artifact.Digest,
                    output.Artifact.Size,
                    output.Summary?.GetRawText(),
                }
            )
        );
        var execution = new LineageExecution(
            ids.New("exe"),
            step.Run.Project,
            step.Run.Id,
            step.NodeId,
            step.Attempt,
            step.Plan.Node.Step,
            step.Plan.Node.CodeDigest,
            step.Plan.CacheKey,
            step.StartedAt,
            now,
            end.ReusedFrom is null ? StateName(end.Outcome) : "reused",
            [.. step.Plan.Inputs.Select(input => new PortArtifact(input.Key, input.Value))],
            [.. end.Outputs.Select(output => new PortArtifact(output.Port, output.Artifact))],
            end.ReusedFrom
        );
        await lineage.RecordAsync(transaction, execution);
        return execution.Id;
    }

    private ValueTask<long> AppendAsync(Transaction transaction, ClaimedStep step, string type, object data) =>
        log.AppendAsync(
            transaction,
            new NewEvent(type, step.Run.Project, step.Run.Id, PipelinesModule.Actor, data, step.Run.CreatedPosition)
        );

    private TimeSpan DelayBefore(long failures) =>
        TimeSpan.FromTicks(
            Math.Min(options.RetryDelay.Ticks << (int)Math.Min(failures - 1, 20), options.RetryDelayMax.Ticks)
        );

    private static IReadOnlyDictionary<string, ArtifactRef> Artifacts(StepEnd end) =>
        end.Outputs.ToDictionary(output => output.Port, output => output.Artifact, StringComparer.Ordinal);

    private static string StateName(StepOutcome outcome) =>
        outcome switch
        {
            StepOutcome.Succeeded => StepStates.Succeeded,
            StepOutcome.Stopped => StepStates.Stopped,
            _ => StepStates.Failed,
        };
}
