using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Pipelines.Logs;
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

/// <summary>Ends runs, once each: whatever of the run was waiting or running is called off in the same transaction, and can publish nothing any more.</summary>
internal sealed class RunEnding(EventLog log, LogSignal followers, TimeProvider time)
{
    /// <summary>False when the run had ended before.</summary>
    public async ValueTask<bool> EndAsync(Transaction transaction, RunInfo run, RunEnd end)
    {
        var at = time.GetUtcNow().ToUnixTimeMilliseconds();
        var ended = await transaction.ExecuteAsync(
            """
            update pipelines_run set state = @State, reason = @Reason, finished_at = @at
            where id = @Id and state in ('created', 'running')
            """,
            new
            {
                run.Id,
                end.State,
                end.Reason,
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
        );
        transaction.AfterCommit(followers.Raise);
        return true;
    }

    private static async ValueTask CallOffAsync(Transaction transaction, string runId, long at)
    {
        await transaction.ExecuteAsync(
            """
            update pipelines_step
            set state = case when state = 'running' then 'cancelled' else 'skipped' end, finished_at = @at, lease_until = null
            where run_id = @runId and state in ('pending', 'ready', 'running')
            """,
            new { runId, at }
        );
        await transaction.ExecuteAsync(
            "update pipelines_attempt set state = 'cancelled', finished_at = @at where run_id = @runId and state = 'running'",
            new { runId, at }
        );
    }
}
