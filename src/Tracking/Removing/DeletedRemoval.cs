using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Mlflow.Transfer;
using Rondo.Tracking.Artifacts;
using Rondo.Tracking.Runs;
using Rondo.Tracking.Text;

namespace Rondo.Tracking.Removing;

/// <summary>
/// Removes for good what was deleted a while ago: runs with all that they logged, logged models, experiments that are empty then, and their
/// files. What a registered model version was made from stays. Rows go first, with a note of the files: a server that dies goes on from it.
/// </summary>
internal sealed class DeletedRemoval(
    Database database,
    ArtifactFolder folder,
    IEnumerable<IArtifactHold> holds,
    EventLog log,
    IdSource ids
)
{
    private const int PerRoundMax = 200;
    private const int RoundsMax = 10_000;

    private static readonly (string Table, string Column)[] s_ofRuns =
    [
        ("tracking_metric", "run_number"),
        ("tracking_metric_latest", "run_number"),
        ("tracking_param", "run_number"),
        ("tracking_tag", "run_number"),
        ("tracking_input", "run"),
        ("tracking_run_model", "run"),
    ];

    private static readonly (string Table, string Column)[] s_ofModels =
    [
        ("tracking_logged_model_param", "model"),
        ("tracking_logged_model_tag", "model"),
        ("tracking_logged_model_metric", "model"),
    ];

    /// <summary>Removes, or with <paramref name="dryRun"/> only counts, what was deleted before a time.</summary>
    public async Task<RemovalReport> RemoveAsync(
        DateTimeOffset before,
        bool dryRun,
        Actor actor,
        CancellationToken cancellation
    )
    {
        var at = before.ToUnixTimeMilliseconds();
        var held = new List<HeldFiles>();
        var runs = await RemoveAsync(
            new Kind("tracking_run", "number, id, experiment", "deleted_at", RunRecord.KindName, s_ofRuns),
            at,
            dryRun,
            held,
            cancellation
        );
        var models = await RemoveAsync(
            new Kind("tracking_logged_model", "id, experiment", "updated_at", LoggedModelRecord.KindName, s_ofModels),
            at,
            dryRun,
            held,
            cancellation
        );
        var experiments = dryRun ? await CountExperimentsAsync(at, held) : await RemoveExperimentsAsync(at);
        if (!dryRun)
        {
            await RemoveFilesAsync(cancellation);
        }

        var report = new RemovalReport(before, dryRun, runs, models, experiments, held);
        if (!dryRun && runs + models + experiments > 0)
        {
            await database.WriteAsync(
                async transaction =>
                {
                    var data = new TrackingRemovedEvent(runs, models, experiments);
                    await log.AppendAsync(
                        transaction,
                        new NewEvent(TrackingRemovedEvent.Type, "", "tracking", actor, data)
                    );
                },
                CancellationToken.None
            );
        }

        return report;
    }

    /// <summary>Removes files whose rows are gone.</summary>
    public async Task RemoveFilesAsync(CancellationToken cancellation)
    {
        for (var round = 0; round < RoundsMax; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            var addresses = await database.ReadAsync(
                async session =>
                    await session.QueryAsync<string>(
                        "select address from tracking_removed_files order by address limit @PerRoundMax",
                        new { PerRoundMax }
                    ),
                cancellation
            );
            foreach (var address in addresses)
            {
                folder.DeleteAt(address);
            }

            await database.WriteAsync(
                async transaction =>
                {
                    await transaction.ExecuteAsync(
                        "delete from tracking_removed_files where address in @addresses",
                        new { addresses }
                    );
                },
                CancellationToken.None
            );
            if (addresses.Count < PerRoundMax)
            {
                return;
            }
        }
    }

    private async Task<long> RemoveAsync(
        Kind kind,
        long before,
        bool dryRun,
        List<HeldFiles> held,
        CancellationToken cancellation
    )
    {
        var (removed, after) = (0L, "");
        for (var round = 0; round < RoundsMax; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (found, free) = await CandidatesAsync(kind, (before, after), held);
            if (found.Count == 0)
            {
                break;
            }

            after = found[^1].Id;
            removed += dryRun ? free.Count : await RemoveAsync(kind, free);
        }

        return removed;
    }

    private async Task<(IReadOnlyList<Candidate> Found, IReadOnlyList<Candidate> Free)> CandidatesAsync(
        Kind kind,
        (long Before, string After) from,
        List<HeldFiles> held
    ) =>
        await database.ReadAsync<(IReadOnlyList<Candidate>, IReadOnlyList<Candidate>)>(async session =>
        {
            var found = await session.QueryAsync<Candidate>(
                $"""
                select id, artifact_uri from {kind.Table}
                where lifecycle = 'deleted' and {kind.DeletedAt} <= @Before and id > @After order by id limit @PerRoundMax
                """,
                new
                {
                    from.Before,
                    from.After,
                    PerRoundMax,
                }
            );
            var needed = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var hold in holds)
            {
                foreach (var (address, why) in await hold.HeldAsync(session, [.. found.Select(one => one.ArtifactUri)]))
                {
                    needed[address] = why;
                }
            }

            held.AddRange(
                found
                    .Where(one => needed.ContainsKey(one.ArtifactUri))
                    .Select(one => new HeldFiles(one.Id, needed[one.ArtifactUri]))
            );
            return (found, [.. found.Where(one => !needed.ContainsKey(one.ArtifactUri))]);
        });

    // Who restores one of them at the same time keeps it.
    private Task<long> RemoveAsync(Kind kind, IReadOnlyList<Candidate> candidates) =>
        database.WriteAsync(async transaction =>
        {
            var removed = 0L;
            foreach (var candidate in candidates)
            {
                var gone = await transaction.FirstAsync<RunInfo>(
                    $"delete from {kind.Table} where id = @Id and lifecycle = 'deleted' returning {kind.Key}",
                    new { candidate.Id }
                );
                if (gone is null)
                {
                    continue;
                }

                removed++;
                if (kind.Record == RunRecord.KindName)
                {
                    await TextIndex.MoveRunAsync(transaction, gone.Key, to: null);
                }

                foreach (var (table, column) in kind.Belongings)
                {
                    object owner = column == "run_number" ? gone.Number : gone.Id;
                    await transaction.ExecuteAsync($"delete from {table} where {column} = @owner", new { owner });
                }

                await transaction.ExecuteAsync(
                    "delete from tracking_import where kind = @Record and id = @Id",
                    new { kind.Record, candidate.Id }
                );
                await transaction.ExecuteAsync(
                    "insert into tracking_removed_files (address) values (@ArtifactUri) on conflict do nothing",
                    new { candidate.ArtifactUri }
                );
            }

            return removed;
        });

    // Those that are empty once everything that may go is gone.
    private Task<long> CountExperimentsAsync(long before, IReadOnlyList<HeldFiles> held) =>
        database.ReadAsync(async session =>
        {
            var isHeld = session.Dialect.IsAmong("t.id", "@held");
            return await session.ScalarAsync<long>(
                $"""
                select count(*) from tracking_experiment e where e.lifecycle = 'deleted' and e.updated_at <= @before
                    and not exists (select 1 from tracking_run t where t.experiment = e.id
                        and (t.lifecycle <> 'deleted' or t.deleted_at > @before or {isHeld}))
                    and not exists (select 1 from tracking_logged_model t where t.experiment = e.id
                        and (t.lifecycle <> 'deleted' or t.updated_at > @before or {isHeld}))
                """,
                new { before, held = JsonSerializer.Serialize(held.Select(one => one.Id)) }
            );
        });

    // The row stays: its id is never used again. Its name is free.
    private async Task<long> RemoveExperimentsAsync(long before)
    {
        var removed = 0L;
        for (var round = 0; round < RoundsMax; round++)
        {
            var gone = await database.WriteAsync(transaction => RemoveExperimentsAsync(transaction, before));
            removed += gone;
            if (gone < PerRoundMax)
            {
                break;
            }
        }

        return removed;
    }

    private async Task<int> RemoveExperimentsAsync(Transaction transaction, long before)
    {
        var gone = await transaction.QueryAsync<long>(
            """
            select id from tracking_experiment e where e.lifecycle = 'deleted' and e.updated_at <= @before
                and not exists (select 1 from tracking_run r where r.experiment = e.id)
                and not exists (select 1 from tracking_logged_model m where m.experiment = e.id)
            order by id limit @PerRoundMax
            """,
            new { before, PerRoundMax }
        );
        foreach (var id in gone)
        {
            await TextIndex.ChangeExperimentAsync(transaction, id, () => RemoveExperimentAsync(transaction, id));
        }

        return gone.Count;
    }

    private async ValueTask RemoveExperimentAsync(Transaction transaction, long id)
    {
        // Nobody else has a name with such an id in it.
        await transaction.ExecuteAsync(
            "update tracking_experiment set lifecycle = 'removed', name = @name, path = '' where id = @id",
            new { id, name = $"removed {ids.NewUuid()}" }
        );
        await transaction.ExecuteAsync("delete from tracking_experiment_tag where experiment = @id", new { id });
        await transaction.ExecuteAsync("delete from tracking_word_backlog where experiment = @id", new { id });
        await transaction.ExecuteAsync("delete from tracking_dataset where experiment = @id", new { id });
    }

    private sealed record Kind(
        string Table,
        string Key,
        string DeletedAt,
        string Record,
        IReadOnlyList<(string Table, string Column)> Belongings
    );

    private sealed record Candidate
    {
        public string Id { get; init; } = "";
        public string ArtifactUri { get; init; } = "";
    }
}

/// <summary>What was removed, or would be; and what stays because it is needed.</summary>
internal sealed record RemovalReport(
    DateTimeOffset Before,
    bool DryRun,
    long Runs,
    long Models,
    long Experiments,
    IReadOnlyList<HeldFiles> Held
);

/// <summary>A run or logged model that stays, and why.</summary>
internal sealed record HeldFiles(string Id, string Reason);
