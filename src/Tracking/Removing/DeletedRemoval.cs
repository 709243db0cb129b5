using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Mlflow.Transfer;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;
using Rondo.Tracking.Text;
using Rondo.Tracking.Transfer;

namespace Rondo.Tracking.Removing;

/// <summary>
/// Removes for good what was deleted a while ago: runs with all that they logged, logged models, experiments that are empty then, and their
/// files. What a registered model version was made from stays. Rows go first, with a note of the files: a server that dies goes on from it.
/// </summary>
internal sealed class DeletedRemoval(
    Database database,
    IEnumerable<IArtifactHold> holds,
    ExperimentRemoval experiments,
    RemovedFiles files,
    EventLog log
)
{
    private const int PerRoundMax = 200;
    private const int RoundsMax = 10_000;

    // Whoever writes to the embedded database waits for a transaction of so many rows, and of those of one run.
    private const int RowsMax = 100_000;

    // A row of packed points is as large as those.
    private static readonly (string Table, string Column, int Weight)[] s_ofRuns =
    [
        ("tracking_metric", "run_number", 1),
        ("tracking_metric_pack", "run_number", CurveWriter.PackPointsMax),
        ("tracking_metric_latest", "run_number", 1),
        ("tracking_latest_pack", "run_number", 1),
        ("tracking_unsettled", "run_number", 1),
        ("tracking_unsettled_latest", "run_number", 1),
        ("tracking_unsettled_batch", "run_number", Limits.BatchMetricsMax),
        ("tracking_param", "run_number", 1),
        ("tracking_tag", "run_number", 1),
        ("tracking_input", "run", 1),
        ("tracking_run_model", "run", 1),
    ];

    private static readonly (string Table, string Column, int Weight)[] s_ofModels =
    [
        ("tracking_logged_model_param", "model", 1),
        ("tracking_logged_model_tag", "model", 1),
        ("tracking_logged_model_metric", "model", 1),
    ];

    /// <summary>Removes, or with <paramref name="dryRun"/> only counts, what was deleted before a time.</summary>
    public async Task<RemovalReport> RemoveAsync(
        DateTimeOffset before,
        bool dryRun,
        Actor actor,
        CancellationToken cancellation
    )
    {
        var asked = new Asked(before.ToUnixTimeMilliseconds(), dryRun, actor);
        var held = new List<HeldFiles>();
        foreach (var hold in holds)
        {
            await hold.PrepareAsync(cancellation);
        }

        var runs = await RemoveAsync(
            new Kind("tracking_run", "number, id, experiment", "deleted_at", RunRecord.KindName, s_ofRuns),
            asked,
            held,
            cancellation
        );
        var models = await RemoveAsync(
            new Kind("tracking_logged_model", "id, experiment", "updated_at", LoggedModelRecord.KindName, s_ofModels),
            asked,
            held,
            cancellation
        );
        var gone = dryRun ? 0 : await experiments.RemoveAsync(asked.Before, actor, cancellation);
        var (empty, full) = await experiments.LeftAsync(asked.Before, held, cancellation);
        held.AddRange(full);
        if (!dryRun)
        {
            held.AddRange(await files.RemoveAsync(cancellation));
        }

        return new RemovalReport(before, dryRun, runs, models, dryRun ? empty : gone, held);
    }

    private async Task<long> RemoveAsync(Kind kind, Asked asked, List<HeldFiles> held, CancellationToken cancellation)
    {
        var (removed, after) = (0L, "");
        for (var round = 0; round < RoundsMax; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (found, free) = await CandidatesAsync(kind, (asked.Before, after), held);
            if (found.Count == 0)
            {
                break;
            }

            after = found[^1].Id;
            if (asked.DryRun)
            {
                removed += free.Count;
                continue;
            }

            for (var rest = free; rest.Count > 0; )
            {
                var done = await RemoveAsync(kind, asked, rest);
                removed += done.Removed;
                held.AddRange(done.Held);
                rest = [.. rest.Skip(done.LookedAt)];
            }
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
            var needed = await holds.HeldAsync(session, [.. found.Select(kind.LoggedBy)]);
            held.AddRange(
                found.Where(one => needed.ContainsKey(one.Id)).Select(one => new HeldFiles(one.Id, needed[one.Id]))
            );
            return (found, [.. found.Where(one => !needed.ContainsKey(one.Id))]);
        });

    // Who restores one of them at the same time keeps it, also where it was deleted once more.
    private Task<(long Removed, List<HeldFiles> Held, int LookedAt)> RemoveAsync(
        Kind kind,
        Asked asked,
        IReadOnlyList<Candidate> candidates
    ) =>
        database.WriteAsync(async transaction =>
        {
            // An import takes the lock of the log before it comes to a run that is here: neither may wait for the other.
            await transaction.LockAsync(TrackingImport.ImportLock);
            await ArtifactHolds.LockAsync(transaction);
            // Asked once more: what was registered since they were found needs its files.
            var needed = await holds.HeldAsync(transaction, [.. candidates.Select(kind.LoggedBy)]);
            var held = new List<HeldFiles>();
            var (removed, rows, lookedAt) = (0L, 0L, 0);
            foreach (var candidate in candidates.TakeWhile(_ => rows < RowsMax))
            {
                lookedAt++;
                if (needed.TryGetValue(candidate.Id, out var why))
                {
                    held.Add(new HeldFiles(candidate.Id, why));
                    continue;
                }

                if (await RemoveAsync(transaction, kind, asked, candidate) is { } removedRows)
                {
                    removed++;
                    rows += removedRows;
                }
            }

            // It comes last: nobody else appends anything before this transaction has ended.
            if (removed > 0)
            {
                var data =
                    kind.Record == RunRecord.KindName
                        ? new TrackingRemovedEvent(removed, 0, 0)
                        : new TrackingRemovedEvent(0, removed, 0);
                await log.AppendAsync(
                    transaction,
                    new NewEvent(TrackingRemovedEvent.Type, "", "tracking", asked.Actor, data)
                );
            }

            return (removed, held, lookedAt);
        });

    // How many rows of what it had logged went with it; null where somebody has restored it.
    private static async Task<long?> RemoveAsync(Transaction transaction, Kind kind, Asked asked, Candidate candidate)
    {
        var gone = await transaction.FirstAsync<RunInfo>(
            $"""
            delete from {kind.Table} where id = @Id and lifecycle = 'deleted' and {kind.DeletedAt} <= @Before
            returning {kind.Key}
            """,
            new { candidate.Id, asked.Before }
        );
        if (gone is null)
        {
            return null;
        }

        if (kind.Record == RunRecord.KindName)
        {
            await TextIndex.MoveRunAsync(transaction, gone.Key, to: null);
        }

        var rows = 0L;
        foreach (var (table, column, weight) in kind.Belongings)
        {
            object owner = column == "run_number" ? gone.Number : gone.Id;
            rows +=
                weight * await transaction.ExecuteAsync($"delete from {table} where {column} = @owner", new { owner });
        }

        await transaction.ExecuteAsync(
            "delete from tracking_import where kind = @Record and id = @Id",
            new { kind.Record, candidate.Id }
        );
        await transaction.ExecuteAsync(
            "insert into tracking_removed_files (address) values (@ArtifactUri) on conflict do nothing",
            new { candidate.ArtifactUri }
        );
        return rows;
    }

    private sealed record Asked(long Before, bool DryRun, Actor Actor);

    private sealed record Kind(
        string Table,
        string Key,
        string DeletedAt,
        string Record,
        IReadOnlyList<(string Table, string Column, int Weight)> Belongings
    )
    {
        public LoggedFiles LoggedBy(Candidate one) =>
            new(one.Id, one.ArtifactUri, (Record == RunRecord.KindName ? "runs:/" : "models:/") + one.Id);
    }

    private sealed record Candidate
    {
        public string Id { get; init; } = "";
        public string ArtifactUri { get; init; } = "";
    }
}

/// <summary>What was removed, or would be; and what stays because it is needed, or because its files could not be removed.</summary>
internal sealed record RemovalReport(
    DateTimeOffset Before,
    bool DryRun,
    long Runs,
    long Models,
    long Experiments,
    IReadOnlyList<HeldFiles> Held
);

/// <summary>A run, logged model or experiment that stays, or the place of files that do, and why.</summary>
internal sealed record HeldFiles(string Id, string Reason);
