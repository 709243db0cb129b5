using Rondo.Kernel.Db;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// The runs that log at present: what they have logged of late stands apart (<see cref="UnsettledPoints"/>), and a search is handed their latest values
/// (<see cref="UnsettledValue"/>). A run that has ended, or is here for a while, is settled: its points come to their curves, and its values into the
/// index by which a search finds them.
/// </summary>
internal sealed class UnsettledRuns(Database database, TimeProvider time) : Reconciler
{
    private const int RunsMax = 100;

    // Whoever logs on the embedded database waits for a transaction of so many rows, and of those of one run.
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

    /// <summary>Settles runs that have ended or are here for a while, as many as one transaction may; whether there may be more.</summary>
    public override Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation) =>
        SettleAsync(s_settledAfter, cancellation);

    /// <inheritdoc cref="ReconcileAsync"/>
    internal async Task<bool> SettleAsync(TimeSpan after, CancellationToken cancellation)
    {
        // Most often there are none, and nobody is to wait for a transaction that finds that out.
        var now = time.GetUtcNow();
        var due = new Due(
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
        foreach (var run in runs.TakeWhile(_ => rows < RowsMax))
        {
            rows += await UnsettledPoints.SettleAsync(transaction, run);
        }

        return runs.Count > 0;
    }

    // The run's own row is held, as by all who log: whoever holds that of what is not settled holds it, too.
    private static async ValueTask<IReadOnlyList<RunKey>> DueAsync(Session session, Due due, string lockWords = "") =>
        [
            .. (
                await session.QueryAsync<(long Number, string Id, long Experiment)>(
                    $"""
                    select o.number, o.id, o.experiment from tracking_run o where o.number in (
                        select u.run_number from tracking_unsettled u join tracking_run r on r.number = u.run_number
                        where u.since <= @Before or u.since > @Ahead
                            or (u.since <= @BeforeEnd and r.status not in ('RUNNING', 'SCHEDULED'))
                        order by u.run_number limit @RunsMax)
                    order by o.number {lockWords}
                    """,
                    new
                    {
                        due.Before,
                        due.BeforeEnd,
                        due.Ahead,
                        RunsMax,
                    }
                )
            ).Select(run => new RunKey(run.Number, run.Id, run.Experiment)),
        ];

    private sealed record Due(long Before, long BeforeEnd, long Ahead, long Busy);
}
