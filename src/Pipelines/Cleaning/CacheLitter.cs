using Rondo.Kernel.Db;
using Rondo.Retention;

namespace Rondo.Pipelines.Cleaning;

/// <summary>Results of steps that are too old to be used again.</summary>
internal sealed class CacheLitter(Database database) : ILitter
{
    public string Name => "cache";

    public bool Local => false;

    public async Task<Swept> SweepAsync(Sweep sweep, CancellationToken cancellation)
    {
        var arguments = new { before = (sweep.Now - sweep.Keep.Cache).ToUnixTimeMilliseconds(), limit = sweep.Limit };
        const string old = "from pipelines_cache where created_at < @before limit @limit";
        var found = await database.ReadAsync(
            async session => await session.QueryAsync<string>($"select scope {old}", arguments),
            cancellation
        );
        var gone = (long)found.Count;
        if (gone > 0 && !sweep.DryRun)
        {
            gone = await database.WriteAsync(
                async transaction =>
                    await transaction.ExecuteAsync(
                        $"delete from pipelines_cache where (scope, cache_key) in (select scope, cache_key {old})",
                        arguments
                    ),
                cancellation
            );
        }

        var examples = found.Distinct(StringComparer.Ordinal).Take(Swept.ExamplesMax);
        return new Swept(gone, 0, [.. examples], found.Count == sweep.Limit);
    }
}
