using Rondo.Kernel.Db;
using Rondo.Retention;

namespace Rondo.Delivery.Cleaning;

/// <summary>Packages and manifests of what is released, of what was released last before, of what is on its way, and of builds that are not old.</summary>
internal sealed class PackageReferences(Database database, RetentionOptions options, TimeProvider time)
    : IBlobReferences
{
    /// <summary>How many releases of an environment are kept, the present one among them.</summary>
    private const int ReleasesKept = 10;

    private volatile IReadOnlySet<string> _needed = new HashSet<string>(StringComparer.Ordinal);

    // What is built or released while a pass goes on was put, or was needed, when it began.
    public async Task PrepareAsync(CancellationToken cancellation) =>
        _needed = await database.ReadAsync(
            async session =>
            {
                var rows = await session.QueryAsync<string>(
                    """
                    select package_digest from delivery_build where finished_at is null or finished_at > @kept
                    union select manifest_digest from delivery_build where finished_at is null or finished_at > @kept
                    union select package_digest from delivery_release r where state in ('pending', 'rehearsing') or finished_at > @kept
                    union select manifest_digest from delivery_release r where state in ('pending', 'rehearsing') or finished_at > @kept
                    union select package_digest from (
                        select package_digest, row_number() over (partition by project, environment order by id desc) as place
                        from delivery_release where state = 'released'
                    ) newest where place <= @releases
                    union select manifest_digest from (
                        select manifest_digest, row_number() over (partition by project, environment order by id desc) as place
                        from delivery_release where state = 'released'
                    ) newest where place <= @releases
                    """,
                    new
                    {
                        kept = (time.GetUtcNow() - options.Packages).ToUnixTimeMilliseconds(),
                        releases = ReleasesKept,
                    }
                );
                return rows.Where(digest => digest is not null).ToHashSet(StringComparer.Ordinal);
            },
            cancellation
        );

    public ValueTask<IReadOnlyCollection<string>> NeededAsync(Session session, IReadOnlyList<string> digests) =>
        ValueTask.FromResult<IReadOnlyCollection<string>>([.. digests.Where(_needed.Contains)]);
}
