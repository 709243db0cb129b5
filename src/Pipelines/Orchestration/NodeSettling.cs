using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Orchestration;

/// <summary>
/// Carries out what was decided about nodes that compute nothing: passed over, opened, or meant to fail. As everywhere, only who finds the
/// node ready, under the fence that was read, acts on it.
/// </summary>
internal sealed class NodeSettling(
    Database database,
    RunProgress progress,
    RunEnding ending,
    EventLog log,
    ProtocolProbe probe,
    TimeProvider time
)
{
    /// <summary>The node is not begun; what waits for it is released.</summary>
    public Task<bool> PassOverAsync(PassOver decision) =>
        ActAsync(
            decision,
            StepStates.Skipped,
            (decision.Decision, decision.Why),
            async (transaction, at) =>
            {
                var data = new StepPassedOverEvent(
                    decision.Run.Id,
                    decision.Run.Pipeline,
                    decision.Ready.NodeId,
                    decision.Why
                );
                await AppendAsync(transaction, decision.Run, StepPassedOverEvent.Type, data);
                await progress.SettleAsync(transaction, decision.Run, decision.Ready.Settled(failed: false), at);
            }
        );

    /// <summary>The nodes of a group are made; a for-each begins as many items as it may. One without items has ended already.</summary>
    public Task<bool> OpenAsync(OpenGroup decision) =>
        ActAsync(
            decision,
            decision.Items == 0 ? StepStates.Succeeded : StepStates.Running,
            (null, null),
            async (transaction, at) =>
            {
                var run = decision.Run;
                var data = new GroupOpenedEvent(run.Id, run.Pipeline, decision.Ready.NodeId, decision.Items);
                await AppendAsync(transaction, run, GroupOpenedEvent.Type, data);
                if (decision.Items == 0)
                {
                    await progress.SettleAsync(transaction, run, decision.Ready.Settled(failed: false), at);
                    return;
                }

                await MakeNodesAsync(transaction, decision, at);
            }
        );

    /// <summary>The run fails with the author's message.</summary>
    public Task<bool> FailAsync(FailRun decision) =>
        EndInFailureAsync(decision.Run, decision.Ready, decision.Node.Message!, null, Sdk.Wire.FailureClasses.Fail);

    /// <summary>A ready node cannot even be planned: an input's bytes are gone, for example.</summary>
    public Task<bool> RefuseAsync(ReadyStep step, RunInfo run, RondoException error) =>
        EndInFailureAsync(run, step, error.What, error.Mend, nameof(RondoException) + "." + error.Code);

    private Task<bool> EndInFailureAsync(RunInfo run, ReadyStep step, string message, string? mend, string errorType) =>
        ActAsync(
            new FailRun(run, null!, step),
            StepStates.Failed,
            (null, message),
            async (transaction, at) =>
            {
                var data = new StepFailedEvent(
                    run.Id,
                    run.Pipeline,
                    step.NodeId,
                    step.Attempt,
                    Retry: false,
                    errorType,
                    message,
                    mend
                );
                await AppendAsync(transaction, run, StepFailedEvent.Type, data);
                await FailedAsync(transaction, run, step.Settled(failed: true), message, at);
            }
        );

    /// <summary>A node has failed for good: the run ends, or goes on with what does not need it.</summary>
    public async ValueTask FailedAsync(Transaction transaction, RunInfo run, SettledNode node, string? message, long at)
    {
        if (run.FailsSlowly)
        {
            await progress.SettleAsync(transaction, run, node, at);
            return;
        }

        var reason = $"Step '{node.NodeId}' failed: {message}";
        await ending.EndAsync(transaction, run, new RunEnd(RunStates.Failed, reason, NodeId: node.NodeId));
    }

    private static async ValueTask MakeNodesAsync(Transaction transaction, OpenGroup decision, long at)
    {
        var (run, ready) = (decision.Run, decision.Ready);
        var group = new OpeningGroup(run, ready.Template, ready.NodeId, ready.LoopId, ready.Item);
        if (decision.Items is not { } items)
        {
            await GroupOpening.OnceAsync(transaction, group, decision.Children, at);
            return;
        }

        var begun = Math.Min(items, decision.Node.ForEach!.ParallelMax);
        await transaction.ExecuteAsync(
            "update pipelines_step set items = @items, items_begun = @begun where run_id = @RunId and node_id = @NodeId",
            new
            {
                items = (long)items,
                begun = (long)begun,
                ready.RunId,
                ready.NodeId,
            }
        );
        await GroupOpening.ItemsAsync(transaction, group, 0..begun, decision.Children, at);
    }

    private async Task<bool> ActAsync(
        StepDecision decision,
        string state,
        (string? Decision, string? Message) why,
        Func<Transaction, long, Task> act
    )
    {
        probe.Reach(ProtocolProbe.BeforeSettle);
        var acted = await database.WriteAsync(async transaction =>
        {
            var at = time.GetUtcNow().ToUnixTimeMilliseconds();
            var taken = await TakeAsync(transaction, decision.Ready, state, why, at);
            if (taken)
            {
                await RunProgress.BeginAsync(transaction, decision.Run, at);
                await act(transaction, at);
                transaction.AfterCommit(() => log.Nudge(GroupOpenedEvent.Type));
            }

            probe.Reach(ProtocolProbe.InsideSettle);
            return taken;
        });
        probe.Reach(ProtocolProbe.AfterSettle);
        return acted;
    }

    private static async ValueTask<bool> TakeAsync(
        Transaction transaction,
        ReadyStep step,
        string state,
        (string? Decision, string? Message) why,
        long at
    ) =>
        await transaction.ExecuteAsync(
            """
            update pipelines_step
            set state = @state, fence = fence + 1, started_at = @at, finished_at = case when @state = 'running' then null else @at end,
                owner = null, lease_until = null, decision = @Decision, message = @Message
            where run_id = @RunId and node_id = @NodeId and state = 'ready' and fence = @Fence
            """,
            new
            {
                step.RunId,
                step.NodeId,
                step.Fence,
                state,
                why.Decision,
                why.Message,
                at,
            }
        ) == 1;

    private ValueTask<long> AppendAsync(Transaction transaction, RunInfo run, string type, object data) =>
        log.AppendAsync(
            transaction,
            new NewEvent(type, run.Project, run.Id, PipelinesModule.Actor, data, run.CreatedPosition)
        );
}
