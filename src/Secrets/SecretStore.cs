using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Projects;
using Rondo.Secrets.Keys;

namespace Rondo.Secrets;

/// <summary>The secrets of projects.</summary>
public sealed class SecretStore
{
    private const int SecretsMax = 1000;
    private const string Everywhere = "";

    private readonly Database _database;
    private readonly SecretKeys _keys;
    private readonly ProjectStore _projects;
    private readonly EventLog _log;
    private readonly TimeProvider _time;

    internal SecretStore(Database database, SecretKeys keys, ProjectStore projects, EventLog log, TimeProvider time)
    {
        _database = database;
        _keys = keys;
        _projects = projects;
        _log = log;
        _time = time;
    }

    /// <summary>Gives a secret a value: a new version, unless it has this value already.</summary>
    public async Task<SecretSet> SetAsync(SecretPlace place, string value, Actor actor)
    {
        SecretRules.Require(place);
        SecretRules.RequireValue(value);
        await _projects.RequireAsync(place.Project);
        var key = _keys.GetOrMake();
        return await _database.WriteAsync(async transaction =>
        {
            await transaction.LockAsync($"secrets.{place.Project}.{place.Name}");
            var rows = await RowsAsync(transaction, place);
            var newest = rows.Count > 0 ? rows[0] : null;
            if (
                newest?.Sealed is { } sealedValue
                && newest.KeyId == key.Id
                && key.Open(sealedValue, Place(place, newest.Version)) == value
            )
            {
                return new SecretSet(place.Name, place.Environment, newest.Version, Changed: false);
            }

            var version = (newest?.Version ?? 0) + 1;
            await WriteAsync(transaction, place, new(version, key.Id, key.Seal(value, Place(place, version))), actor);
            await _log.AppendAsync(
                transaction,
                new NewEvent(
                    SecretSetEvent.Type,
                    place.Project,
                    $"{place.Project}/{place.Name}",
                    actor,
                    new SecretSetEvent(place.Name, place.Environment, version)
                )
            );
            return new SecretSet(place.Name, place.Environment, version, Changed: true);
        });
    }

    /// <summary>The secrets of a project, without their values.</summary>
    public async Task<IReadOnlyList<Secret>> ListAsync(string project)
    {
        await _projects.RequireAsync(project);
        var rows = await _database.ReadAsync(async session =>
            await session.QueryAsync<Row>(
                """
                select name, environment, version, key_id, null as sealed, created_at, created_by from secrets_version
                where project = @project and deleted_at is null order by name, environment, version desc limit @limit
                """,
                new { project, limit = SecretsMax }
            )
        );
        return
        [
            .. rows.GroupBy(row => (row.Name, row.Environment))
                .Select(secret => new Secret(
                    secret.Key.Name,
                    secret.Key.Environment == Everywhere ? null : secret.Key.Environment,
                    [.. secret.Select(row => row.ToVersion())]
                )),
        ];
    }

    /// <summary>Forgets a secret and its values. Its version numbers are not used again.</summary>
    public Task DeleteAsync(SecretPlace place, Actor actor)
    {
        SecretRules.Require(place);
        return _database.WriteAsync(async transaction =>
        {
            var deleted = await transaction.ExecuteAsync(
                """
                update secrets_version set sealed = null, deleted_at = @at
                where project = @Project and name = @Name and environment = @environment and deleted_at is null
                """,
                new
                {
                    place.Project,
                    place.Name,
                    environment = place.Environment ?? Everywhere,
                    at = _time.GetUtcNow().ToUnixTimeMilliseconds(),
                }
            );
            if (deleted == 0)
            {
                throw new RondoException(
                    ErrorCode.NotFound,
                    $"Project '{place.Project}' has no secret '{place.Name}'{In(place.Environment)}."
                );
            }

            await _log.AppendAsync(
                transaction,
                new NewEvent(
                    SecretDeletedEvent.Type,
                    place.Project,
                    $"{place.Project}/{place.Name}",
                    actor,
                    new SecretDeletedEvent(place.Name, place.Environment)
                )
            );
        });
    }

    /// <summary>Which version of each secret an attempt gets now: that of the environment, or else that of all.</summary>
    /// <exception cref="RondoException">One of them does not exist.</exception>
    public async Task<IReadOnlyDictionary<string, SecretUse>> ResolveAsync(
        string project,
        string environment,
        IReadOnlyCollection<string> names
    )
    {
        if (names.Count == 0)
        {
            return new Dictionary<string, SecretUse>(StringComparer.Ordinal);
        }

        var rows = await _database.ReadAsync(async session =>
            await session.QueryAsync<Row>(
                """
                select name, environment, max(version) as version from secrets_version
                where project = @project and environment in (@environment, '') and name in @names and deleted_at is null
                group by name, environment order by environment desc
                """,
                new
                {
                    project,
                    environment,
                    names,
                }
            )
        );
        var missing = names.Except(rows.Select(row => row.Name), StringComparer.Ordinal).Order(StringComparer.Ordinal);
        if (missing.FirstOrDefault() is { } first)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Project '{project}' has no secret '{first}'{In(environment)}.",
                $"Set it: rondo secrets set {first} --project {project}."
            );
        }

        // The environment's own stands before the one of all.
        return rows.GroupBy(row => row.Name, StringComparer.Ordinal)
            .Select(group => group.First().ToUse())
            .ToDictionary(use => use.Name, StringComparer.Ordinal);
    }

    /// <summary>The values of versions that were resolved. They are for an attempt's process, and nothing else.</summary>
    /// <exception cref="RondoException">One of them has been deleted or superseded twice since, or cannot be opened.</exception>
    public async Task<IReadOnlyDictionary<SecretUse, string>> ValuesAsync(
        string project,
        IReadOnlyCollection<SecretUse> uses
    )
    {
        var values = new Dictionary<SecretUse, string>();
        foreach (var use in uses)
        {
            var place = new SecretPlace(project, use.Name, use.Environment);
            var rows = await _database.ReadAsync(session => RowsAsync(session, place));
            var row = rows.FirstOrDefault(row => row.Version == use.Version);
            values[use] = row?.Sealed is { } sealedValue
                ? _keys.Get(row.KeyId).Open(sealedValue, Place(place, use.Version))
                : throw new RondoException(
                    ErrorCode.FailedPrecondition,
                    $"The secret '{use.Name}' of project '{project}' has lost its version {use.Version}: it was set again or deleted.",
                    "Run again: attempts get the version that is set when they are planned."
                );
        }

        return values;
    }

    private async ValueTask WriteAsync(Transaction transaction, SecretPlace place, SealedValue value, Actor actor)
    {
        var arguments = new
        {
            place.Project,
            place.Name,
            environment = place.Environment ?? Everywhere,
            value.Version,
            value.KeyId,
            value.Sealed,
            at = _time.GetUtcNow().ToUnixTimeMilliseconds(),
            by = actor.Name,
            before = value.Version - 1,
        };
        await transaction.ExecuteAsync(
            """
            insert into secrets_version (project, name, environment, version, key_id, sealed, created_at, created_by)
            values (@Project, @Name, @environment, @Version, @KeyId, @Sealed, @at, @by)
            """,
            arguments
        );
        // The one before stays for attempts that were planned with it a moment ago.
        await transaction.ExecuteAsync(
            """
            update secrets_version set sealed = null
            where project = @Project and name = @Name and environment = @environment and version < @before
            """,
            arguments
        );
    }

    private static async Task<IReadOnlyList<Row>> RowsAsync(Session session, SecretPlace place) =>
        await session.QueryAsync<Row>(
            """
            select name, environment, version, key_id, sealed, created_at, created_by from secrets_version
            where project = @Project and name = @Name and environment = @environment order by version desc limit 2
            """,
            new
            {
                place.Project,
                place.Name,
                environment = place.Environment ?? Everywhere,
            }
        );

    private static string Place(SecretPlace place, long version) =>
        $"{place.Project}/{new SecretUse(place.Name, place.Environment, version)}";

    private static string In(string? environment) => environment is null ? "" : $" in {environment}";

    private sealed record SealedValue(long Version, string KeyId, string Sealed);

    private sealed record Row
    {
        public string Name { get; init; } = "";
        public string Environment { get; init; } = "";
        public long Version { get; init; }
        public string KeyId { get; init; } = "";
        public string? Sealed { get; init; }
        public long CreatedAt { get; init; }
        public string CreatedBy { get; init; } = "";

        public SecretVersion ToVersion() => new(Version, DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt), CreatedBy);

        public SecretUse ToUse() => new(Name, Environment == Everywhere ? null : Environment, Version);
    }
}
