using Rondo.Kernel.Db;

namespace Rondo.Kernel.Leases;

/// <summary>Leases in the database: any number of servers may ask, one holds.</summary>
public sealed class LeaseStore(Database database, TimeProvider time)
{
    /// <summary>Takes or renews the lease; null when another holder's has not run out.</summary>
    public Task<Lease?> TryAcquireAsync(string name, string holder, TimeSpan duration) =>
        database.WriteAsync(async transaction =>
        {
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            var expiresAt = now + (long)duration.TotalMilliseconds;
            var fence = await transaction.ScalarAsync<long?>(
                """
                insert into kernel_lease (name, holder, fence, expires_at) values (@name, @holder, 1, @expiresAt)
                on conflict (name) do update set
                    fence = case when kernel_lease.holder = excluded.holder then kernel_lease.fence else kernel_lease.fence + 1 end,
                    holder = excluded.holder,
                    expires_at = excluded.expires_at
                where kernel_lease.holder = excluded.holder or kernel_lease.expires_at <= @now
                returning fence
                """,
                new
                {
                    name,
                    holder,
                    expiresAt,
                    now,
                }
            );
            return fence is null
                ? null
                : new Lease(name, holder, fence.Value, DateTimeOffset.FromUnixTimeMilliseconds(expiresAt));
        });

    /// <summary>Gives the lease back, so that the next holder need not wait.</summary>
    public Task ReleaseAsync(Lease lease) =>
        database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync(
                "update kernel_lease set expires_at = 0 where name = @Name and holder = @Holder and fence = @Fence",
                lease
            )
        );

    /// <summary>
    /// When a server starts on the embedded database, which serves one server only: whoever holds a lease is dead, and nobody need
    /// wait until it runs out. On a shared database it does nothing.
    /// </summary>
    public Task EndThoseOfDeadServersAsync() =>
        database.WriteAsync(async transaction =>
        {
            if (transaction.Dialect == Dialect.Sqlite)
            {
                await transaction.ExecuteAsync("update kernel_lease set expires_at = 0");
            }
        });

    /// <summary>Which leases of these names somebody holds.</summary>
    public async Task<IReadOnlyList<string>> HeldAsync(IReadOnlyCollection<string> names) =>
        names.Count == 0
            ? []
            : await database.ReadAsync(async session =>
                await session.QueryAsync<string>(
                    "select name from kernel_lease where name in @names and expires_at > @now",
                    new { names, now = time.GetUtcNow().ToUnixTimeMilliseconds() }
                )
            );

    /// <summary>Removes leases whose names begin so and which ran out before a time: nobody will ask for them again.</summary>
    internal Task ForgetAsync(string prefix, DateTimeOffset before) =>
        database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync(
                "delete from kernel_lease where name like @like and expires_at < @before",
                new { like = prefix + "%", before = before.ToUnixTimeMilliseconds() }
            )
        );

    /// <summary>Whether the lease is still the one in force, and stays so until the transaction that asks has ended.</summary>
    public static async ValueTask<bool> HoldsAsync(Transaction transaction, Lease lease) =>
        await transaction.ScalarAsync<long?>(
            $"""
            select fence from kernel_lease where name = @Name and holder = @Holder and fence = @Fence
            {transaction.Dialect.ForShare}
            """,
            lease
        )
            is not null;
}
