using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel.Db;
using Rondo.Lineage;
using Rondo.Retention;

namespace Rondo.Pipelines.Cleaning;

/// <summary>
/// What runs need: those that have not ended, everything; those that are kept, what their steps made; the cache, what it promises. What was
/// deleted by name is needed by the first only.
/// </summary>
internal sealed class RunReferences(RetentionOptions options, TimeProvider time) : IBlobReferences
{
    private const int QueuedMax = 10_000;

    private const string UnderWaySql = """
        select o.digest from pipelines_output o join pipelines_run r on r.id = o.run_id
        where o.digest in @digests and r.finished_at is null
        union select package from pipelines_run where package in @digests and finished_at is null
        union select package from pipelines_pipeline where package in @digests
        """;

    // A run is kept for a time after its end, and for as long as its pipeline has not succeeded since.
    private const string KeptSql = """
        select o.digest from pipelines_output o join pipelines_run r on r.id = o.run_id
        where o.digest in @digests and (r.finished_at > @kept or not exists (
            select 1 from pipelines_run n
            where n.project = r.project and n.pipeline = r.pipeline and n.environment = r.environment
                and n.state = 'succeeded' and n.id > r.id
        ))
        union select package from pipelines_run where package in @digests and finished_at > @kept
        union select o.digest
        from pipelines_output o
        join pipelines_step s on s.run_id = o.run_id and s.node_id = o.node_id
        join pipelines_cache c on c.scope = s.project || '/' || s.step
            and c.cache_key = substr(s.cache_key, length(s.project) + length(s.step) + 3)
        where o.digest in @digests and c.created_at > @cached
        """;

    public async ValueTask<IReadOnlyCollection<string>> NeededAsync(Session session, IReadOnlyList<string> digests)
    {
        var now = time.GetUtcNow();
        var arguments = new
        {
            digests,
            kept = (now - options.Runs).ToUnixTimeMilliseconds(),
            cached = (now - options.Cache).ToUnixTimeMilliseconds(),
        };
        var needed = (await session.QueryAsync<string>(UnderWaySql, arguments)).ToHashSet(StringComparer.Ordinal);
        needed.UnionWith(await QueuedAsync(session));
        var kept = await session.QueryAsync<string>(KeptSql, arguments);
        var deleted = kept.Count == 0 ? [] : await LineageStore.DeletedAsync(session, kept);
        needed.UnionWith(kept.Except(deleted, StringComparer.Ordinal));
        return needed;
    }

    public async ValueTask ReleaseAsync(Transaction transaction, IReadOnlyList<string> digests) =>
        await transaction.ExecuteAsync(
            """
            delete from pipelines_cache where (scope, cache_key) in (
                select s.project || '/' || s.step, substr(s.cache_key, length(s.project) + length(s.step) + 3)
                from pipelines_output o join pipelines_step s on s.run_id = o.run_id and s.node_id = o.node_id
                where o.digest in @digests and s.cache_key is not null
            )
            """,
            new { digests }
        );

    // Their sources are not outputs of nodes yet: no node is made before they begin.
    private static async ValueTask<IEnumerable<string>> QueuedAsync(Session session)
    {
        var queued = await session.QueryAsync<string>(
            "select sources from pipelines_run where state = 'queued' limit @QueuedMax",
            new { QueuedMax }
        );
        return queued.SelectMany(sources =>
            JsonSerializer
                .Deserialize<Dictionary<string, RunSource>>(sources, RondoJson.Options)!
                .Values.Select(source => source.Artifact.Digest)
        );
    }
}
