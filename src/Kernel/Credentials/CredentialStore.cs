using System.Security.Cryptography;
using System.Text;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;

namespace Rondo.Kernel.Credentials;

/// <summary>Bearer tokens: 256 random bits each, shown once when made, kept as a digest only.</summary>
public sealed class CredentialStore(Database database, EventLog log, IdSource ids, TimeProvider time)
{
    private const string Prefix = "rondo_";
    private const string NoProject = "";

    /// <summary>Makes a credential and returns its token, which cannot be read again.</summary>
    public async Task<string> CreateAsync(string name, Actor actor)
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
        await database.WriteAsync(async transaction =>
        {
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
        });
        return token;
    }

    /// <summary>Who the token belongs to; null when it is unknown or revoked.</summary>
    public async Task<Actor?> FindAsync(string token)
    {
        var name = await database.ReadAsync(async session =>
            await session.ScalarAsync<string>(
                "select name from kernel_credential where token_digest = @digest and revoked_at is null",
                new { digest = DigestOf(token) }
            )
        );
        return name is null ? null : new Actor("user:" + name);
    }

    /// <summary>Takes a credential back; it is refused from now on.</summary>
    public Task RevokeAsync(string name, Actor actor) =>
        database.WriteAsync(async transaction =>
        {
            var id = await transaction.ScalarAsync<string>(
                "update kernel_credential set revoked_at = @at where name = @name and revoked_at is null returning id",
                new { name, at = time.GetUtcNow().ToUnixTimeMilliseconds() }
            );
            if (id is null)
            {
                throw new RondoException(ErrorCode.NotFound, $"There is no credential '{name}' in force.");
            }

            await log.AppendAsync(transaction, new NewEvent("credential.revoked", NoProject, id, actor, new { name }));
        });

    /// <summary>Whether any credential is in force.</summary>
    public Task<bool> AnyAsync() =>
        database.ReadAsync(async session =>
            await session.ScalarAsync<long>("select count(*) from kernel_credential where revoked_at is null") > 0
        );

    private static string DigestOf(string token) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
