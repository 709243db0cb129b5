using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Orchestration;

/// <summary>
/// Takes attempts back whose owner is gone, by the same compare-and-set as everybody else, so that it acts at most once on each.
/// The lease decides. On the embedded database there is one server: whatever another incarnation owned is lost already.
/// </summary>
internal sealed class AttemptReaper(
    Database database,
    NodeSettling settling,
    EventLog log,
    AttemptFolders folders,
    ServerIncarnation self,
    PipelinesOptions options,
    ProtocolProbe probe,
    TimeProvider time
) : Reconciler
{
    private const int ReapedPerRoundMax = 100;

    public override string Name => "pipelines.reaper";

    // Leases run out without a word.
    public override bool Concerns(string kind) => false;

    public override TimeSpan Interval => TimeSpan.FromSeconds(2);

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        var lost = await LostAsync();
        foreach (var step in lost)
        {
            cancellation.ThrowIfCancellationRequested();
            probe.Reach(ProtocolProbe.BeforeReap);
            if (await database.WriteAsync(transaction => ReapAsync(transaction, step), cancellation))
            {
                folders.Delete(folders.Of(step.RunId, step.NodeId, step.Attempt));
            }

            probe.Reach(ProtocolProbe.AfterReap);
        }

        return lost.Count == ReapedPerRoundMax;
    }

    private Task<IReadOnlyList<ReadyStep>> LostAsync() =>
        database.ReadAsync(async session =>
            await session.QueryAsync<ReadyStep>(
                $"""
                select {ReadyStep.Columns} from pipelines_step
                where state = 'running' and (lease_until < @now or (@alone = 1 and owner <> @Id))
                order by lease_until limit @limit
                """,
                new
                {
                    now = time.GetUtcNow().ToUnixTimeMilliseconds(),
                    alone = database.Dialect == Dialect.Sqlite ? 1L : 0L,
                    self.Id,
                    limit = ReapedPerRoundMax,
                }
            )
        );

    private async Task<bool> ReapAsync(Transaction transaction, ReadyStep step)
    {
        var retry = step.Losses < options.LossesMax;
        var at = time.GetUtcNow().ToUnixTimeMilliseconds();
        var arguments = new
        {
            step.RunId,
            step.NodeId,
            step.Attempt,
            step.Fence,
            state = retry ? StepStates.Ready : StepStates.Failed,
            at,
        };
        var reaped = await transaction.ExecuteAsync(
            """
            update pipelines_step set state = @state, losses = losses + 1, fence = fence + 1, not_before = @at, lease_until = null
            where run_id = @RunId and node_id = @NodeId and attempt = @Attempt and fence = @Fence and state = 'running'
            """,
            arguments
        );
        if (reaped == 0)
        {
            return false;
        }

        await transaction.ExecuteAsync(
            """
            update pipelines_attempt set state = 'lost', finished_at = @at
            where run_id = @RunId and node_id = @NodeId and attempt = @Attempt and state = 'running'
            """,
            arguments
        );
        await TellAsync(transaction, step, retry);
        return true;
    }

    private async ValueTask TellAsync(Transaction transaction, ReadyStep step, bool retry)
    {
        const string message = "Whoever ran the attempt is gone.";
        var run = await RunReader.InfoAsync(transaction, step.RunId);
        var data = new StepFailedEvent(
            step.RunId,
            run.Pipeline,
            step.NodeId,
            step.Attempt,
            retry,
            AttemptStates.Lost,
            message,
            null
        );
        await log.AppendAsync(
            transaction,
            new NewEvent(StepFailedEvent.Type, run.Project, run.Id, PipelinesModule.Actor, data, run.CreatedPosition)
        );
        if (!retry)
        {
            var reason = $"It was lost {step.Losses + 1} times.";
            var at = time.GetUtcNow().ToUnixTimeMilliseconds();
            await settling.FailedAsync(transaction, run, step.Settled(failed: true), reason, at);
        }
    }
}
