using Rondo.Kernel.Db;

namespace Rondo.Pipelines.Runs;

/// <summary>The two counters that bring a run forward: what each step still waits for, and how many steps remain.</summary>
internal static class RunProgress
{
    /// <summary>The run's first step has begun.</summary>
    public static async ValueTask BeginAsync(Transaction transaction, string runId, long at) =>
        await transaction.ExecuteAsync(
            "update pipelines_run set state = 'running', started_at = @at where id = @runId and state = 'created'",
            new { runId, at }
        );

    /// <summary>Releases the successors of a published step, in one statement however many they are, and returns how many steps of the run remain.</summary>
    public static async ValueTask<long> AdvanceAsync(Transaction transaction, string runId, string nodeId, long at)
    {
        await transaction.ExecuteAsync(
            """
            update pipelines_step
            set waiting_on = waiting_on - 1, not_before = @at, state = case when waiting_on = 1 then 'ready' else state end
            where run_id = @runId and state = 'pending' and node_id in (
                select to_node from pipelines_edge where run_id = @runId and from_node = @nodeId
            )
            """,
            new
            {
                runId,
                nodeId,
                at,
            }
        );
        return await transaction.ScalarAsync<long>(
            "update pipelines_run set remaining = remaining - 1 where id = @runId returning remaining",
            new { runId }
        );
    }
}
