using Microsoft.Extensions.Hosting;
using Rondo.Kernel.Db;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Text;

/// <summary>
/// Writes down the words of what an earlier version of Rondo has written, beside what the server does otherwise. Several servers share the work; what
/// one had not committed when it died is there for the next.
/// </summary>
internal sealed class TextBacklog(Database database, TimeProvider time) : BackgroundService
{
    private const int PerRoundMax = 100;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    /// <summary>How many experiments and runs are not found by their words yet; not counted further than a bound.</summary>
    public static async ValueTask<long> CountAsync(Session session, long max) =>
        await session.ScalarAsync<long>(
            "select count(*) from (select 1 as one from tracking_word_backlog limit @max) few",
            new { max }
        );

    /// <summary>Writes down some; whether there were any.</summary>
    public Task<bool> WorkAsync(CancellationToken cancellation) =>
        database.WriteAsync(
            async transaction =>
            {
                var items = await transaction.QueryAsync<(long Experiment, string Run)>(
                    $"""
                    select experiment, run from tracking_word_backlog order by experiment, run limit @PerRoundMax
                    {transaction.Dialect.SkipLocked}
                    """,
                    new { PerRoundMax }
                );
                foreach (var (experiment, run) in items)
                {
                    await TextIndex.AddAsync(transaction, await ItemAsync(transaction, experiment, run));
                    await transaction.ExecuteAsync(
                        "delete from tracking_word_backlog where experiment = @experiment and run = @run",
                        new { experiment, run }
                    );
                }

                return items.Count > 0;
            },
            cancellation
        );

    private static async ValueTask<RunKey> ItemAsync(Transaction transaction, long experiment, string run) =>
        run == TextIndex.NoRun
            ? TextIndex.OfExperiment(experiment)
            : new RunKey(
                await transaction.ScalarAsync<long>("select number from tracking_run where id = @run", new { run }),
                run,
                experiment
            );

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The server is not to wait for it.
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested && await TryAsync(stoppingToken))
        {
            await Task.Yield();
        }
    }

    // A database that is away for a while is no reason for the server to end: what was not written down is there when it is back.
    private async Task<bool> TryAsync(CancellationToken stopping)
    {
        try
        {
            return await WorkAsync(stopping);
        }
        catch (RondoException e) when (e.Code == ErrorCode.Unavailable)
        {
            await Task.Delay(s_pause, time, stopping);
            return true;
        }
    }
}
