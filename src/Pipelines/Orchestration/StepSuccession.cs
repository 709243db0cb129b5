using Rondo.Kernel.Db;
using Rondo.Pipelines.Runs;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Orchestration;

/// <summary>
/// Claims the step that a publication has released, or a run begins with, in the same transaction, so that a chain of steps costs one
/// commit for each and not two. Only where that is all there is to do: nothing else is ready, the step needs no more than the database to be planned, and it
/// takes over the room of the one before it. Everything else is left to the orchestrator's next round.
/// </summary>
internal sealed class StepSuccession(Database database, StepPlanner planner, StepClaims claims, TimeProvider time)
{
    /// <summary>Claims what a publication has released. Null: nothing was claimed.</summary>
    public ValueTask<ClaimedStep?> ClaimAsync(Transaction transaction, ClaimedStep before)
    {
        // What publishing may have changed of the run is that it has begun; where exit handlers begin, it is another run to them.
        var run = before.Run.State == RunStates.Created ? before.Run with { State = RunStates.Running } : before.Run;
        return ClaimAsync(transaction, run, before.Plan.Node.Resources);
    }

    /// <summary>Claims the step that a new run begins with, for room that suits who asks for nothing special.</summary>
    public ValueTask<ClaimedStep?> ClaimFirstAsync(Transaction transaction, RunInfo run) =>
        ClaimAsync(transaction, run, null);

    private async ValueTask<ClaimedStep?> ClaimAsync(Transaction transaction, RunInfo run, ResourcesManifest? room)
    {
        if (await OnlyReadyAsync(transaction) is not { } ready || ready.RunId != run.Id)
        {
            return null;
        }

        var plan = await planner.PlanInsideAsync(transaction, ready, run);
        return
            plan is null
            || plan.Node.Resources != room
            || await StepCache.DecisionInsideAsync(transaction, plan) is not { } decision
            ? null
            : await claims.ClaimInsideAsync(transaction, plan with { Decision = decision });
    }

    /// <summary>
    /// Whether it may be tried. Where many write at once, each transaction locks what it claims before it appends an event; a publication
    /// has appended by now, and would wait for those who wait for it.
    /// </summary>
    public bool IsPossible => database.Dialect != Dialect.Postgres;

    private async ValueTask<ReadyStep?> OnlyReadyAsync(Transaction transaction)
    {
        var ready = await transaction.QueryAsync<ReadyStep>(
            $"select {ReadyStep.Columns} from pipelines_step where state = 'ready' and not_before <= @now limit 2",
            new { now = time.GetUtcNow().ToUnixTimeMilliseconds() }
        );
        return ready.Count == 1 ? ready[0] : null;
    }
}
