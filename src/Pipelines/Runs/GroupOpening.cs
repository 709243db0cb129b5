using System.Globalization;
using Rondo.Kernel.Db;

namespace Rondo.Pipelines.Runs;

/// <summary>A group of a run whose nodes are to be made: the instance of the group, and the for-each around it.</summary>
internal sealed record OpeningGroup(RunInfo Run, string Template, string NodeId, string LoopId, long Item);

/// <summary>
/// Makes the nodes of a group, from those of its version. The number of statements does not depend on how many nodes a group holds, nor
/// on how many items are begun at once.
/// </summary>
internal static class GroupOpening
{
    private const string Columns = """
        insert into pipelines_step
            (run_id, node_id, template, scope, loop_id, item, project, position, kind, step, pool, rank, state, attempt, fence,
             failures, losses, waiting_on, not_before, finished_at)
        """;

    private const string State = """
        case when n.kind in ('dataset', 'serving-model') then 'succeeded' when n.waits = 0 then 'ready' else 'pending' end
        """;

    private const string Finished = "case when n.kind in ('dataset', 'serving-model') then @at else null end";

    /// <summary>The nodes at the top of a run; with <paramref name="always"/> its exit handlers.</summary>
    public static ValueTask<int> TopAsync(Transaction transaction, RunInfo run, bool always, long at) =>
        transaction.ExecuteAsync(
            $"""
            {Columns}
            select @Id, n.template, n.template, '', '', -1, @Project, n.position, n.kind, n.step, n.pool, @rank, {State}, 0, 0,
                0, 0, n.waits, @at, {Finished}
            from pipelines_node n where n.version_id = @VersionId and n.parent = '' and n.always = @always
            """,
            new
            {
                run.Id,
                run.Project,
                run.VersionId,
                rank = -run.Priority,
                always = always ? 1L : 0L,
                at,
            }
        );

    /// <summary>The nodes of a group that has no items.</summary>
    public static async ValueTask OnceAsync(Transaction transaction, OpeningGroup group, long children, long at)
    {
        await InsertScopesAsync(transaction, group, [(group.NodeId, -1)], children);
        await InsertNodesAsync(transaction, group, at);
    }

    /// <summary>The nodes of some items of a for-each.</summary>
    public static async ValueTask ItemsAsync(
        Transaction transaction,
        OpeningGroup group,
        Range items,
        long children,
        long at
    )
    {
        var scopes = Enumerable
            .Range(items.Start.Value, items.End.Value - items.Start.Value)
            .Select(item => (string.Create(CultureInfo.InvariantCulture, $"{group.NodeId}.{item}"), (long)item));
        await InsertScopesAsync(transaction, group, scopes, children);
        await InsertNodesAsync(transaction, group, at);
    }

    private static ValueTask InsertScopesAsync(
        Transaction transaction,
        OpeningGroup group,
        IEnumerable<(string Id, long Item)> scopes,
        long children
    ) =>
        RowInsert.IntoAsync(
            transaction,
            "pipelines_scope",
            ["run_id", "scope_id", "group_id", "item", "state", "remaining", "failures"],
            scopes.Select(scope =>
                new object?[] { group.Run.Id, scope.Id, group.NodeId, scope.Item, "new", children, 0L }
            )
        );

    private static async ValueTask InsertNodesAsync(Transaction transaction, OpeningGroup group, long at)
    {
        var arguments = new
        {
            RunId = group.Run.Id,
            group.Run.VersionId,
            group.Run.Project,
            group.Template,
            group.NodeId,
            group.LoopId,
            group.Item,
            rank = -group.Run.Priority,
            at,
        };
        await transaction.ExecuteAsync(
            $"""
            {Columns}
            select @RunId, s.scope_id || '.' || n.local, n.template, s.scope_id,
                case when s.item >= 0 then s.group_id else @LoopId end, case when s.item >= 0 then s.item else @Item end,
                @Project, n.position, n.kind, n.step, n.pool, @rank, {State}, 0, 0, 0, 0, n.waits, @at, {Finished}
            from pipelines_scope s, pipelines_node n
            where s.run_id = @RunId and s.group_id = @NodeId and s.state = 'new'
                and n.version_id = @VersionId and n.parent = @Template
            """,
            arguments
        );
        await transaction.ExecuteAsync(
            "update pipelines_scope set state = 'open' where run_id = @RunId and group_id = @NodeId and state = 'new'",
            arguments
        );
    }
}
