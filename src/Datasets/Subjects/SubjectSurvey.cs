using Rondo.Data;
using Rondo.Datasets.Versions;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;

namespace Rondo.Datasets.Subjects;

/// <summary>A file with rows of a subject, and the versions (from the first up to but not including the last) that hold it.</summary>
internal sealed record SubjectFile(string Name, string Digest, long From, long? Until, RemovedRows Found)
{
    public bool IsIn(long version) => version >= From && (Until is null || version < Until);
}

/// <summary>What the files of all versions of a dataset hold of a subject, as of its newest version.</summary>
internal sealed record SurveyedDataset(
    DatasetPlace Place,
    long Newest,
    IReadOnlyList<SubjectFile> Files,
    IReadOnlyList<long> Versions,
    long ButForCase
)
{
    public IEnumerable<string> Digests => Files.Select(file => file.Digest).Distinct(StringComparer.Ordinal);

    public IReadOnlyList<SubjectFile> OfNewest => [.. Files.Where(file => file.IsIn(Newest))];

    /// <summary>A file counts once, in however many versions it is.</summary>
    public long Sum(Func<RemovedRows, long> count) =>
        Files.DistinctBy(file => file.Digest, StringComparer.Ordinal).Sum(file => count(file.Found));
}

/// <summary>Looks through the files of every version that still has them; each file is read once.</summary>
internal sealed class SubjectSurvey(Database database, IBlobStore blobs)
{
    private const int FilesMax = 1_000_000;
    private const int DigestsPerStatement = 500;

    private readonly FileSpans _spans = new(database, blobs);

    /// <summary>What is there.</summary>
    /// <exception cref="RondoException">There is no such dataset, no file has the column, or a file cannot be looked through.</exception>
    public async Task<SurveyedDataset> OfAsync(DatasetPlace place, ColumnValue value, CancellationToken cancellation)
    {
        await _spans.CompleteAsync(cancellation);
        var (versions, spans) = await database.ReadAsync(session => ReadAsync(session, place), cancellation);
        if (versions.Count == 0)
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"Dataset '{place.Dataset}' has no version in {place.Environment}.",
                "List what there is: rondo datasets."
            );
        }

        var live = versions.Where(version => !version.IsDeleted).Select(version => version.Version).ToList();
        var found = new Dictionary<string, RemovedRows>(StringComparer.Ordinal);
        var files = new List<SubjectFile>();
        foreach (var span in spans.Where(span => live.Exists(span.IsIn)))
        {
            if (!found.TryGetValue(span.Digest, out var rows))
            {
                await using var stream = await blobs.OpenAsync(span.Digest, cancellation);
                rows = RowRemoval.Count(span.Name, stream, value);
                found.Add(span.Digest, rows);
            }

            if (rows.Any)
            {
                files.Add(span with { Found = rows });
            }
        }

        RequireColumn(place, value, found.Values);
        return new SurveyedDataset(
            place,
            versions[^1].Version,
            files,
            [.. live.Where(version => files.Exists(file => file.IsIn(version)))],
            found.Values.Sum(rows => rows.ButForCase)
        );
    }

    /// <summary>Versions of other datasets that were not deleted and hold one of the files.</summary>
    public Task<IReadOnlyList<string>> ElsewhereAsync(SurveyedDataset survey, CancellationToken cancellation) =>
        database.ReadAsync<IReadOnlyList<string>>(
            async session =>
            {
                var ids = new SortedSet<string>(StringComparer.Ordinal);
                foreach (var digests in survey.Digests.Chunk(DigestsPerStatement))
                {
                    ids.UnionWith(
                        await session.QueryAsync<string>(
                            """
                            select distinct v.id from datasets_span s join datasets_version v
                                on v.project = s.project and v.environment = s.environment and v.dataset = s.dataset
                                and v.version >= s.from_version and (s.until_version is null or v.version < s.until_version)
                            where s.digest in @digests and v.deleted_at is null
                                and not (v.project = @Project and v.environment = @Environment and v.dataset = @Dataset)
                            limit @FilesMax
                            """,
                            new
                            {
                                digests,
                                survey.Place.Project,
                                survey.Place.Environment,
                                survey.Place.Dataset,
                                FilesMax,
                            }
                        )
                    );
                }

                return [.. ids];
            },
            cancellation
        );

    private static async Task<(IReadOnlyList<VersionRow> Versions, IReadOnlyList<SubjectFile> Spans)> ReadAsync(
        Session session,
        DatasetPlace place
    )
    {
        var versions = await session.QueryAsync<VersionRow>(
            """
            select version, deleted_at from datasets_version
            where project = @Project and environment = @Environment and dataset = @Dataset order by version
            """,
            place
        );
        var spans = await session.QueryAsync<SpanRow>(
            """
            select name, digest, from_version, until_version from datasets_span
            where project = @Project and environment = @Environment and dataset = @Dataset
            order by name, from_version
            """,
            place
        );
        return (versions, [.. spans.Select(row => row.ToFile())]);
    }

    private static void RequireColumn(DatasetPlace place, ColumnValue value, IReadOnlyCollection<RemovedRows> found)
    {
        if (found.Count > 0 && !found.Any(rows => rows.HasColumn))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"No file of dataset '{place.Dataset}' in {place.Environment} has a column '{value.Column}'.",
                "Name the column as the first line of the files does."
            );
        }
    }

    private sealed record VersionRow
    {
        public long Version { get; init; }
        public long? DeletedAt { get; init; }

        public bool IsDeleted => DeletedAt is not null;
    }

    private sealed record SpanRow
    {
        public string Name { get; init; } = "";
        public string Digest { get; init; } = "";
        public long FromVersion { get; init; }
        public long? UntilVersion { get; init; }

        public SubjectFile ToFile() =>
            new(Name, Digest, FromVersion, UntilVersion, new RemovedRows(false, 0, 0, 0, 0, 0));
    }
}
