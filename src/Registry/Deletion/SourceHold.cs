using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Registry.Clients;
using Rondo.Tracking.Removing;

namespace Rondo.Registry.Deletion;

/// <summary>
/// Files that a version was registered from are needed as long as the version is there, however its address is written. The run or logged model
/// that a version names tells only where it comes from, unless its files are at a named server: that may be this one, under a name or with a
/// path that it does not know.
/// </summary>
internal sealed class SourceHold(Database database) : IArtifactHold
{
    private const int RowsPerRound = 500;
    private const int LoggedPerStatement = 100;

    // Rows of an earlier version of Rondo do not have this column.
    public async Task PrepareAsync(CancellationToken cancellation)
    {
        var more = true;
        while (more)
        {
            more = await database.WriteAsync(CompleteAsync, cancellation);
        }
    }

    public async ValueTask<IReadOnlyDictionary<string, string>> HeldAsync(
        Session session,
        IReadOnlyList<LoggedFiles> logged
    )
    {
        var held = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var chunk in logged.Chunk(LoggedPerStatement))
        {
            foreach (var (id, version) in await NamedAsync(session, chunk))
            {
                held[id] = $"model version {version} names it, and may have been registered from its files";
            }

            foreach (var (id, version) in await BelowAsync(session, chunk))
            {
                held[id] = $"model version {version} was registered from its files";
            }
        }

        return held;
    }

    private static async ValueTask<IReadOnlyList<(string Id, string Version)>> BelowAsync(
        Session session,
        IReadOnlyList<LoggedFiles> logged
    )
    {
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal);
        var places = new List<string>();
        foreach (var (id, address) in logged.SelectMany(one => new[] { (one.Id, one.Address), (one.Id, one.Name) }))
        {
            var (from, to) = FilesAddress.Below(address);
            var n = places.Count.ToString(CultureInfo.InvariantCulture);
            places.Add($"(@id{n}, @from{n}, @to{n})");
            arguments.Add("id" + n, id);
            arguments.Add("from" + n, from);
            arguments.Add("to" + n, to);
        }

        var found = await session.QueryAsync<(string Id, string? Version)>(
            $"""
            with place (id, first, after) as (values {string.Join(", ", places)})
            select p.id, (
                select e.id from registry_entry e where e.files >= p.first and e.files < p.after and e.deleted_at is null
                order by e.files limit 1
            ) from place p
            """,
            arguments
        );
        return [.. found.Where(one => one.Version is not null).Select(one => (one.Id, one.Version!))];
    }

    private static async ValueTask<IReadOnlyList<(string Id, string Version)>> NamedAsync(
        Session session,
        IReadOnlyList<LoggedFiles> logged
    )
    {
        const string atServer =
            "deleted_at is null and (lower(substr(storage, 1, 4)) = 'http' or lower(substr(storage, 1, 19)) = 'mlflow-artifacts://')";
        return await session.QueryAsync<(string, string)>(
            $"""
            select run_id, min(id) from registry_entry where run_id in @ids and {atServer} group by run_id
            union all
            select logged_model, min(id) from registry_entry where logged_model in @ids and {atServer} group by logged_model
            """,
            new { ids = logged.Select(one => one.Id) }
        );
    }

    private static async Task<bool> CompleteAsync(Transaction transaction)
    {
        var rows = await transaction.QueryAsync<(string Id, string Storage)>(
            "select id, storage from registry_entry where files is null order by id limit @RowsPerRound",
            new { RowsPerRound }
        );
        foreach (var (id, storage) in rows)
        {
            await transaction.ExecuteAsync(
                "update registry_entry set files = @files where id = @id",
                new { id, files = FilesAddress.Of(storage) }
            );
        }

        return rows.Count == RowsPerRound;
    }
}
