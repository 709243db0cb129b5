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

    private readonly DatasetFileReader _reader = new(blobs);
    private readonly VersionMaker _maker = new(database, blobs, log, time);

    /// <summary>Adds or replaces one file; pushing what is there already makes no new version.</summary>
    public async Task<DatasetPush> PushFileAsync(DatasetPlace place, string fileName, Stream content, Actor actor)
    {
        DatasetNames.Require(place.Environment, place.Dataset, fileName);
        await projects.RequireAsync(place.Project);
        var blob = await blobs.PutAsync(new BoundedStream(content, FileBytesMax, fileName));
        var added = await AddAsync(place, new DatasetAddition([new NewDatasetFile(fileName, blob.Digest)]), actor);
        return new DatasetPush(added.Version, added.Created, added.Files[0]);
    }

    /// <summary>Keeps the bytes of a file that is going to be added; they must have the digest.</summary>
    public async Task<BlobId> PutContentAsync(DatasetPlace place, string digest, Stream content)
    {
        DatasetNames.Require(place.Environment, place.Dataset);
        DatasetNames.RequireDigest(digest);
        await projects.RequireAsync(place.Project);
        var blob = await blobs.PutAsync(new BoundedStream(content, FileBytesMax, digest));
        return blob.Digest == digest
            ? blob
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The bytes that came have the SHA-256 digest {blob.Digest}, not {digest}.",
                "Send them again: they were changed on the way, or while they were read."
            );
    }

    /// <summary>Which of these digests the store does not have. Those that it has are kept for a while, as if they had just come.</summary>
    public async Task<IReadOnlyList<string>> MissingAsync(DatasetPlace place, IReadOnlyList<string> digests)
    {
        // Before anybody sends a gigabyte for nothing.
        DatasetNames.Require(place.Environment, place.Dataset);
        await projects.RequireAsync(place.Project);
        foreach (var digest in digests)
        {
            DatasetNames.RequireDigest(digest);
        }

        var missing = new List<string>();
        foreach (var digest in digests.Distinct(StringComparer.Ordinal))
        {
            if (!await blobs.ExistsAsync(digest))
            {
                missing.Add(digest);
            }
        }

        return missing;
    }

    /// <summary>Adds or replaces files, all in one version; where all are there already, no version is made.</summary>
    /// <exception cref="RondoException">A name is not allowed, a file cannot be read at all, or its bytes were not sent.</exception>
    public Task<DatasetAdded> AddAsync(DatasetPlace place, DatasetAddition addition, Actor actor) =>
        AddAsync(place, addition, actor, null);

    /// <summary>As above; <paramref name="also"/> is done in the transaction that publishes the version, and calls it off with false.</summary>
    internal async Task<DatasetAdded> AddAsync(
        DatasetPlace place,
        DatasetAddition addition,
        Actor actor,
        Func<Transaction, Task<bool>>? also
    )
    {
        DatasetNames.Require(place.Environment, place.Dataset, addition);
        await projects.RequireAsync(place.Project);
        var facts = await FactsAsync(place, addition);
        for (var round = 0; round < RoundsMax; round++)
        {
            var (newest, files) = await CurrentAsync(place);
            var fresh = facts.Where(file => !files.Any(f => f.Name == file.Name && f.Digest == file.Digest)).ToList();
            if (newest is not null && fresh.Count == 0)
            {
                return new DatasetAdded(newest, Created: false, facts);
            }

            var next = await _maker.NextAsync(place, newest, files, fresh, addition);
            if (await _maker.TryPublishAsync(new MadeVersion(next, fresh, addition.Rows), actor, also))
            {
                return new DatasetAdded(next, Created: true, facts);
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
                    $"select {VersionRow.Columns} from datasets_version where id = @id",
                    new { id = DatasetVersion.IdOf(project, environment, name, version) }
                )
            )?.ToVersion()
        );

    /// <summary>One version, or the newest, that can be used.</summary>
    /// <exception cref="RondoException">There is no such version, or it was deleted.</exception>
    public async Task<DatasetVersion> RequireAsync(DatasetPlace place, long? number)
    {
        DatasetNames.Require(place.Environment, place.Dataset);
        var version = number is { } n
            ? await FindAsync(place.Project, place.Environment, place.Dataset, n)
            : await NewestAsync(place.Project, place.Environment, place.Dataset);
        if (version is null)
        {
            var which = number is { } asked ? FormattableString.Invariant($"no version {asked}") : "no version";
            throw new RondoException(
                ErrorCode.NotFound,
                $"Dataset '{place.Dataset}' has {which} in {place.Environment}.",
                $"See which there are: rondo datasets versions {place.Dataset} --environment {place.Environment}."
            );
        }

        await RequireUsableAsync(version.Id);
        return version;
    }

    /// <summary>Fails with <see cref="ErrorCode.FailedPrecondition"/>, saying who deleted it, where a version that was there before cannot be used any more.</summary>
    public async Task RequireUsableAsync(string versionId)
    {
        var row = await database.ReadAsync(async session =>
            await session.FirstAsync<VersionRow>(
                $"select {VersionRow.Columns} from datasets_version where id = @versionId",
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
                select {VersionRow.Columns} from datasets_version v
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
                select {VersionRow.Columns} from datasets_version
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
                select {VersionRow.Columns} from datasets_version
                where project = @Project and environment = @Environment and dataset = @Dataset
                order by version desc limit 1
                """,
                place
            );
            var files = await session.QueryAsync<FileRow>(
                """
                select name, digest, size, row_count, quarantined, as_of from datasets_file
                where project = @Project and environment = @Environment and dataset = @Dataset
                """,
                place
            );
            return (newest?.ToVersion(), files);
        });

    private async Task<IReadOnlyList<DatasetFileFacts>> FactsAsync(DatasetPlace place, DatasetAddition addition)
    {
        var eventTime = await EventTimeAsync(place);
        var facts = new List<DatasetFileFacts>();
        foreach (var file in addition.Files)
        {
            if (!await blobs.ExistsAsync(file.Digest))
            {
                throw new RondoException(
                    ErrorCode.FailedPrecondition,
                    $"The bytes of '{file.Name}' ({file.Digest}) were not sent.",
                    "Send them first, and add the file then."
                );
            }

            await using var stream = await blobs.OpenAsync(file.Digest);
            facts.Add(_reader.Read(file.Name, new BlobId(file.Digest, stream.Length), eventTime));
        }

        return facts;
    }
}
