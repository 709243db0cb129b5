using Rondo.Kernel.Db;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Orchestration;

/// <summary>Finds the nodes whose turn it is: the most urgent first, then the oldest; none whose pool has no slot left.</summary>
internal sealed class ReadySteps(Database database, TimeProvider time)
{
    private const int PoolsMax = 10_000;

    public Task<IReadOnlyList<(ReadyStep Step, RunInfo Run)>> ReadAsync(int limit) =>
        database.ReadAsync<IReadOnlyList<(ReadyStep, RunInfo)>>(async session =>
        {
            var full = await FullPoolsAsync(session);
            var steps = await session.QueryAsync<ReadyStep>(
                $"""
                select {ReadyStep.Columns} from pipelines_step
                where state = 'ready' and not_before <= @now
                    {(
                    full.Count == 0
                        ? ""
                        : "and not (kind = 'step' and (project || '/' || pool in @full or project || '/*' in @full))"
                )}
                order by rank, not_before, run_id, position limit @limit
                """,
                new
                {
                    now = time.GetUtcNow().ToUnixTimeMilliseconds(),
                    full,
                    limit,
                }
            );
            if (steps.Count == 0)
            {
                return [];
            }

            var runs = (
                await session.QueryAsync<RunInfo>(
                    $"select {RunInfo.Columns} from pipelines_run r where r.id in @ids",
                    new { ids = steps.Select(step => step.RunId).Distinct(StringComparer.Ordinal) }
                )
            ).ToDictionary(run => run.Id, StringComparer.Ordinal);
            return [.. steps.Select(step => (step, runs[step.RunId]))];
        });

    private static async Task<IReadOnlyList<string>> FullPoolsAsync(Session session) =>
        await session.QueryAsync<string>(
            """
            select q.project || '/' || q.name from pipelines_pool q where q.slots <= (
                select count(*) from pipelines_step p
                where p.project = q.project and p.state = 'running' and p.owner is not null and (p.pool = q.name or q.name = '*')
            ) limit @PoolsMax
            """,
            new { PoolsMax }
        );
}
