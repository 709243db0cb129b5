using Rondo.Kernel.Db;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>What went before a firing, read in the transaction that decides about it.</summary>
internal static class TriggerHistories
{
    private const string Pipeline = "project = @Project and environment = @Environment and pipeline = @Pipeline";

    public static async Task<TriggerHistory> ReadAsync(
        Session session,
        TriggerRow trigger,
        PipelineManifest pipeline,
        DateTimeOffset now
    )
    {
        var most = TriggerPolicy.RunsMaxOf(pipeline) + TriggerPolicy.QueuedMax;
        var underWay = await UnderWayAsync(session, trigger, most);
        return new TriggerHistory(
            [.. underWay.Select(run => run.Id)],
            underWay.Count(run => run.State == RunStates.Queued),
            await LastAsync(session, trigger),
            await SpentAsync(session, trigger, TriggerPolicy.BudgetOf(pipeline), now)
        );
    }

    /// <summary>Runs that have not ended, oldest first; those of backfills go beside the rest.</summary>
    public static async Task<IReadOnlyList<RunRow>> UnderWayAsync(Session session, TriggerRow trigger, int most) =>
        await session.QueryAsync<RunRow>(
            $"select id, state from pipelines_run where {Pipeline} and finished_at is null and backfill is null order by id limit @most",
            new
            {
                trigger.Project,
                trigger.Environment,
                trigger.Pipeline,
                most,
            }
        );

    /// <summary>What triggers have spent of a budget, counted up to all of it.</summary>
    public static async Task<BudgetSpent> SpentAsync(
        Session session,
        TriggerRow trigger,
        BudgetManifest budget,
        DateTimeOffset now
    )
    {
        // A run that was started before the clock went back counts, though its time is yet to come.
        var (runs, oldest) = await session.FirstAsync<(long Runs, long? Oldest)>(
            $"""
            select count(*), min(fired_at) from (
                select fired_at from pipelines_firing where {Pipeline} and fired_at > @since order by fired_at desc limit @Runs
            ) counted
            """,
            new
            {
                trigger.Project,
                trigger.Environment,
                trigger.Pipeline,
                since = now.ToUnixTimeMilliseconds() - budget.PerMs,
                budget.Runs,
            }
        );
        return new BudgetSpent((int)runs, RunRow.Time(oldest));
    }

    // Runs that were called off or stopped do not count for cool-down: nothing was trained by them.
    private static async Task<TriggeredRun?> LastAsync(Session session, TriggerRow trigger)
    {
        var last = await session.FirstAsync<RunRow>(
            """
            select r.id, r.as_of, r.created_at from pipelines_firing f join pipelines_run r on r.id = f.run_id
            where f.project = @Project and f.environment = @Environment and f.pipeline = @Pipeline
                and r.state not in ('stopped', 'cancelled')
            order by f.fired_at desc, r.id desc limit 1
            """,
            trigger
        );
        return last is null
            ? null
            : new TriggeredRun(last.Id, RunRow.Time(last.CreatedAt)!.Value, RunRow.Time(last.AsOf));
    }
}
