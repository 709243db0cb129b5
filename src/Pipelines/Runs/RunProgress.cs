using Rondo.Kernel.Db;
using Rondo.Pipelines.Catalog;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Runs;

/// <summary>A node of a run that has come to its end, in whatever way.</summary>
internal sealed record SettledNode(string NodeId, string Template, string Scope, bool Failed);

/// <summary>
/// Brings a run forward: releases what waited for a node, counts what remains in its group, begins a for-each's next item, ends groups and
/// the run. The number of statements depends on how deep groups stand in groups, not on the size of the graph.
/// </summary>
internal sealed class RunProgress(PipelineVersions versions, RunEnding ending)
{
    /// <summary>The run's first step has begun.</summary>
    public static async ValueTask BeginAsync(Transaction transaction, RunInfo run, long at)
    {
        if (run.State == RunStates.Created)
        {
            await transaction.ExecuteAsync(
                "update pipelines_run set state = 'running', started_at = @at where id = @Id and state = 'created'",
                new { run.Id, at }
            );
        }
    }

    /// <summary>A node has come to its end, and its row says so.</summary>
    public async ValueTask SettleAsync(Transaction transaction, RunInfo run, SettledNode node, long at)
    {
        for (var settled = node; settled is not null; )
        {
            await ReleaseAsync(transaction, run, settled, at);
            settled =
                settled.Scope.Length == 0
                    ? await SettleTopAsync(transaction, run, settled)
                    : await SettleScopeAsync(transaction, run, settled, at);
        }
    }

    // Those in the same group that waited for it, in one statement however many they are.
    private static async ValueTask ReleaseAsync(Transaction transaction, RunInfo run, SettledNode node, long at) =>
        await transaction.ExecuteAsync(
            """
            update pipelines_step
            set waiting_on = waiting_on - 1, not_before = @at, state = case when waiting_on = 1 then 'ready' else state end
            where run_id = @Id and scope = @Scope and state = 'pending' and template in (
                select to_template from pipelines_version_edge where version_id = @VersionId and from_template = @Template
            )
            """,
            new
            {
                run.Id,
                run.VersionId,
                node.Scope,
                node.Template,
                at,
            }
        );

    private async ValueTask<SettledNode?> SettleTopAsync(Transaction transaction, RunInfo run, SettledNode node)
    {
        var left = await transaction.FirstAsync<ScopeCounts>(
            """
            update pipelines_run set remaining = remaining - 1, failures = failures + @failed,
                reason = case when @failed = 1 and reason is null then @why else reason end,
                failed_node = case when @failed = 1 and failed_node is null then @NodeId else failed_node end
            where id = @Id returning remaining, failures
            """,
            new
            {
                run.Id,
                failed = node.Failed ? 1L : 0L,
                why = $"Step '{node.NodeId}' failed.",
                node.NodeId,
            }
        );
        if (left is { Remaining: 0 })
        {
            await ending.CompleteAsync(transaction, run, left.Failures);
        }

        return null;
    }

    /// <summary>Null unless the group has come to its end with the node.</summary>
    private async ValueTask<SettledNode?> SettleScopeAsync(
        Transaction transaction,
        RunInfo run,
        SettledNode node,
        long at
    )
    {
        var scope = await transaction.FirstAsync<ScopeCounts>(
            """
            update pipelines_scope set remaining = remaining - 1, failures = failures + @failed,
                state = case when remaining = 1 then 'done' else state end
            where run_id = @Id and scope_id = @Scope returning group_id, item, remaining, failures
            """,
            new
            {
                run.Id,
                node.Scope,
                failed = node.Failed ? 1L : 0L,
            }
        );
        if (scope is not { Remaining: 0 })
        {
            return null;
        }

        var failed = scope.Failures > 0;
        return scope.Item < 0
            ? await EndGroupAsync(transaction, run, scope.GroupId, failed, at)
            : await EndItemAsync(transaction, run, scope.GroupId, failed, at);
    }

    private async ValueTask<SettledNode?> EndItemAsync(
        Transaction transaction,
        RunInfo run,
        string groupId,
        bool failed,
        long at
    )
    {
        var loop =
            await transaction.FirstAsync<LoopCounts>(
                """
                update pipelines_step set items_done = items_done + 1, failures = failures + @failed
                where run_id = @Id and node_id = @groupId and state = 'running'
                returning template, loop_id, item, items, items_begun, items_done, failures
                """,
                new
                {
                    run.Id,
                    groupId,
                    failed = failed ? 1L : 0L,
                }
            )
            ?? throw new RondoException(ErrorCode.Internal, $"For-each '{groupId}' of run {run.Id} is not under way.");
        if (loop.ItemsBegun < loop.Items)
        {
            await transaction.ExecuteAsync(
                "update pipelines_step set items_begun = items_begun + 1 where run_id = @Id and node_id = @groupId",
                new { run.Id, groupId }
            );
            var shape = await versions.GetAsync(transaction, run.VersionId);
            var next = (int)loop.ItemsBegun;
            await GroupOpening.ItemsAsync(
                transaction,
                new OpeningGroup(run, loop.Template, groupId, loop.LoopId, loop.Item),
                next..(next + 1),
                shape.Children(loop.Template).Count,
                at
            );
        }

        return loop.ItemsDone < loop.Items
            ? null
            : await EndGroupAsync(transaction, run, groupId, loop.Failures > 0, at);
    }

    private static async ValueTask<SettledNode?> EndGroupAsync(
        Transaction transaction,
        RunInfo run,
        string groupId,
        bool failed,
        long at
    )
    {
        var group = await transaction.FirstAsync<GroupPlace>(
            """
            update pipelines_step set state = @state, finished_at = @at
            where run_id = @Id and node_id = @groupId and state = 'running' returning template, scope
            """,
            new
            {
                run.Id,
                groupId,
                state = failed ? StepStates.Failed : StepStates.Succeeded,
                at,
            }
        );
        return group is null ? null : new SettledNode(groupId, group.Template, group.Scope, failed);
    }

    private sealed record ScopeCounts
    {
        public string GroupId { get; init; } = "";
        public long Item { get; init; }
        public long Remaining { get; init; }
        public long Failures { get; init; }
    }

    private sealed record LoopCounts
    {
        public string Template { get; init; } = "";
        public string LoopId { get; init; } = "";
        public long Item { get; init; }
        public long Items { get; init; }
        public long ItemsBegun { get; init; }
        public long ItemsDone { get; init; }
        public long Failures { get; init; }
    }

    private sealed record GroupPlace
    {
        public string Template { get; init; } = "";
        public string Scope { get; init; } = "";
    }
}
