using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Lineage;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Graphs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>
/// The one place where what a step made becomes visible: outputs, lineage, cache row, released successors, events and registered
/// models in one transaction, under the attempt and fence of the claim. Who comes late, or again, changes nothing.
/// </summary>
internal sealed class StepPublisher(
    Database database,
    StepClaims claims,
    StepSuccession succession,
    PublishedModels models,
    PublishedRows rows,
    RunProgress progress,
    NodeSettling settling,
    RunEnding ending,
    EventLog log,
    IdSource ids,
    PipelinesOptions options,
    ProtocolProbe probe,
    TimeProvider time
)
{
    private readonly UsualRetry _usual = new(options.RetryDelay, options.RetryDelayMax);

    /// <summary>Publishes the end of a claimed step; false when the claim no longer holds, and everything is to be discarded.</summary>
    public async Task<bool> PublishAsync(ClaimedStep step, StepEnd end) =>
        (await PublishAsync(step, end, goOn: false)).Won;

    /// <summary>Publishes the end of a claimed step, and claims the one after it, where it is for this server to go on.</summary>
    public async Task<ClaimedStep?> PublishAndGoOnAsync(ClaimedStep step, StepEnd end) =>
        (await PublishAsync(step, end, goOn: end.Outcome == StepOutcome.Succeeded && succession.IsPossible)).Next;

    private async Task<(bool Won, ClaimedStep? Next)> PublishAsync(ClaimedStep step, StepEnd end, bool goOn)
    {
        probe.Reach(ProtocolProbe.BeforePublish);
        var published = await database.WriteAsync(async transaction =>
        {
            var won = await PublishAsync(transaction, step, end);
            var next = won && goOn ? await succession.ClaimAsync(transaction, step) : null;
            probe.Reach(ProtocolProbe.InsidePublish);
            return (won, next);
        });
        probe.Reach(ProtocolProbe.AfterPublish);
        return published;
    }

    /// <summary>Takes a ready step and publishes what an identical one, or the node that it stands for, has made, all at once.</summary>
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

            await RunProgress.BeginAsync(transaction, plan.Run, step.StartedAt.ToUnixTimeMilliseconds());
            var won = await PublishAsync(transaction, step, end);
            probe.Reach(ProtocolProbe.InsidePublish);
            return won;
        });
        probe.Reach(ProtocolProbe.AfterPublish);
        return published;
    }

    private async Task<bool> PublishAsync(Transaction transaction, ClaimedStep step, StepEnd end)
    {
        var now = time.GetUtcNow();
        var before = step.Before(now);
        var failure = new FailedAttempt(
            end.ErrorType,
            before.Failures + 1,
            TimeSpan.FromMilliseconds(end.SinceBegunMs ?? before.SinceBegunMs)
        );
        var wait = end.Outcome == StepOutcome.Failed ? RetryRules.Wait(step.Plan.Node, failure, _usual) : null;
        if (!await LeaveRunningAsync(transaction, step, end, wait, now))
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
                await FailAsync(transaction, step, end, wait is not null, now);
                break;
        }

        return true;
    }

    // The compare-and-set of the protocol: no row, no publication.
    private async ValueTask<bool> LeaveRunningAsync(
        Transaction transaction,
        ClaimedStep step,
        StepEnd end,
        TimeSpan? wait,
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
            state = wait is null ? StateName(end.Outcome) : StepStates.Ready,
            attemptState = StateName(end.Outcome),
            failures,
            notBefore = (now + (wait ?? TimeSpan.Zero)).ToUnixTimeMilliseconds(),
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
        var position = await AppendAsync(transaction, step, type, data, now);
        await models.PublishAsync(transaction, step.Run, end.Proposals, position);
        await rows.PublishAsync(transaction, step, end);
        await WakeAsync(transaction, step, at);
        await progress.SettleAsync(transaction, step.Run, step.Plan.Ready.Settled(failed: false), at);
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
        await AppendAsync(transaction, step, StepStoppedEvent.Type, data, now);
        if (step.Run.State == RunStates.Finishing)
        {
            // An exit handler has nothing left to stop.
            await progress.SettleAsync(
                transaction,
                step.Run,
                step.Plan.Ready.Settled(failed: true),
                now.ToUnixTimeMilliseconds()
            );
            return;
        }

        var report =
            end.Outputs.FirstOrDefault(output => output.Artifact.Type == ArtifactTypes.ValidationReport)
            ?? (end.Outputs.Count > 0 ? end.Outputs[0] : null);
        await ending.EndAsync(
            transaction,
            step.Run,
            new RunEnd(RunStates.Stopped, end.Message, NodeId: step.NodeId, Report: report?.Artifact)
        );
    }

    private async ValueTask FailAsync(
        Transaction transaction,
        ClaimedStep step,
        StepEnd end,
        bool retry,
        DateTimeOffset now
    )
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
        await AppendAsync(transaction, step, StepFailedEvent.Type, data, now);
        var at = now.ToUnixTimeMilliseconds();
        await WakeAsync(transaction, step, at);
        if (!retry)
        {
            await settling.FailedAsync(transaction, step.Run, step.Plan.Ready.Settled(failed: true), end.Message, at);
        }
    }

    // Identical steps that waited for this one to be computed need wait no longer.
    private static async ValueTask WakeAsync(Transaction transaction, ClaimedStep step, long at)
    {
        if (step.Plan.CacheKey is { } key)
        {
            await StepClaims.LockKeyAsync(transaction, step.Plan);
            await transaction.ExecuteAsync(
                "update pipelines_step set not_before = @at where cache_key = @key and state = 'ready' and decision = 'parked'",
                new { key = $"{step.Plan.CacheScope}/{key}", at }
            );
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
            ["run_id", "node_id", "template", "loop_id", "item", "port", "type", "digest", "size", "summary"],
            end.Outputs.Select(output =>
                new object?[]
                {
                    step.Run.Id,
                    step.NodeId,
                    step.Plan.Ready.Template,
                    step.Plan.Ready.LoopId,
                    step.Plan.Ready.Item,
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
        await LineageStore.RecordAsync(transaction, execution);
        return execution.Id;
    }

    private ValueTask<long> AppendAsync(
        Transaction transaction,
        ClaimedStep step,
        string type,
        object data,
        DateTimeOffset now
    ) =>
        log.AppendAsync(
            transaction,
            new NewEvent(type, step.Run.Project, step.Run.Id, PipelinesModule.Actor, data, step.Run.CreatedPosition)
            {
                At = now,
            }
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
