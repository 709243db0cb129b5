using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Orchestration;

/// <summary>Finds the nodes whose turn it is: the most urgent first, then the oldest; none whose pool has no slot left.</summary>
internal sealed class ReadySteps(Database database, EventLog log, TimeProvider time) : IDisposable
{
    // The word of another server may be lost, so that the pools are looked at now and then without one.
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(5);

    private readonly EventListener _pools = log.Listen(kind => kind == PipelineCatalog.PoolsChanged);
    private long _lookedAt;
    private bool _hasPools = true;

    private const int PoolsMax = 10_000;

    public Task<IReadOnlyList<(ReadyStep Step, RunInfo Run)>> ReadAsync(int limit) =>
        database.ReadAsync<IReadOnlyList<(ReadyStep, RunInfo)>>(async session =>
        {
            var full = await HasPoolsAsync(session) ? await FullPoolsAsync(session) : [];
            var steps =
                full.Count == 0
                    ? await StepsAsync(session, "", full, limit)
                    : await StepsAsync(
                        session,
                        "and not (kind = 'step' and (project || '/' || pool in @full or project || '/*' in @full))",
                        full,
                        limit
                    );
            var runs = await RunsAsync(session, steps.Select(step => step.RunId).Distinct(StringComparer.Ordinal));
            return [.. steps.Select(step => (step, runs[step.RunId]))];
        });

    private async Task<IReadOnlyList<ReadyStep>> StepsAsync(
        Session session,
        string condition,
        IReadOnlyList<string> full,
        int limit
    )
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return await session.QueryAsync<ReadyStep>(
            $"""
            select {ReadyStep.Columns} from pipelines_step
            where state = 'ready' and not_before <= @now {condition}
            order by rank, not_before, run_id, position limit @limit
            """,
            new
            {
                now,
                full,
                limit,
            }
        );
    }

    public void Dispose() => _pools.Dispose();

    // Most servers have none. A claim asks for itself: what is not known here yet is only tried in vain.
    private async ValueTask<bool> HasPoolsAsync(Session session)
    {
        if (_lookedAt == 0 || _pools.Heard || time.GetElapsedTime(_lookedAt) > s_look)
        {
            _pools.Forget();
            _hasPools = await session.ScalarAsync<long>("select count(*) from pipelines_pool") > 0;
            _lookedAt = time.GetTimestamp();
        }

        return _hasPools;
    }

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

    private static async ValueTask<IReadOnlyDictionary<string, RunInfo>> RunsAsync(
        Session session,
        IEnumerable<string> ids
    ) =>
        (
            await session.QueryAsync<RunInfo>(
                $"select {RunInfo.Columns} from pipelines_run r where {session.Dialect.IsAmong("r.id", "@ids")}",
                new { ids = JsonSerializer.Serialize(ids) }
            )
        ).ToDictionary(run => run.Id, StringComparer.Ordinal);
}
