using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;

namespace Rondo.Kernel.Access;

/// <summary>Who has which role where. Grants are few; each request reads those of its own user.</summary>
public sealed class GrantStore(Database database, EventLog log, IdSource ids, TimeProvider time)
{
    private const string Lock = "kernel.access";
    private const int GrantsMax = 10_000;
    private const int OfUserMax = 1000;
    private const string Columns = "id, user_name, role, kind, place, granted_at, granted_by";

    /// <summary>Grants a role; granted already, nothing changes.</summary>
    public Task<GivenGrant> GrantAsync(string user, Role role, Place place, Actor actor) =>
        database.WriteAsync(async transaction =>
        {
            await LockAsync(transaction);
            await RequireUserAsync(transaction, user);
            return await GrantAsync(transaction, user, role, place, actor);
        });

    /// <summary>Takes a role back. The last admin of everything stays.</summary>
    public Task RevokeAsync(string user, Role role, Place place, Actor actor) =>
        database.WriteAsync(async transaction =>
        {
            await LockAsync(transaction);
            var id = await transaction.ScalarAsync<string>(
                """
                delete from kernel_grant where user_name = @user and role = @role and kind = @Kind and place = @Name
                returning id
                """,
                new
                {
                    user,
                    role = role.Name,
                    place.Kind,
                    place.Name,
                }
            );
            if (id is null)
            {
                throw new RondoException(
                    ErrorCode.NotFound,
                    $"'{user}' does not have the role {role.Name} on {place}.",
                    $"See what was granted, and where: rondo access list --user {user}."
                );
            }

            if (IsAdminOfAll(role.Name, place))
            {
                await RequireAdminAsync(transaction, user);
            }

            await AppendAsync(transaction, "access.revoked", new Grant(id, user, role, place), actor);
        });

    /// <summary>All grants by user, or those of one.</summary>
    public Task<IReadOnlyList<GivenGrant>> ListAsync(string? user = null) =>
        database.ReadAsync<IReadOnlyList<GivenGrant>>(async session =>
            [
                .. (
                    await session.QueryAsync<GrantRow>(
                        $"""
                        select {Columns} from kernel_grant {(user is null ? "" : "where user_name = @user")}
                        order by user_name, kind, place, role limit @GrantsMax
                        """,
                        new { user, GrantsMax }
                    )
                ).Select(row => row.ToGiven()),
            ]
        );

    /// <summary>The users whose credentials are in force, by name.</summary>
    public Task<IReadOnlyList<string>> UsersAsync() =>
        database.ReadAsync(async session =>
            await session.QueryAsync<string>(
                "select name from kernel_credential where revoked_at is null order by name limit @GrantsMax",
                new { GrantsMax }
            )
        );

    /// <summary>Somebody with what they were granted; an error where there is no such credential in force.</summary>
    public Task<Caller> CallerAsync(string user) =>
        database.ReadAsync(async session =>
        {
            await RequireUserAsync(session, user);
            var rows = await session.QueryAsync<GrantRow>(
                $"select {Columns} from kernel_grant where user_name = @user limit @OfUserMax",
                new { user, OfUserMax }
            );
            return new Caller(new Actor("user:" + user), [.. rows.Select(row => row.ToGiven().Grant)]);
        });

    /// <summary>Whether anybody may do everything, so that a server which others reach can be ruled.</summary>
    public Task<bool> HasAdminAsync() => database.ReadAsync(session => HasAdminAsync(session).AsTask());

    internal static ValueTask LockAsync(Transaction transaction) => transaction.LockAsync(Lock);

    internal static async ValueTask<bool> HasAdminAsync(Session session) =>
        await session.ScalarAsync<long>(
            """
            select count(*) from kernel_grant g join kernel_credential c on c.name = g.user_name
            where g.role = 'admin' and g.kind = 'everything' and c.revoked_at is null
            """
        ) > 0;

    internal async ValueTask<GivenGrant> GrantAsync(
        Transaction transaction,
        string user,
        Role role,
        Place place,
        Actor actor
    )
    {
        var id = ids.New("grant");
        var made = await transaction.ExecuteAsync(
            $"""
            insert into kernel_grant ({Columns}) values (@id, @user, @role, @Kind, @Name, @at, @by) on conflict do nothing
            """,
            new
            {
                id,
                user,
                role = role.Name,
                place.Kind,
                place.Name,
                at = time.GetUtcNow().ToUnixTimeMilliseconds(),
                by = actor.Name,
            }
        );
        var row = await transaction.FirstAsync<GrantRow>(
            $"""
            select {Columns} from kernel_grant where user_name = @user and role = @role and kind = @Kind and place = @Name
            """,
            new
            {
                user,
                role = role.Name,
                place.Kind,
                place.Name,
            }
        );
        var given = row!.ToGiven();
        if (made > 0)
        {
            await AppendAsync(transaction, "access.granted", given.Grant, actor);
        }

        return given;
    }

    /// <summary>Takes back all that a user had whose credential is revoked in the same transaction.</summary>
    internal static async ValueTask ForgetAsync(Transaction transaction, string user)
    {
        var wasAdmin = await transaction.ExecuteAsync(
            "delete from kernel_grant where user_name = @user and role = 'admin' and kind = 'everything'",
            new { user }
        );
        if (wasAdmin > 0)
        {
            await RequireAdminAsync(transaction, user);
        }

        await transaction.ExecuteAsync("delete from kernel_grant where user_name = @user", new { user });
    }

    private static bool IsAdminOfAll(string role, Place place) =>
        role == Role.AdminName && place.Kind == Place.Kinds.Everything;

    private static async ValueTask RequireAdminAsync(Session session, string user)
    {
        if (!await HasAdminAsync(session))
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"'{user}' is the last admin: without one nobody could let anybody in.",
                "Make another one first: rondo credentials create NAME --role admin, or rondo access grant NAME admin."
            );
        }
    }

    private static async ValueTask RequireUserAsync(Session session, string user)
    {
        if (
            await session.ScalarAsync<long>(
                "select count(*) from kernel_credential where name = @user and revoked_at is null",
                new { user }
            ) == 0
        )
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"There is no credential '{user}' in force.",
                $"Make one: rondo credentials create {user}."
            );
        }
    }

    private async ValueTask AppendAsync(Transaction transaction, string type, Grant grant, Actor actor)
    {
        var project = grant.Place.Kind == Place.Kinds.Project ? grant.Place.Name : "";
        var data = new
        {
            grant.User,
            Role = grant.Role.Name,
            grant.Place.Kind,
            Place = grant.Place.Label,
        };
        await log.AppendAsync(transaction, new NewEvent(type, project, grant.Id, actor, data));
    }

    private sealed record GrantRow
    {
        public string Id { get; init; } = "";
        public string UserName { get; init; } = "";
        public string Role { get; init; } = "";
        public string Kind { get; init; } = "";
        public string Place { get; init; } = "";
        public long GrantedAt { get; init; }
        public string GrantedBy { get; init; } = "";

        public GivenGrant ToGiven() =>
            new(
                new Grant(Id, UserName, Access.Role.Parse(Role), Access.Place.Of(Kind, Place)),
                DateTimeOffset.FromUnixTimeMilliseconds(GrantedAt),
                GrantedBy
            );
    }
}
