using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Tracking.Access;

namespace Rondo.Tracking.Experiments;

/// <summary>What stands in a folder of experiments. Folders are made by names alone: one is there as long as an experiment is below it.</summary>
internal sealed class ExperimentFolders(Database database)
{
    private const int ExperimentsMax = 10_000;

    /// <summary>The experiments right in a folder, and the folders in it with all that is below them; of what is in the folders that may be seen.</summary>
    public async Task<FolderListing> ListAsync(string folder, IReadOnlyList<string>? visible)
    {
        var rows = await database.ReadAsync(session => ReadAsync(session, folder, visible));
        var direct = rows.Where(row => NextOf(row, folder) is null).ToList();
        return new FolderListing(
            Place.FolderAt(folder).Label,
            [
                .. rows.Except(direct)
                    .GroupBy(row => NextOf(row, folder)!, StringComparer.Ordinal)
                    .OrderBy(below => below.Key, StringComparer.Ordinal)
                    .Select(below => new FolderSum(
                        Place.FolderAt(folder + below.Key + "/").Label,
                        below.Count(),
                        below.Sum(row => row.Runs),
                        below.Max(row => row.LastRunAt)
                    )),
            ],
            [.. direct.Select(row => new ListedExperiment(row.Id, row.Name, row.Runs, row.LastRunAt))],
            rows.Count == ExperimentsMax
        );
    }

    private static async Task<IReadOnlyList<Row>> ReadAsync(
        Session session,
        string folder,
        IReadOnlyList<string>? visible
    )
    {
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal) { ["limit"] = ExperimentsMax };
        var where = PathSql.Below("e.path", [folder], Add);
        where += visible is null ? "" : " and " + PathSql.Below("e.path", visible, Add);
        // Ends with a semicolon: where the library runs it, it is not kept, for the next one may be another.
        return await session.QueryAsync<Row>(
            $"""
            select e.id, e.name, e.path, count(r.id) as runs, max(r.started_at) as last_run_at
            from tracking_experiment e left join tracking_run r on r.experiment = e.id and r.lifecycle = 'active'
            where e.lifecycle = 'active' and {where}
            group by e.id, e.name, e.path order by e.path, e.id limit @limit;
            """,
            arguments
        );

        string Add(object value)
        {
            var name = FormattableString.Invariant($"p{arguments.Count}");
            arguments.Add(name, value);
            return "@" + name;
        }
    }

    // The part of a path that comes after the folder's, where it is a folder again.
    private static string? NextOf(Row row, string folder)
    {
        var rest = row.Path[folder.Length..].TrimEnd('/');
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? null : rest[..slash];
    }

    private sealed record Row
    {
        public long Id { get; init; }
        public string Name { get; init; } = "";
        public string Path { get; init; } = "";
        public long Runs { get; init; }
        public long? LastRunAt { get; init; }
    }
}

/// <summary>A folder's folders and experiments. Of more than ten thousand experiments below it the first by path are looked at.</summary>
internal sealed record FolderListing(
    string Folder,
    IReadOnlyList<FolderSum> Folders,
    IReadOnlyList<ListedExperiment> Experiments,
    bool Truncated
);

/// <summary>How many experiments and runs are below a folder, and when the last run began (unix milliseconds).</summary>
internal sealed record FolderSum(string Folder, int Experiments, long Runs, long? LastRunAt);

/// <summary>An experiment with the number of its runs, and when the last began (unix milliseconds).</summary>
internal sealed record ListedExperiment(long Id, string Name, long Runs, long? LastRunAt);
