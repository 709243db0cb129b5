using System.Security.Cryptography;
using System.Text;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;

namespace Rondo.Kernel.Credentials;

/// <summary>Bearer tokens: 256 random bits each, shown once when made, kept as a digest only.</summary>
public sealed class CredentialStore(Database database, EventLog log, IdSource ids, TimeProvider time, GrantStore grants)
{
    private const string Prefix = "rondo_";
    private const string NoProject = "";
    private const int GrantsMax = 1000;

    /// <summary>
    /// Makes a credential with a role at a place, and returns its token, which cannot be read again. Without a role it may do nothing yet; as
    /// long as there is no admin, it is the admin's.
    /// </summary>
    public async Task<NewCredential> CreateAsync(string name, (Role Role, Place Place)? asked, Actor actor)
    {
        if (name.Length is 0 or > 64 || name.Any(char.IsControl))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "A credential's name has 1 to 64 printable characters."
            );
        }

        var token = Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        var id = ids.New("cred");
        var grant = await database.WriteAsync(async transaction =>
        {
            await GrantStore.LockAsync(transaction);
            // Decided each time that this is run: after a collision somebody else may be the admin.
            var wanted = asked;
            if (wanted is null && !await GrantStore.HasAdminAsync(transaction))
            {
                wanted = (Role.Parse(Role.AdminName), Place.Everything);
            }

            var made = await transaction.ExecuteAsync(
                """
                insert into kernel_credential (id, name, token_digest, created_at) values (@id, @name, @digest, @at)
                on conflict do nothing
                """,
                new
                {
                    id,
                    name,
                    digest = DigestOf(token),
                    at = time.GetUtcNow().ToUnixTimeMilliseconds(),
                }
            );
            if (made == 0)
            {
                throw new RondoException(ErrorCode.Conflict, $"There is a credential '{name}' already.");
            }

            await log.AppendAsync(transaction, new NewEvent("credential.created", NoProject, id, actor, new { name }));
            return wanted is { } given
                ? (await grants.GrantAsync(transaction, name, given.Role, given.Place, actor)).Grant
                : null;
        });
        return new NewCredential(name, token, grant);
    }

    /// <summary>Who the token belongs to and what they may do, in one query; null when it is unknown or revoked.</summary>
    public async Task<Caller?> FindAsync(string token)
    {
        var rows = await database.ReadAsync(async session =>
            await session.QueryAsync<CallerRow>(
                """
                select c.name, g.id as grant_id, g.role, g.kind, g.place
                from kernel_credential c left join kernel_grant g on g.user_name = c.name
                where c.token_digest = @digest and c.revoked_at is null limit @GrantsMax
                """,
                new { digest = DigestOf(token), GrantsMax }
            )
        );
        return rows.Count == 0
            ? null
            : new Caller(
                new Actor("user:" + rows[0].Name),
                [.. rows.Where(row => row.GrantId is not null).Select(row => row.ToGrant())]
            );
    }

    /// <summary>Takes a credential back; it is refused from now on.</summary>
    public Task RevokeAsync(string name, Actor actor) =>
        database.WriteAsync(async transaction =>
        {
            await GrantStore.LockAsync(transaction);
            var id = await transaction.ScalarAsync<string>(
                "update kernel_credential set revoked_at = @at where name = @name and revoked_at is null returning id",
                new { name, at = time.GetUtcNow().ToUnixTimeMilliseconds() }
            );
            if (id is null)
            {
                throw new RondoException(ErrorCode.NotFound, $"There is no credential '{name}' in force.");
            }

            await GrantStore.ForgetAsync(transaction, name);
            await log.AppendAsync(transaction, new NewEvent("credential.revoked", NoProject, id, actor, new { name }));
        });

    private static string DigestOf(string token) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    private sealed record CallerRow
    {
        public string Name { get; init; } = "";
        public string? GrantId { get; init; }
        public string Role { get; init; } = "";
        public string Kind { get; init; } = "";
        public string Place { get; init; } = "";

        public Grant ToGrant() => new(GrantId!, Name, Access.Role.Parse(Role), Access.Place.Of(Kind, Place));
    }
}

/// <summary>A credential that was just made: its token is told this once. Without a grant it may do nothing yet.</summary>
public sealed record NewCredential(string Name, string Token, Grant? Grant);
