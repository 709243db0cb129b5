using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Kernel.Paging;
using Rondo.Pipelines.Partitions;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Backfills;

/// <summary>The backfills of this server: made, read and called off here; brought forward by their reconciler.</summary>
internal sealed class BackfillStore(
    Database database,
    PipelineCatalog catalog,
    RunWriter writer,
    EventLog log,
    IdSource ids,
    TimeProvider time
)
{
    private const int UnderWayMax = 100;

    public async Task<Backfill> CreateAsync(NewBackfill wish, Actor actor)
    {
        var pipeline = await catalog.RequireAsync(wish.Project, wish.Environment, wish.Pipeline);
        var range = BackfillPlan.RangeOf(wish, pipeline.Manifest, time.GetUtcNow());
        var query = new PartitionQuery(wish.Project, wish.Environment, wish.Pipeline, null, null);
        var newest = await database.ReadAsync(session =>
            PartitionStore.NewestAsync(session, query, [.. range.Select(place => place.Key)])
        );
        var chosen = BackfillPlan.Choose(wish, range, newest);
        var row = BackfillPlan.RowOf(wish, pipeline.Manifest, actor) with { Id = ids.New("bf"), Total = chosen.Count };
        // Whatever keeps its first run from being started is said now, and not by each of them.
        await writer.PrepareAsync(BackfillPlan.RunOf(row, chosen[0].Key, chosen[0].To));
        await database.WriteAsync(transaction => InsertAsync(transaction, row, chosen));
        return await GetAsync(row.Id);
    }

    public Task<Backfill> GetAsync(string id) =>
        database.ReadAsync(async session =>
            (await RequireAsync(session, id)).ToBackfill(await CountsAsync(session, id))
        );

    /// <summary>Backfills, newest first.</summary>
    public Task<Page<Backfill>> ListAsync(string project, string? before, int? limit) =>
        database.ReadAsync(async session =>
        {
            var most = PageLimit.Of(limit);
            var rows = await session.QueryAsync<BackfillRow>(
                BackfillRow.Select
                    + " where project = @project"
                    + (before is null ? "" : " and id < @before")
                    + " order by id desc limit @more",
                new
                {
                    project,
                    before,
                    more = most + 1,
                }
            );
            var shown = new List<Backfill>();
            foreach (var row in rows)
            {
                shown.Add(row.ToBackfill(await CountsAsync(session, row.Id)));
            }

            return Page<Backfill>.Of(shown, most, backfill => backfill.Id);
        });

    /// <summary>The partitions of a backfill, in their order; those in one state, where one is asked for.</summary>
    public Task<Page<BackfillPartition>> PartitionsAsync(string id, string? state, long? after, int? limit) =>
        database.ReadAsync(async session =>
        {
            await RequireAsync(session, id);
            var most = PageLimit.Of(limit);
            var rows = await session.QueryAsync<BackfillPartitionRow>(
                BackfillPartitionRow.Select
                    + " where backfill_id = @id and position > @after"
                    + (state is null ? "" : " and state = @state")
                    + " order by position limit @more",
                new
                {
                    id,
                    state,
                    after = after ?? -1,
                    more = most + 1,
                }
            );
            var page = Page<BackfillPartitionRow>.Of(
                rows,
                most,
                row => row.Position.ToString(System.Globalization.CultureInfo.InvariantCulture)
            );
            return new Page<BackfillPartition>(
                [
                    .. page.Items.Select(row => new BackfillPartition(
                        row.PartitionKey,
                        row.State,
                        row.RunId,
                        row.Message
                    )),
                ],
                page.Next
            );
        });

    /// <summary>Calls a backfill off: it starts no more runs, and its reconciler ends those under way.</summary>
    public async Task<Backfill> CancelAsync(string id, Actor actor)
    {
        await database.WriteAsync(async transaction =>
        {
            var row = await RequireAsync(transaction, id);
            var called = await transaction.ExecuteAsync(
                "update pipelines_backfill set state = 'cancelling' where id = @id and state = 'running'",
                new { id }
            );
            if (called == 0)
            {
                throw new RondoException(
                    ErrorCode.FailedPrecondition,
                    $"Backfill {id} is {row.State}, and cannot be cancelled."
                );
            }

            await transaction.ExecuteAsync(
                "update pipelines_backfill_partition set state = 'cancelled' where backfill_id = @id and state = 'waiting'",
                new { id }
            );
            await log.AppendAsync(
                transaction,
                new NewEvent(
                    BackfillCancelledEvent.Type,
                    row.Project,
                    id,
                    actor,
                    new BackfillCancelledEvent(id, row.Pipeline, row.Environment),
                    row.CreatedPosition
                )
            );
        });
        return await GetAsync(id);
    }

    /// <summary>How many partitions of a backfill are in each state.</summary>
    public static async Task<IReadOnlyDictionary<string, long>> CountsAsync(Session session, string id) =>
        new SortedDictionary<string, long>(
            (
                await session.QueryAsync<(string State, long Count)>(
                    "select state, count(*) from pipelines_backfill_partition where backfill_id = @id group by state",
                    new { id }
                )
            ).ToDictionary(count => count.State, count => count.Count, StringComparer.Ordinal),
            StringComparer.Ordinal
        );

    private async Task InsertAsync(Transaction transaction, BackfillRow row, IReadOnlyList<PartitionPlace> partitions)
    {
        var underWay = await transaction.ScalarAsync<long>(
            "select count(*) from pipelines_backfill where state in ('running', 'cancelling')"
        );
        if (underWay >= UnderWayMax)
        {
            throw new RondoException(
                ErrorCode.ResourceExhausted,
                $"{underWay} backfills are under way; no more than {UnderWayMax} may be.",
                "Wait for one to finish, or cancel one: rondo backfills."
            );
        }

        var data = new BackfillCreatedEvent(
            row.Id,
            row.Pipeline,
            row.Environment,
            row.FromKey,
            row.ToKey,
            row.OnlyThose,
            row.Total,
            row.Reason
        );
        var position = await log.AppendAsync(
            transaction,
            new NewEvent(BackfillCreatedEvent.Type, row.Project, row.Id, row.ActorOf, data)
        );
        await transaction.ExecuteAsync(
            """
            insert into pipelines_backfill
                (id, project, environment, pipeline, from_key, to_key, only_those, parallel, fresh, priority, parameters, reason, state,
                 total, actor, created_position, created_at)
            values
                (@Id, @Project, @Environment, @Pipeline, @FromKey, @ToKey, @OnlyThose, @Parallel, @Fresh, @Priority, @Parameters, @Reason,
                 @State, @Total, @Actor, @CreatedPosition, @CreatedAt)
            """,
            row with
            {
                CreatedPosition = position,
                CreatedAt = time.GetUtcNow().ToUnixTimeMilliseconds(),
            }
        );
        await RowInsert.IntoAsync(
            transaction,
            "pipelines_backfill_partition",
            ["backfill_id", "position", "partition_key", "state"],
            partitions.Select((place, i) => new object?[] { row.Id, (long)i, place.Key, BackfillStates.Waiting })
        );
    }

    private static async Task<BackfillRow> RequireAsync(Session session, string id) =>
        await session.FirstAsync<BackfillRow>(BackfillRow.Select + " where id = @id", new { id })
        ?? throw new RondoException(
            ErrorCode.NotFound,
            $"There is no backfill '{id}'.",
            "List the backfills: rondo backfills."
        );
}
