using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Pipelines.Orchestration;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Approvals;

/// <summary>Asks: the node waits from now on, and the log says so to whoever tells people.</summary>
internal sealed class ApprovalRequests(Database database, EventLog log, ProtocolProbe probe, TimeProvider time)
{
    private const long Never = long.MaxValue;

    public async Task<bool> AskAsync(AskPerson decision)
    {
        probe.Reach(ProtocolProbe.BeforeSettle);
        var asked = await database.WriteAsync(async transaction =>
        {
            var won = await AskAsync(transaction, decision);
            probe.Reach(ProtocolProbe.InsideSettle);
            return won;
        });
        probe.Reach(ProtocolProbe.AfterSettle);
        return asked;
    }

    private async Task<bool> AskAsync(Transaction transaction, AskPerson decision)
    {
        var (run, step, question) = (decision.Run, decision.Ready, decision.Node.Approval!);
        var now = time.GetUtcNow();
        DateTimeOffset? expires = question.ExpiresMs > 0 ? now.AddMilliseconds(question.ExpiresMs) : null;
        var waiting = await transaction.ExecuteAsync(
            """
            update pipelines_step
            set state = 'waiting', fence = fence + 1, started_at = @at, not_before = @until, message = @Question
            where run_id = @RunId and node_id = @NodeId and state = 'ready' and fence = @Fence
            """,
            new
            {
                step.RunId,
                step.NodeId,
                step.Fence,
                question.Question,
                at = now.ToUnixTimeMilliseconds(),
                until = expires?.ToUnixTimeMilliseconds() ?? Never,
            }
        );
        if (waiting == 0)
        {
            return false;
        }

        await RunProgress.BeginAsync(transaction, run, now.ToUnixTimeMilliseconds());
        var data = new ApprovalRequestedEvent(
            run.Id,
            run.Pipeline,
            run.Environment,
            step.NodeId,
            question.Question,
            question.Approvers,
            expires
        );
        await log.AppendAsync(
            transaction,
            new NewEvent(
                ApprovalRequestedEvent.Type,
                run.Project,
                run.Id,
                PipelinesModule.Actor,
                data,
                run.CreatedPosition
            )
        );
        return true;
    }
}
