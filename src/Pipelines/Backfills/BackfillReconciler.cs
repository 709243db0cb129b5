using System.Runtime.ExceptionServices;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Pipelines.Orchestration;
using Rondo.Pipelines.Partitions;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Backfills;

/// <summary>
/// Brings backfills forward: writes down what has become of their runs, and starts the next ones. A partition leaves the waiting in the
/// transaction that makes its run, so that none is run twice and none forgotten.
/// </summary>
internal sealed class BackfillReconciler(
    Database database,
    PipelineCatalog catalog,
    RunWriter writer,
    RunStore runs,
    EventLog log,
    ProtocolProbe probe,
    TimeProvider time
) : Reconciler
{
    /// <summary>Before the transaction that makes a run.</summary>
    public const string BeforeRun = "backfill.before";

    /// <summary>In it, when all is written.</summary>
    public const string InsideRun = "backfill.inside";

    /// <summary>When it is committed.</summary>
    public const string AfterRun = "backfill.after";

    /// <summary>Before what has become of the runs is written down.</summary>
    public const string BeforeSettling = "backfill.settling";

    /// <summary>Before a run of a cancelled backfill is cancelled.</summary>
    public const string BeforeCancelling = "backfill.cancelling";

    private const int BackfillsMax = 100;

    // Refused partitions leave a place free at once: so many are looked at in one turn before others have theirs.
    private const int StartsPerTurnMax = 20;

    private const string Finals = "('succeeded', 'failed', 'stopped', 'cancelled')";

    public override string Name => "pipelines.backfills";

    public override bool Concerns(string kind) =>
        kind == RunFinishedEvent.Type || kind.StartsWith("backfill.", StringComparison.Ordinal);

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        var acted = false;
        ExceptionDispatchInfo? failure = null;
        foreach (var backfill in await UnderWayAsync())
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                acted |= await TurnAsync(backfill);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // What fails for one backfill holds up no other.
                failure ??= ExceptionDispatchInfo.Capture(e);
            }
        }

        failure?.Throw();
        return acted;
    }

    public override Task<long> PendingAsync() =>
        database.ReadAsync(async session =>
            await session.ScalarAsync<long>(
                "select count(*) from pipelines_backfill where state in ('running', 'cancelling')"
            )
        );

    private Task<IReadOnlyList<BackfillRow>> UnderWayAsync() =>
        database.ReadAsync(async session =>
            await session.QueryAsync<BackfillRow>(
                BackfillRow.Select + " where state in ('running', 'cancelling') order by id limit @BackfillsMax",
                new { BackfillsMax }
            )
        );

    private async Task<bool> TurnAsync(BackfillRow backfill)
    {
        if (backfill.State == BackfillStates.Cancelling)
        {
            await CancelRunsAsync(backfill);
        }

        probe.Reach(BeforeSettling);
        var acted = await SettleAsync(backfill);
        return backfill.State == BackfillStates.Running ? await StartAsync(backfill) || acted : acted;
    }

    // True when something was written that lets others go on.
    private async Task<bool> SettleAsync(BackfillRow backfill)
    {
        var ended = await database.ReadAsync(async session =>
            await session.ScalarAsync<long>(
                $"""
                select count(*) from pipelines_backfill_partition p join pipelines_run r on r.id = p.run_id
                where p.backfill_id = @Id and p.state = 'running' and r.state in {Finals}
                """,
                backfill
            )
        );
        var left = await LeftAsync(backfill);
        if (ended == 0 && left > 0)
        {
            return false;
        }

        return await database.WriteAsync(async transaction =>
        {
            var settled = await transaction.ExecuteAsync(
                $"""
                update pipelines_backfill_partition set state = (select r.state from pipelines_run r where r.id = run_id)
                where backfill_id = @Id and state = 'running'
                    and exists (select 1 from pipelines_run r where r.id = run_id and r.state in {Finals})
                """,
                backfill
            );
            return await FinishAsync(transaction, backfill) || settled > 0;
        });
    }

    private Task<long> LeftAsync(BackfillRow backfill) =>
        database.ReadAsync(async session =>
            await session.ScalarAsync<long>(
                "select count(*) from pipelines_backfill_partition where backfill_id = @Id and state in ('waiting', 'running')",
                backfill
            )
        );

    private async Task<bool> FinishAsync(Transaction transaction, BackfillRow backfill)
    {
        var counts = await BackfillStore.CountsAsync(transaction, backfill.Id);
        if (counts.ContainsKey(BackfillStates.Waiting) || counts.ContainsKey(BackfillStates.Running))
        {
            return false;
        }

        var state =
            backfill.State == BackfillStates.Cancelling ? BackfillStates.Cancelled
            : counts.Keys.All(key => key == RunStates.Succeeded) ? BackfillStates.Succeeded
            : BackfillStates.Failed;
        var finished = await transaction.ExecuteAsync(
            "update pipelines_backfill set state = @state, finished_at = @at where id = @Id and state = @before",
            new
            {
                backfill.Id,
                before = backfill.State,
                state,
                at = time.GetUtcNow().ToUnixTimeMilliseconds(),
            }
        );
        if (finished == 0)
        {
            return false;
        }

        var data = new BackfillFinishedEvent(backfill.Id, backfill.Pipeline, backfill.Environment, state, counts);
        await log.AppendAsync(
            transaction,
            new NewEvent(
                BackfillFinishedEvent.Type,
                backfill.Project,
                backfill.Id,
                Actor.System("backfills"),
                data,
                backfill.CreatedPosition
            )
        );
        return true;
    }

    private async Task<bool> StartAsync(BackfillRow backfill)
    {
        var acted = false;
        for (var i = 0; i < StartsPerTurnMax; i++)
        {
            if (await NextAsync(backfill) is not { } next)
            {
                break;
            }

            acted |= await StartAsync(backfill, next);
        }

        return acted;
    }

    // The next one that waits, where there is a place for it.
    private Task<BackfillPartitionRow?> NextAsync(BackfillRow backfill) =>
        database.ReadAsync(async session =>
            await session.FirstAsync<BackfillPartitionRow>(
                BackfillPartitionRow.Select
                    + """
                     where backfill_id = @Id and state = 'waiting' and @Parallel > (
                        select count(*) from pipelines_backfill_partition where backfill_id = @Id and state = 'running'
                    )
                    order by position limit 1
                    """,
                backfill
            )
        );

    private async Task<bool> StartAsync(BackfillRow backfill, BackfillPartitionRow partition)
    {
        var (run, refusal) = await PrepareAsync(backfill, partition);
        probe.Reach(BeforeRun);
        var acted = await database.WriteAsync(async transaction =>
        {
            if (!await TakeAsync(transaction, backfill, partition, run?.Id, refusal))
            {
                return false;
            }

            if (run is not null)
            {
                await writer.InsertAsync(transaction, run);
            }

            probe.Reach(InsideRun);
            return true;
        });
        probe.Reach(AfterRun);
        return acted;
    }

    private async Task<(PreparedRun? Run, string? Refusal)> PrepareAsync(
        BackfillRow backfill,
        BackfillPartitionRow partition
    )
    {
        try
        {
            var pipeline = await catalog.RequireAsync(backfill.Project, backfill.Environment, backfill.Pipeline);
            var place = PartitionRules.Require(pipeline.Manifest, partition.PartitionKey, time.GetUtcNow());
            return (await writer.PrepareAsync(BackfillPlan.RunOf(backfill, partition.PartitionKey, place?.To)), null);
        }
        catch (RondoException e) when (e.Code is not (ErrorCode.Unavailable or ErrorCode.Internal))
        {
            return (null, e.What);
        }
    }

    // The row of the backfill is written first: on a shared database it stays locked, and places are counted one after the other.
    private static async Task<bool> TakeAsync(
        Transaction transaction,
        BackfillRow backfill,
        BackfillPartitionRow partition,
        string? runId,
        string? refusal
    )
    {
        var goesOn = await transaction.ExecuteAsync(
            "update pipelines_backfill set state = state where id = @Id and state = 'running'",
            backfill
        );
        return goesOn == 1
            && await transaction.ExecuteAsync(
                """
                update pipelines_backfill_partition set state = @state, run_id = @runId, message = @refusal
                where backfill_id = @BackfillId and position = @Position and state = 'waiting' and @Parallel > (
                    select count(*) from pipelines_backfill_partition where backfill_id = @BackfillId and state = 'running'
                )
                """,
                new
                {
                    partition.BackfillId,
                    partition.Position,
                    backfill.Parallel,
                    runId,
                    refusal,
                    state = refusal is null ? BackfillStates.Running : BackfillStates.Refused,
                }
            ) == 1;
    }

    private async Task CancelRunsAsync(BackfillRow backfill)
    {
        var underWay = await database.ReadAsync(async session =>
            await session.QueryAsync<string>(
                $"""
                select r.id from pipelines_backfill_partition p join pipelines_run r on r.id = p.run_id
                where p.backfill_id = @Id and p.state = 'running' and r.state not in {Finals}
                limit {BackfillPlan.ParallelMax}
                """,
                backfill
            )
        );
        foreach (var run in underWay)
        {
            probe.Reach(BeforeCancelling);
            try
            {
                await runs.CancelAsync(run, backfill.ActorOf);
            }
            catch (RondoException e) when (e.Code == ErrorCode.FailedPrecondition)
            {
                // It has ended by itself in between.
            }
        }
    }
}
