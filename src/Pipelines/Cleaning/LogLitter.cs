using Rondo.Kernel.Db;
using Rondo.Retention;

namespace Rondo.Pipelines.Cleaning;

/// <summary>What attempts of runs printed that have ended long ago.</summary>
internal sealed class LogLitter(Database database) : ILitter
{
    private const int RunsPerSweep = 20;

    public string Name => "logs";

    public bool Local => false;

    public async Task<Swept> SweepAsync(Sweep sweep, CancellationToken cancellation)
    {
        var limit = sweep.DryRun ? sweep.Limit : RunsPerSweep;
        var old = await database.ReadAsync(
            async session =>
                await session.QueryAsync<(string Id, long Bytes)>(
                    """
                    select old.id, (select coalesce(sum(length(l.lines)), 0) from pipelines_log l where l.run_id = old.id) as bytes
                    from (
                        select r.id from pipelines_run r
                        where r.finished_at < @before and exists (select 1 from pipelines_log l where l.run_id = r.id)
                        order by r.finished_at limit @limit
                    ) old
                    """,
                    new { before = (sweep.Now - sweep.Keep.Logs).ToUnixTimeMilliseconds(), limit }
                ),
            cancellation
        );
        if (old.Count > 0 && !sweep.DryRun)
        {
            await database.WriteAsync(
                async transaction =>
                    await transaction.ExecuteAsync(
                        "delete from pipelines_log where run_id in @ids",
                        new { ids = old.Select(run => run.Id) }
                    ),
                cancellation
            );
        }

        return new Swept(
            old.Count,
            old.Sum(run => run.Bytes),
            [.. old.Take(Swept.ExamplesMax).Select(run => run.Id)],
            old.Count == limit
        );
    }
}
