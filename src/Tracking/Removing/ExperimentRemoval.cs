using System.Globalization;
using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Tracking.Text;
using Rondo.Tracking.Transfer;

namespace Rondo.Tracking.Removing;

/// <summary>
/// Removes experiments that were deleted a while ago and are empty. The row stays: its id is never used again. Its name is free. Number 0 stays
/// as it is: runs go there that name no experiment.
/// </summary>
internal sealed class ExperimentRemoval(Database database, IdSource ids, EventLog log)
{
    private const int PerRoundMax = 200;
    private const int RoundsMax = 10_000;

    private const string Removable = """
        lifecycle = 'deleted' and updated_at <= @Before and id <> 0
            and not exists (select 1 from tracking_run r where r.experiment = tracking_experiment.id)
            and not exists (select 1 from tracking_logged_model m where m.experiment = tracking_experiment.id)
        """;

    /// <summary>Removes them; what is restored, or filled, at the same time stays.</summary>
    public async Task<long> RemoveAsync(long before, Actor actor, CancellationToken cancellation)
    {
        var (removed, after) = (0L, 0L);
        for (var round = 0; round < RoundsMax; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            var found = await database.ReadAsync(session => FindAsync(session, (before, after)), cancellation);
            if (found.Count == 0)
            {
                break;
            }

            after = found[^1];
            removed += await database.WriteAsync(
                transaction => RemoveAsync(transaction, (before, actor), found),
                cancellation
            );
        }

        return removed;
    }

    /// <summary>Of those that are there: how many are empty once everything that may go is gone, and which are not, each with why.</summary>
    public async Task<(long Empty, IReadOnlyList<HeldFiles> Full)> LeftAsync(
        long before,
        IReadOnlyList<HeldFiles> held,
        CancellationToken cancellation
    )
    {
        var needed = held.Select(one => one.Id).ToHashSet(StringComparer.Ordinal);
        var json = JsonSerializer.Serialize(needed);
        var (empty, full, after) = (0L, new List<HeldFiles>(), -1L);
        for (var round = 0; round < RoundsMax; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            var found = await database.ReadAsync(session => LeftAsync(session, (before, after), json), cancellation);
            foreach (var one in found)
            {
                if (ReasonOf(one, needed) is { } reason)
                {
                    full.Add(new HeldFiles($"experiment {one.Id.ToString(CultureInfo.InvariantCulture)}", reason));
                }
                else
                {
                    empty++;
                }
            }

            if (found.Count < PerRoundMax)
            {
                break;
            }

            after = found[^1].Id;
        }

        return (empty, full);
    }

    private static async Task<IReadOnlyList<Left>> LeftAsync(
        Session session,
        (long Before, long After) from,
        string held
    )
    {
        var isHeld = session.Dialect.IsAmong("t.id", "@held");
        return await session.QueryAsync<Left>(
            $"""
            select e.id,
                (select t.id from tracking_run t where t.experiment = e.id
                    and (t.lifecycle <> 'deleted' or t.deleted_at > @Before or {isHeld}) limit 1) as run,
                (select t.id from tracking_logged_model t where t.experiment = e.id
                    and (t.lifecycle <> 'deleted' or t.updated_at > @Before or {isHeld}) limit 1) as model
            from tracking_experiment e
            where e.lifecycle = 'deleted' and e.updated_at <= @Before and e.id > @After order by e.id limit @PerRoundMax
            """,
            new
            {
                from.Before,
                from.After,
                held,
                PerRoundMax,
            }
        );
    }

    private static string? ReasonOf(Left experiment, HashSet<string> needed) =>
        experiment is { Run: null, Model: null }
            ? experiment.Id == 0
                ? "runs go there that name no experiment"
                : null
            : (experiment.Run is { } run ? $"its run {run} " : $"its logged model {experiment.Model} ")
                + (
                    needed.Contains(experiment.Run ?? experiment.Model!)
                        ? "stays"
                        : "was not deleted, or not long enough ago"
                );

    private static async Task<IReadOnlyList<long>> FindAsync(Session session, (long Before, long After) from) =>
        await session.QueryAsync<long>(
            $"select id from tracking_experiment where {Removable} and id > @After order by id limit @PerRoundMax",
            new
            {
                from.Before,
                from.After,
                PerRoundMax,
            }
        );

    private async Task<long> RemoveAsync(
        Transaction transaction,
        (long Before, Actor Actor) asked,
        IReadOnlyList<long> found
    )
    {
        // Nobody else puts something into an experiment that is deleted.
        await transaction.LockAsync(TrackingImport.ImportLock);
        var removed = 0L;
        foreach (var id in found)
        {
            await TextIndex.ChangeExperimentAsync(
                transaction,
                id,
                async () => removed += await RemoveOneAsync(transaction, id, asked.Before) ? 1 : 0
            );
        }

        if (removed > 0)
        {
            var data = new TrackingRemovedEvent(0, 0, removed);
            await log.AppendAsync(
                transaction,
                new NewEvent(TrackingRemovedEvent.Type, "", "tracking", asked.Actor, data)
            );
        }

        return removed;
    }

    private async ValueTask<bool> RemoveOneAsync(Transaction transaction, long id, long before)
    {
        // Nobody else has a name with such an id in it.
        var gone = await transaction.ExecuteAsync(
            $"update tracking_experiment set lifecycle = 'removed', name = @name, path = '' where id = @id and {Removable}",
            new
            {
                id,
                Before = before,
                name = $"removed {ids.NewUuid()}",
            }
        );
        if (gone == 0)
        {
            return false;
        }

        await transaction.ExecuteAsync("delete from tracking_experiment_tag where experiment = @id", new { id });
        await transaction.ExecuteAsync("delete from tracking_word_backlog where experiment = @id", new { id });
        await transaction.ExecuteAsync("delete from tracking_dataset where experiment = @id", new { id });
        return true;
    }

    private sealed record Left
    {
        public long Id { get; init; }
        public string? Run { get; init; }
        public string? Model { get; init; }
    }
}
