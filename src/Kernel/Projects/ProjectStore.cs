using System.Text.RegularExpressions;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;

namespace Rondo.Kernel.Projects;

/// <summary>The projects of this server.</summary>
public sealed partial class ProjectStore(Database database, EventLog log, TimeProvider time)
{
    private const int ProjectsMax = 10_000;

    /// <summary>Creates a project; a name that exists is a conflict.</summary>
    public Task<Project> CreateAsync(string name, Actor actor)
    {
        if (!NamePattern().IsMatch(name))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{name}' cannot name a project.",
                "Use 1 to 64 lower-case letters, digits and hyphens, starting with a letter."
            );
        }

        return database.WriteAsync(async transaction =>
            await EnsureAsync(transaction, name, actor)
            ?? throw new RondoException(ErrorCode.Conflict, $"Project '{name}' exists already.")
        );
    }

    /// <summary>Creates a project of the platform's own in the caller's transaction; null where it is there already.</summary>
    public async Task<Project?> EnsureAsync(Transaction transaction, string name, Actor actor)
    {
        var project = new Project(name, time.GetUtcNow(), actor.Name);
        var made = await transaction.ExecuteAsync(
            "insert into kernel_project (name, created_at, created_by) values (@name, @at, @by) on conflict do nothing",
            new
            {
                name,
                at = project.CreatedAt.ToUnixTimeMilliseconds(),
                by = actor.Name,
            }
        );
        if (made == 0)
        {
            return null;
        }

        await log.AppendAsync(transaction, new NewEvent("project.created", name, name, actor, new { name }));
        return project;
    }

    /// <summary>All projects, by name.</summary>
    public Task<IReadOnlyList<Project>> ListAsync() =>
        database.ReadAsync<IReadOnlyList<Project>>(async session =>
            [
                .. (
                    await session.QueryAsync<(string Name, long CreatedAt, string CreatedBy)>(
                        "select name, created_at, created_by from kernel_project order by name limit @ProjectsMax",
                        new { ProjectsMax }
                    )
                ).Select(row => new Project(
                    row.Name,
                    DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt),
                    row.CreatedBy
                )),
            ]
        );

    /// <summary>Fails with <see cref="ErrorCode.NotFound"/> where the project does not exist.</summary>
    public async Task RequireAsync(string name)
    {
        if (!await database.ReadAsync(session => ExistsAsync(session, name)))
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"There is no project '{name}'.",
                $"Create it: rondo projects create {name}."
            );
        }
    }

    /// <summary>Whether there is a project.</summary>
    public async Task<bool> ExistsAsync(Session session, string name) =>
        await session.ScalarAsync<long>("select count(*) from kernel_project where name = @name", new { name }) > 0;

    [GeneratedRegex("^[a-z][a-z0-9-]{0,63}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NamePattern();
}
