using System.Text.Json;
using Rondo.Data;
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
    private static readonly TimeSpan s_parked = TimeSpan.FromSeconds(1);

    /// <summary>Null when somebody else was faster, or when an identical step is being computed just now.</summary>
    public async Task<ClaimedStep?> ClaimAsync(StepPlan plan)
    {
        probe.Reach(ProtocolProbe.BeforeClaim);
        var claimed = await database.WriteAsync(async transaction =>
        {
            var step = await ClaimInsideAsync(transaction, plan);
            if (step is null)
            {
                await ParkAsync(transaction, plan);
            }

            probe.Reach(ProtocolProbe.InsideClaim);
            return step;
        });
        probe.Reach(ProtocolProbe.AfterClaim);
        return claimed;
    }

    /// <summary>Claims in a transaction that does something else before. Null when the step cannot be had.</summary>
    public async ValueTask<ClaimedStep?> ClaimInsideAsync(Transaction transaction, StepPlan plan)
    {
        var step = await TakeAsync(transaction, plan, attempts: 1);
        if (step is not null)
        {
            await RecordAsync(transaction, step);
        }

        return step;
    }

    /// <summary>Takes a step whose outputs are known already: that is not an attempt.</summary>
    public ValueTask<ClaimedStep?> TakeForReuseAsync(Transaction transaction, StepPlan plan) =>
        TakeAsync(transaction, plan, attempts: 0);

    private async ValueTask<ClaimedStep?> TakeAsync(Transaction transaction, StepPlan plan, long attempts)
    {
        var now = time.GetUtcNow();
        if (attempts > 0)
        {
            await LockAsync(transaction, plan);
        }

        var taken = await transaction.FirstAsync<Taken>(
            $"""
            update pipelines_step
            set state = 'running', attempt = attempt + @attempts, fence = fence + 1, owner = @owner, lease_until = @until,
                cache_key = @key, identity = @IdentityDigest, record = @record, decision = @Decision, started_at = @at,
                begun_at = coalesce(begun_at, @at), finished_at = null, message = null, mend = null
            where run_id = @RunId and node_id = @NodeId and state = 'ready' and fence = @Fence and (@attempts = 0 or (
                not exists (select 1 from pipelines_step other where other.cache_key = @key and other.state = 'running')
                and not exists ({FullPools} and (q.name = @Pool or q.name = '*'))
            ))
            returning attempt, fence
            """,
            new
            {
                plan.Ready.RunId,
                plan.Ready.NodeId,
                plan.Ready.Fence,
                plan.Ready.Pool,
                plan.Ready.Project,
                attempts,
                owner = self.Id,
                until = (now + options.AttemptLease).ToUnixTimeMilliseconds(),
                key = plan.CacheKey is null ? null : $"{plan.CacheScope}/{plan.CacheKey}",
                plan.IdentityDigest,
                record = plan.Identity is null ? null : JsonSerializer.Serialize(plan.Identity, RondoJson.Options),
                plan.Decision,
                at = now.ToUnixTimeMilliseconds(),
            }
        );
        return taken is null ? null : new ClaimedStep(plan, taken.Attempt, taken.Fence, now);
    }

    // An identical step is being computed: this one is looked at again when that has ended, and does not stand in the way until then.
    private async ValueTask ParkAsync(Transaction transaction, StepPlan plan)
    {
        if (plan.CacheKey is null)
        {
            return;
        }

        await transaction.ExecuteAsync(
            """
            update pipelines_step set not_before = @later, cache_key = @key, decision = 'parked'
            where run_id = @RunId and node_id = @NodeId and state = 'ready' and fence = @Fence
                and exists (select 1 from pipelines_step other where other.cache_key = @key and other.state = 'running')
            """,
            new
            {
                plan.Ready.RunId,
                plan.Ready.NodeId,
                plan.Ready.Fence,
                key = $"{plan.CacheScope}/{plan.CacheKey}",
                later = (time.GetUtcNow() + s_parked).ToUnixTimeMilliseconds(),
            }
        );
    }

    /// <summary>Pools of a project that have no slot left. A conjunction may follow.</summary>
    public const string FullPools = """
        select q.name from pipelines_pool q
        where q.project = @Project and q.slots <= (
            select count(*) from pipelines_step p
            where p.project = q.project and p.state = 'running' and p.owner is not null and (p.pool = q.name or q.name = '*')
        )
        """;

    // Two that claim at once would each count without the other.
    private static async ValueTask LockAsync(Transaction transaction, StepPlan plan)
    {
        await LockKeyAsync(transaction, plan);
        await transaction.LockAsync($"pipelines.pool/{plan.Run.Project}");
    }

    /// <summary>
    /// Lets one at a time claim, park or publish a step of this key. Without it a step could be parked just when the one that it waits
    /// for is published, and be woken by nobody.
    /// </summary>
    public static ValueTask LockKeyAsync(Transaction transaction, StepPlan plan) =>
        plan.CacheKey is null
            ? ValueTask.CompletedTask
            : transaction.LockAsync($"pipelines.step/{plan.CacheScope}/{plan.CacheKey}");

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
        await RunProgress.BeginAsync(transaction, step.Run, at);
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
            {
                At = step.StartedAt,
            }
        );
    }

    private sealed record Taken
    {
        public long Attempt { get; init; }
        public long Fence { get; init; }
    }
}
