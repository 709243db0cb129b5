using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Orchestration;

/// <summary>Takes ready steps, one at a time, by compare-and-set: of all who try, one gets the attempt and its fence.</summary>
internal sealed class StepClaims(
    Database database,
    EventLog log,
    ServerIncarnation self,
    PipelinesOptions options,
    ProtocolProbe probe,
    TimeProvider time
)
{
    /// <summary>Null when somebody else was faster, or when an identical step is being computed just now.</summary>
    public async Task<ClaimedStep?> ClaimAsync(StepPlan plan)
    {
        probe.Reach(ProtocolProbe.BeforeClaim);
        var claimed = await database.WriteAsync(async transaction =>
        {
            var step = await TakeAsync(transaction, plan, attempts: 1);
            if (step is not null)
            {
                await RecordAsync(transaction, step);
            }

            probe.Reach(ProtocolProbe.InsideClaim);
            return step;
        });
        probe.Reach(ProtocolProbe.AfterClaim);
        return claimed;
    }

    /// <summary>Takes a step whose outputs are known already: that is not an attempt.</summary>
    public ValueTask<ClaimedStep?> TakeForReuseAsync(Transaction transaction, StepPlan plan) =>
        TakeAsync(transaction, plan, attempts: 0);

    private async ValueTask<ClaimedStep?> TakeAsync(Transaction transaction, StepPlan plan, long attempts)
    {
        var now = time.GetUtcNow();
        var taken = await transaction.FirstAsync<Taken>(
            """
            update pipelines_step
            set state = 'running', attempt = attempt + @attempts, fence = fence + 1, owner = @owner, lease_until = @until,
                cache_key = @key, started_at = @at, finished_at = null, message = null, mend = null
            where run_id = @RunId and node_id = @NodeId and state = 'ready' and fence = @Fence and (@attempts = 0 or not exists (
                select 1 from pipelines_step other where other.cache_key = @key and other.state = 'running'
            ))
            returning attempt, fence
            """,
            new
            {
                plan.Ready.RunId,
                plan.Ready.NodeId,
                plan.Ready.Fence,
                attempts,
                owner = self.Id,
                until = (now + options.AttemptLease).ToUnixTimeMilliseconds(),
                key = plan.CacheKey is null ? null : $"{plan.CacheScope}/{plan.CacheKey}",
                at = now.ToUnixTimeMilliseconds(),
            }
        );
        return taken is null ? null : new ClaimedStep(plan, taken.Attempt, taken.Fence, now);
    }

    private async ValueTask RecordAsync(Transaction transaction, ClaimedStep step)
    {
        var at = step.StartedAt.ToUnixTimeMilliseconds();
        await transaction.ExecuteAsync(
            """
            insert into pipelines_attempt (run_id, node_id, attempt, fence, owner, state, started_at)
            values (@RunId, @NodeId, @Attempt, @Fence, @owner, 'running', @at)
            """,
            new
            {
                RunId = step.Run.Id,
                step.NodeId,
                step.Attempt,
                step.Fence,
                owner = self.Id,
                at,
            }
        );
        await RunProgress.BeginAsync(transaction, step.Run.Id, at);
        var data = new StepStartedEvent(step.Run.Id, step.Run.Pipeline, step.NodeId, step.Attempt);
        await log.AppendAsync(
            transaction,
            new NewEvent(
                StepStartedEvent.Type,
                step.Run.Project,
                step.Run.Id,
                PipelinesModule.Actor,
                data,
                step.Run.CreatedPosition
            )
        );
    }

    private sealed record Taken
    {
        public long Attempt { get; init; }
        public long Fence { get; init; }
    }
}
