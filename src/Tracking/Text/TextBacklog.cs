using Microsoft.Extensions.Hosting;
using Rondo.Kernel.Db;

namespace Rondo.Tracking.Text;

/// <summary>
/// Writes down the words of what an earlier version of Rondo has written, beside what the server does otherwise. Several servers share the work; what
/// one had not committed when it died is there for the next.
/// </summary>
internal sealed class TextBacklog(Database database) : BackgroundService
{
    private const int PerRoundMax = 100;

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
                    await TextIndex.AddAsync(transaction, experiment, run);
                    await transaction.ExecuteAsync(
                        "delete from tracking_word_backlog where experiment = @experiment and run = @run",
                        new { experiment, run }
                    );
                }

                return items.Count > 0;
            },
            cancellation
        );

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The server is not to wait for it.
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested && await WorkAsync(stoppingToken))
        {
            await Task.Yield();
        }
    }
}
