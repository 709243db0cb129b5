using System.Text.Json;
using Rondo.Data;
using Rondo.Datasets.Versions;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Paging;
using Rondo.Kernel.Projects;
using Rondo.Sdk.Wire;

namespace Rondo.Datasets;

/// <summary>Named data of each environment, as immutable versions. Pushing a file makes the next version: the files so far, with that one added or replaced.</summary>
public sealed class DatasetStore(
    Database database,
    IBlobStore blobs,
    EventLog log,
    ProjectStore projects,
    TimeProvider time
)
{
    /// <summary>The largest file that can be pushed.</summary>
    public const long FileBytesMax = 1L << 30;

    /// <summary>The most files that a dataset holds.</summary>
    public const int FilesMax = 10_000;

    private const int DatasetsMax = 1000;

    // Each round somebody else has made a version in between; they all make progress.
    private const int RoundsMax = 1000;

    private const string Columns =
        "id, project, environment, dataset, version, content_digest, row_count, new_rows, as_of, created_at, deleted_at, deleted_by";

    private readonly DatasetFileReader _reader = new(blobs);

    /// <summary>Adds or replaces one file; pushing what is there already makes no new version.</summary>
    public async Task<DatasetPush> PushFileAsync(DatasetPlace place, string fileName, Stream content, Actor actor)
    {
        DatasetNames.Require(place.Environment, place.Dataset, fileName);
        await projects.RequireAsync(place.Project);
        var blob = await blobs.PutAsync(new BoundedStream(content, FileBytesMax, fileName));
        var facts = await _reader.ReadAsync(fileName, blob, await EventTimeAsync(place));
        for (var round = 0; round < RoundsMax; round++)
        {
            var (newest, files) = await CurrentAsync(place);
            if (newest is not null && files.Any(file => file.Name == fileName && file.Digest == facts.Digest))
            {
                return new DatasetPush(newest, Created: false, facts);
            }

            var next = await NextAsync(place, newest, files, facts);
            if (await TryPublishAsync(next, facts, actor))
            {
                return new DatasetPush(next.Version, Created: true, facts);
            }
        }

        throw new RondoException(
            ErrorCode.Unavailable,
            $"Too many others push to dataset '{place.Dataset}' of {place.Environment} at once.",
            "Push the file again."
        );
    }

    /// <summary>The newest version; null when nothing was pushed yet.</summary>
    public async Task<DatasetVersion?> NewestAsync(string project, string environment, string name) =>
        (await CurrentAsync(new DatasetPlace(project, environment, name))).Newest;

    /// <summary>One version; null when there is none of that number.</summary>
    public Task<DatasetVersion?> FindAsync(string project, string environment, string name, long version) =>
        database.ReadAsync(async session =>
            (
                await session.FirstAsync<VersionRow>(
                    $"select {Columns} from datasets_version where id = @id",
                    new { id = DatasetVersion.IdOf(project, environment, name, version) }
                )
            )?.ToVersion()
        );

    /// <summary>Fails with <see cref="ErrorCode.FailedPrecondition"/>, saying who deleted it, where a version that was there before cannot be used any more.</summary>
    public async Task RequireUsableAsync(string versionId)
    {
        var row = await database.ReadAsync(async session =>
            await session.FirstAsync<VersionRow>(
                $"select {Columns} from datasets_version where id = @versionId",
                new { versionId }
            )
        );
        if (row?.DeletedAt is { } at)
        {
            var day = DateTimeOffset.FromUnixTimeMilliseconds(at);
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                FormattableString.Invariant(
                    $"Dataset version {versionId} was deleted by {row.DeletedBy} on {day:yyyy-MM-dd}."
                ),
                "Run on the newest version instead."
            );
        }
    }

    /// <summary>The newest version of every dataset of a project, in one environment or in all.</summary>
    public async Task<IReadOnlyList<DatasetVersion>> ListAsync(string project, string? environment = null)
    {
        await projects.RequireAsync(project);
        var rows = await database.ReadAsync(async session =>
            await session.QueryAsync<VersionRow>(
                $"""
                select {Columns} from datasets_version v
                where project = @project and (@environment is null or environment = @environment)
                  and version = (select max(version) from datasets_version n
                                 where n.project = v.project and n.environment = v.environment and n.dataset = v.dataset)
                order by environment, dataset limit @DatasetsMax
                """,
                new
                {
                    project,
                    environment,
                    DatasetsMax,
                }
            )
        );
        return [.. rows.Select(row => row.ToVersion())];
    }

    /// <summary>Versions of one dataset, newest first; <paramref name="before"/> is the token of the page before.</summary>
    public async Task<Page<DatasetVersion>> VersionsAsync(DatasetPlace place, int limit, long? before)
    {
        await projects.RequireAsync(place.Project);
        var rows = await database.ReadAsync(async session =>
            await session.QueryAsync<VersionRow>(
                $"""
                select {Columns} from datasets_version
                where project = @Project and environment = @Environment and dataset = @Dataset and version < @before
                order by version desc limit @oneMore
                """,
                new
                {
                    place.Project,
                    place.Environment,
                    place.Dataset,
                    before = before ?? long.MaxValue,
                    oneMore = limit + 1,
                }
            )
        );
        return Page<DatasetVersion>.Of(
            [.. rows.Select(row => row.ToVersion())],
            limit,
            version => FormattableString.Invariant($"{version.Version}")
        );
    }

    /// <summary>Takes note of what a deployed project says about a dataset: which column is its event time.</summary>
    public static async ValueTask DeclareAsync(
        Transaction transaction,
        string project,
        string environment,
        DatasetManifest declared
    ) =>
        await transaction.ExecuteAsync(
            """
            insert into datasets_declaration (project, environment, dataset, event_time)
            values (@project, @environment, @Name, @EventTime)
            on conflict (project, environment, dataset) do update set event_time = excluded.event_time
            """,
            new
            {
                project,
                environment,
                declared.Name,
                declared.EventTime,
            }
        );

    private Task<string?> EventTimeAsync(DatasetPlace place) =>
        database.ReadAsync(async session =>
            await session.ScalarAsync<string>(
                """
                select event_time from datasets_declaration
                where project = @Project and environment = @Environment and dataset = @Dataset
                """,
                place
            )
        );

    private Task<(DatasetVersion? Newest, IReadOnlyList<FileRow> Files)> CurrentAsync(DatasetPlace place) =>
        database.ReadAsync<(DatasetVersion?, IReadOnlyList<FileRow>)>(async session =>
        {
            var newest = await session.FirstAsync<VersionRow>(
                $"""
                select {Columns} from datasets_version
                where project = @Project and environment = @Environment and dataset = @Dataset
                order by version desc limit 1
                """,
                place
            );
            var files = await session.QueryAsync<FileRow>(
                """
                select name, digest, size, row_count, as_of from datasets_file
                where project = @Project and environment = @Environment and dataset = @Dataset
                """,
                place
            );
            return (newest?.ToVersion(), files);
        });

    private async Task<NextVersion> NextAsync(
        DatasetPlace place,
        DatasetVersion? newest,
        IReadOnlyList<FileRow> files,
        DatasetFileFacts pushed
    )
    {
        var replaced = files.FirstOrDefault(file => file.Name == pushed.Name);
        List<FileRow> all =
        [
            .. files.Where(file => file != replaced),
            new FileRow
            {
                Name = pushed.Name,
                Digest = pushed.Digest,
                Size = pushed.Size,
                RowCount = pushed.Rows,
                AsOf = pushed.AsOf,
            },
        ];
        if (all.Count > FilesMax)
        {
            throw new RondoException(
                ErrorCode.ResourceExhausted,
                $"Dataset '{place.Dataset}' holds {FilesMax} files already.",
                "Push the rows as part of a larger file that replaces several."
            );
        }

        all.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        var content = new DatasetVersionContent(
            place.Dataset,
            [.. all.Select(file => new DatasetFile(file.Name, file.Digest, file.Size))]
        );
        using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(content, RondoJson.Options));
        var blob = await blobs.PutAsync(json);
        var number = (newest?.Version ?? 0) + 1;
        return new NextVersion(
            new DatasetVersion(
                DatasetVersion.IdOf(place.Project, place.Environment, place.Dataset, number),
                place.Project,
                place.Environment,
                place.Dataset,
                number,
                blob.Digest,
                all.Sum(file => file.RowCount),
                Math.Max(0, pushed.Rows - (replaced?.RowCount ?? 0)),
                all.Max(file => file.AsOf),
                DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds())
            ),
            all.Count
        );
    }

    private Task<bool> TryPublishAsync(NextVersion next, DatasetFileFacts file, Actor actor) =>
        database.WriteAsync(async transaction =>
        {
            var version = next.Version;
            var made = await transaction.ExecuteAsync(
                """
                insert into datasets_version (id, project, environment, dataset, version, content_digest, file_count, row_count,
                                              new_rows, as_of, created_at, created_by)
                values (@Id, @Project, @Environment, @Dataset, @Version, @ContentDigest, @FileCount, @Rows, @NewRows, @AsOf, @at, @by)
                on conflict do nothing
                """,
                new
                {
                    version.Id,
                    version.Project,
                    version.Environment,
                    version.Dataset,
                    version.Version,
                    version.ContentDigest,
                    next.FileCount,
                    version.Rows,
                    version.NewRows,
                    version.AsOf,
                    at = version.CreatedAt.ToUnixTimeMilliseconds(),
                    by = actor.Name,
                }
            );
            if (made == 0)
            {
                return false;
            }

            await SaveFileAsync(transaction, version, file);
            await FileSpans.RecordAsync(transaction, version, file);
            await log.AppendAsync(
                transaction,
                new NewEvent(
                    "dataset.version.created",
                    version.Project,
                    version.Id,
                    actor,
                    new DatasetVersionCreated(
                        version.Dataset,
                        version.Environment,
                        version.Version,
                        version.Rows,
                        version.NewRows,
                        next.FileCount,
                        file.Name,
                        version.AsOf,
                        version.ContentDigest
                    )
                )
            );
            return true;
        });

    private static async ValueTask SaveFileAsync(
        Transaction transaction,
        DatasetVersion version,
        DatasetFileFacts file
    ) =>
        await transaction.ExecuteAsync(
            """
            insert into datasets_file (project, environment, dataset, name, digest, size, row_count, quarantined, column_names, as_of)
            values (@Project, @Environment, @Dataset, @Name, @Digest, @Size, @Rows, @Quarantined, @columns, @AsOf)
            on conflict (project, environment, dataset, name) do update set
                digest = excluded.digest, size = excluded.size, row_count = excluded.row_count,
                quarantined = excluded.quarantined, column_names = excluded.column_names, as_of = excluded.as_of
            """,
            new
            {
                version.Project,
                version.Environment,
                version.Dataset,
                file.Name,
                file.Digest,
                file.Size,
                file.Rows,
                file.Quarantined,
                columns = JsonSerializer.Serialize(file.Columns, RondoJson.Options),
                file.AsOf,
            }
        );

    private sealed record NextVersion(DatasetVersion Version, int FileCount);

    private sealed record FileRow
    {
        public string Name { get; init; } = "";
        public string Digest { get; init; } = "";
        public long Size { get; init; }
        public long RowCount { get; init; }
        public string? AsOf { get; init; }
    }

    private sealed record VersionRow
    {
        public string Id { get; init; } = "";
        public string Project { get; init; } = "";
        public string Environment { get; init; } = "";
        public string Dataset { get; init; } = "";
        public long Version { get; init; }
        public string ContentDigest { get; init; } = "";
        public long RowCount { get; init; }
        public long NewRows { get; init; }
        public string? AsOf { get; init; }
        public long CreatedAt { get; init; }
        public long? DeletedAt { get; init; }
        public string? DeletedBy { get; init; }

        public DatasetVersion ToVersion() =>
            new(
                Id,
                Project,
                Environment,
                Dataset,
                Version,
                ContentDigest,
                RowCount,
                NewRows,
                AsOf,
                DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt)
            )
            {
                DeletedAt = DeletedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
                DeletedBy = DeletedBy,
            };
    }
}
