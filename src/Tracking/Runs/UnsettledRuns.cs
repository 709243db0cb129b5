using Rondo.Kernel.Db;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Tracking.Runs;

/// <summary>
/// The runs that log at present. Their latest values do not stand in the index of values, for each point would move them there; a search in the
/// order of a metric looks at them one by one (<see cref="RunsByMetric"/>). A run that has ended, or is here for a while, is settled: its values come into
/// the index, and the next point takes them out.
/// </summary>
internal sealed class UnsettledRuns(Database database, TimeProvider time) : Reconciler
{
    private const int RunsMax = 100;

    // Whoever logs on the embedded database waits for a transaction of so many rows.
    private const int RowsMax = 1000;

    private static readonly TimeSpan s_settledAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_settledAfterEnd = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_waitsAfter = TimeSpan.FromMinutes(5);

    // Clocks of servers differ by less; one that was set back by more keeps no run here.
    private static readonly TimeSpan s_skew = TimeSpan.FromMinutes(1);

    public override string Name => "tracking.values";

    public override TimeSpan Interval => TimeSpan.FromSeconds(5);

    public override bool OnEveryServer => true;

    public override bool Concerns(string kind) => false;

    /// <summary>
    /// That a run logs. The caller holds its row (<see cref="RunStore.RequireActiveKeyAsync"/>), and writes down its points in the same transaction: nobody
    /// settles it in between.
    /// </summary>
    public static async ValueTask AddAsync(Transaction transaction, RunKey run, TimeProvider time) =>
        await transaction.ExecuteAsync(
            """
            insert into tracking_unsettled_run (run_number, experiment, since) values (@Number, @Experiment, @now)
            on conflict do nothing
            """,
            new
            {
                run.Number,
                run.Experiment,
                now = time.GetUtcNow().ToUnixTimeMilliseconds(),
            }
        );

    /// <summary>Settles runs that have ended or are here for a while, as many as one transaction may; whether there may be more.</summary>
    public override Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation) =>
        SettleAsync(s_settledAfter, cancellation);

    /// <inheritdoc cref="ReconcileAsync"/>
    internal async Task<bool> SettleAsync(TimeSpan after, CancellationToken cancellation)
    {
        // Most often there are none, and nobody is to wait for a transaction that finds that out.
        var now = time.GetUtcNow();
        var due = new Due(
            now.ToUnixTimeMilliseconds(),
            (now - after).ToUnixTimeMilliseconds(),
            (now - (after < s_settledAfterEnd ? after : s_settledAfterEnd)).ToUnixTimeMilliseconds(),
            (now + s_skew).ToUnixTimeMilliseconds(),
            (now - s_waitsAfter).ToUnixTimeMilliseconds()
        );
        return (await database.ReadAsync(async session => await DueAsync(session, due), cancellation)).Count > 0
            && await database.WriteAsync(transaction => SettleAsync(transaction, due), cancellation);
    }

    private static async Task<bool> SettleAsync(Transaction transaction, Due due)
    {
        // One that is being logged to at this moment has its turn later; for one that is always, this waits in the end.
        var runs = await DueAsync(transaction, due, transaction.Dialect.SkipLocked);
        if (runs.Count == 0)
        {
            var busy = due with { Before = due.Busy, BeforeEnd = due.Busy };
            runs = await DueAsync(transaction, busy, transaction.Dialect.ForUpdate);
        }

        var rows = 0;
        foreach (var run in runs)
        {
            var settled = await transaction.ExecuteAsync(
                """
                update tracking_metric_latest set settled = 1 where run_number = @run and settled = 0 and key in (
                    select key from tracking_metric_latest where run_number = @run and settled = 0 order by key limit @RowsMax)
                """,
                new { run, RowsMax }
            );
            rows += settled;
            // The rest of a large run has its turn later: one that goes on logging would never be done.
            await transaction.ExecuteAsync(
                settled < RowsMax
                    ? "delete from tracking_unsettled_run where run_number = @run"
                    : "update tracking_unsettled_run set since = @Now where run_number = @run",
                new { run, due.Now }
            );
            if (rows >= RowsMax)
            {
                break;
            }
        }

        // An earlier server that has removed a run does not know of this table.
        await transaction.ExecuteAsync(
            """
            delete from tracking_unsettled_run where since <= @Before
                and not exists (select 1 from tracking_run r where r.number = tracking_unsettled_run.run_number)
            """,
            new { due.Before }
        );
        return runs.Count > 0;
    }

    private static ValueTask<IReadOnlyList<long>> DueAsync(Session session, Due due, string lockWords = "") =>
        session.QueryAsync<long>(
            $"""
            select u.run_number from tracking_unsettled_run u join tracking_run r on r.number = u.run_number
            where u.since <= @Before or u.since > @Ahead or (u.since <= @BeforeEnd and r.status not in ('RUNNING', 'SCHEDULED'))
            order by u.run_number limit @RunsMax
            {lockWords}
            """,
            new
            {
                due.Before,
                due.BeforeEnd,
                due.Ahead,
                RunsMax,
            }
        );

    private sealed record Due(long Now, long Before, long BeforeEnd, long Ahead, long Busy);
}
