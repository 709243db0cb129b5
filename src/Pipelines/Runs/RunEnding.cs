using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Pipelines.Catalog;
using Rondo.Pipelines.Logs;
using Rondo.Pipelines.Rows;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Runs;

/// <summary>How a run ends. <paramref name="NodeId"/> is the step that decided it, <paramref name="Report"/> what it said in detail.</summary>
internal sealed record RunEnd(
    string State,
    string? Reason = null,
    Actor? Actor = null,
    string? NodeId = null,
    ArtifactRef? Report = null
);

/// <summary>
/// Ends runs, once each: whatever of the run was waiting or running is called off in the same transaction, and can publish nothing any
/// more. A run with exit handlers first has its end decided, and ends when they have. Whoever waits in the pipeline's queue is next.
/// </summary>
internal sealed class RunEnding(
    PipelineVersions versions,
    RunQueue queue,
    RowAccounts rows,
    EventLog log,
    LogSignal followers,
    TimeProvider time
)
{
    /// <summary>Every node at the top has come to its end: the run has, or its exit handlers have.</summary>
    public async ValueTask CompleteAsync(Transaction transaction, RunInfo run, long failures)
    {
        var now = await RunReader.InfoAsync(transaction, run.Id);
        if (now.State == RunStates.Finishing)
        {
            var reason = failures == 0 ? now.Reason : $"{now.Reason} An exit handler failed.".TrimStart();
            await FinishAsync(transaction, now, new RunEnd(now.Outcome!, reason, NodeId: now.FailedNode));
            return;
        }

        var end =
            failures == 0
                ? new RunEnd(RunStates.Succeeded)
                : new RunEnd(RunStates.Failed, Failed(now, failures), NodeId: now.FailedNode);
        await EndAsync(transaction, now, end);
    }

    /// <summary>False when the run had ended before, or how it ends was decided before.</summary>
    public async ValueTask<bool> EndAsync(Transaction transaction, RunInfo run, RunEnd end)
    {
        var shape = await versions.GetAsync(transaction, run.VersionId);
        if (shape.HasAlways && await DecideAsync(transaction, run, end, shape.Children(null).Count(n => n.Always)))
        {
            return true;
        }

        // Exit handlers are called off by a person only.
        return (end.State == RunStates.Cancelled || !shape.HasAlways) && await FinishAsync(transaction, run, end);
    }

    // The end is decided, and exit handlers begin.
    private async ValueTask<bool> DecideAsync(Transaction transaction, RunInfo run, RunEnd end, long handlers)
    {
        var at = time.GetUtcNow().ToUnixTimeMilliseconds();
        var decided = await transaction.ExecuteAsync(
            """
            update pipelines_run set state = 'finishing', outcome = @State, reason = @Reason, failed_node = @NodeId,
                remaining = @handlers, failures = 0
            where id = @Id and state in ('created', 'running')
            """,
            new
            {
                run.Id,
                end.State,
                end.Reason,
                end.NodeId,
                handlers,
            }
        );
        if (decided == 0)
        {
            return false;
        }

        if (end.State != RunStates.Succeeded)
        {
            await CallOffAsync(transaction, run.Id, at);
        }

        await GroupOpening.TopAsync(transaction, run, always: true, at);
        transaction.AfterCommit(() => log.Nudge(GroupOpenedEvent.Type));
        return true;
    }

    private async ValueTask<bool> FinishAsync(Transaction transaction, RunInfo run, RunEnd end)
    {
        var at = time.GetUtcNow().ToUnixTimeMilliseconds();
        var ended = await transaction.ExecuteAsync(
            $"""
            update pipelines_run set state = @State, reason = @Reason, failed_node = @NodeId, finished_at = @at
            where id = @Id and (state = 'queued' or state in {RunStates.UnderWay})
            """,
            new
            {
                run.Id,
                end.State,
                end.Reason,
                end.NodeId,
                at,
            }
        );
        if (ended == 0)
        {
            return false;
        }

        if (end.State != RunStates.Succeeded)
        {
            await CallOffAsync(transaction, run.Id, at);
        }
        else
        {
            await rows.CloseAsync(transaction, run, at);
        }

        await TellAsync(transaction, run, end, at);
        await queue.AdvanceAsync(transaction, run, at);
        transaction.AfterCommit(followers.Raise);
        return true;
    }

    private async ValueTask TellAsync(Transaction transaction, RunInfo run, RunEnd end, long at)
    {
        var data = new RunFinishedEvent(
            run.Id,
            run.Pipeline,
            run.Environment,
            end.State,
            end.Reason,
            run.TriggerKind,
            end.NodeId,
            end.Report
        );
        await log.AppendAsync(
            transaction,
            new NewEvent(
                RunFinishedEvent.Type,
                run.Project,
                run.Id,
                end.Actor ?? PipelinesModule.Actor,
                data,
                run.CreatedPosition
            )
            {
                At = DateTimeOffset.FromUnixTimeMilliseconds(at),
            }
        );
    }

    private static string Failed(RunInfo run, long failures) =>
        failures == 1 ? run.Reason ?? "A step failed." : $"{run.Reason} {failures - 1} more failed.".TrimStart();

    private static async ValueTask CallOffAsync(Transaction transaction, string runId, long at)
    {
        await transaction.ExecuteAsync(
            """
            update pipelines_step
            set state = case when state in ('running', 'waiting') then 'cancelled' else 'skipped' end, finished_at = @at,
                lease_until = null
            where run_id = @runId and state in ('pending', 'ready', 'running', 'waiting')
            """,
            new { runId, at }
        );
        await transaction.ExecuteAsync(
            "update pipelines_attempt set state = 'cancelled', finished_at = @at where run_id = @runId and state = 'running'",
            new { runId, at }
        );
    }
}
