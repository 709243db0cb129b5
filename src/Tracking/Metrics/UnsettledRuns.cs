using Rondo.Kernel.Db;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// The runs that log at present: what they have logged of late stands apart (<see cref="UnsettledPoints"/>), and a search is handed their latest values
/// (<see cref="UnsettledValue"/>). A run that has ended, or has logged nothing for a while, is settled: its points come to their curves, and its values
/// into the index by which a search finds them.
/// </summary>
internal sealed class UnsettledRuns(Database database, TimeProvider time) : Reconciler
{
    private const int RunsMax = 100;

    private static readonly TimeSpan s_settledAfter = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_settledAfterEnd = TimeSpan.FromSeconds(5);

    // Clocks of servers differ by less; one that was set back by more keeps no run here.
    private static readonly TimeSpan s_skew = TimeSpan.FromMinutes(1);

    public override string Name => "tracking.values";

    public override TimeSpan Interval => TimeSpan.FromSeconds(5);

    public override bool OnEveryServer => true;

    public override bool Concerns(string kind) => false;

    /// <summary>Settles all runs that have ended or were silent for a while.</summary>
    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        await SettleAsync(s_settledAfter, cancellation);
        return false;
    }

    /// <inheritdoc cref="ReconcileAsync"/>
    internal async Task SettleAsync(TimeSpan after, CancellationToken cancellation)
    {
        var failed = new List<(RunKey Run, Exception Why)>();
        var found = new List<DueRun>();
        do
        {
            found = [.. await DueAsync(after, found.LastOrDefault(), cancellation)];
            foreach (var run in found.Select(due => new RunKey(due.Number, due.Id, due.Experiment)))
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    await SettleAsync(run, cancellation);
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    // One that cannot be settled keeps no other one from it.
                    failed.Add((run, e));
                }
            }
        } while (found.Count == RunsMax);

        if (failed.Count > 0)
        {
            throw new InvalidOperationException(
                $"What {failed.Count} runs have logged could not be brought to its place, of run {failed[0].Run.Id} because: {failed[0].Why.Message}",
                failed[0].Why
            );
        }
    }

    // Each by itself: whoever logs waits for one run, and not for those beside it.
    private Task SettleAsync(RunKey run, CancellationToken cancellation) =>
        database.WriteAsync(
            async transaction =>
            {
                // All who log hold the run's row. One that is being logged to at this moment has its turn later.
                var (number, experiment) = await transaction.FirstAsync<(long, long)>(
                    $"select number, experiment from tracking_run where number = @Number {transaction.Dialect.SkipLocked}",
                    new { run.Number }
                );
                if (number != 0)
                {
                    await UnsettledPoints.SettleAsync(transaction, run with { Experiment = experiment });
                }
            },
            cancellation
        );

    private Task<IReadOnlyList<DueRun>> DueAsync(TimeSpan after, DueRun? last, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var afterEnd = after < s_settledAfterEnd ? after : s_settledAfterEnd;
        return database.ReadAsync(
            session =>
                session
                    .QueryAsync<DueRun>(
                        """
                        select r.number, r.id, r.experiment, u.logged_at
                        from tracking_unsettled u join tracking_run r on r.number = u.run_number
                        where (u.logged_at <= @before or u.logged_at > @ahead
                                or (u.logged_at <= @beforeEnd and r.status not in ('RUNNING', 'SCHEDULED')))
                            and (u.logged_at, u.run_number) > (@lastAt, @lastNumber)
                        order by u.logged_at, u.run_number limit @RunsMax
                        """,
                        new
                        {
                            before = (now - after).ToUnixTimeMilliseconds(),
                            beforeEnd = (now - afterEnd).ToUnixTimeMilliseconds(),
                            ahead = (now + s_skew).ToUnixTimeMilliseconds(),
                            lastAt = last?.LoggedAt ?? -1,
                            lastNumber = last?.Number ?? -1,
                            RunsMax,
                        }
                    )
                    .AsTask(),
            cancellation
        );
    }

    private sealed record DueRun
    {
        public long Number { get; init; }
        public string Id { get; init; } = "";
        public long Experiment { get; init; }
        public long LoggedAt { get; init; }
    }
}
