using System.IO.Pipelines;
using System.Text.Json;
using Rondo.Data;
using Rondo.Datasets.Versions;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Sdk.Wire;

namespace Rondo.Datasets.Subjects;

/// <summary>A version that is to follow the newest one, and the files in it that are not as they were.</summary>
internal sealed record CleanedVersion(DatasetVersion Version, int FileCount, IReadOnlyList<DatasetFileFacts> Changed)
{
    public NewEvent ToEvent(Actor actor) =>
        new(
            "dataset.version.created",
            Version.Project,
            Version.Id,
            actor,
            new DatasetVersionCreated(
                Version.Dataset,
                Version.Environment,
                Version.Version,
                Version.Rows,
                Version.NewRows,
                FileCount,
                Changed[0].Name,
                Version.AsOf,
                Version.ContentDigest
            )
        );
}

/// <summary>Writes the newest version's files anew, without the rows of a subject.</summary>
internal sealed class CleanedFiles(Database database, IBlobStore blobs)
{
    private readonly DatasetFileReader _reader = new(blobs);

    /// <summary>Stores the new files and their list; null where the newest version holds no such rows.</summary>
    public async Task<CleanedVersion?> MakeAsync(
        SurveyedDataset survey,
        ColumnValue value,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var place = survey.Place;
        var dirty = survey.OfNewest.ToDictionary(file => file.Name, StringComparer.Ordinal);
        if (dirty.Count == 0)
        {
            return null;
        }

        var (files, eventTime) = await database.ReadAsync(session => CurrentAsync(session, place), cancellation);
        var changed = new List<DatasetFileFacts>();
        foreach (var file in dirty.Values.OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            var blob = await CleanAsync(file, value, cancellation);
            changed.Add(await _reader.ReadAsync(file.Name, blob, eventTime));
        }

        var all = files
            .Select(file => changed.Find(c => c.Name == file.Name) is { } facts ? FileRow.Of(facts) : file)
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .ToList();
        var content = new DatasetVersionContent(
            place.Dataset,
            [.. all.Select(file => new DatasetFile(file.Name, file.Digest, file.Size))]
        );
        using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(content, RondoJson.Options));
        var list = await blobs.PutAsync(json, cancellation);
        var number = survey.Newest + 1;
        var version = new DatasetVersion(
            DatasetVersion.IdOf(place.Project, place.Environment, place.Dataset, number),
            place.Project,
            place.Environment,
            place.Dataset,
            number,
            list.Digest,
            all.Sum(file => file.RowCount),
            0,
            all.Max(file => file.AsOf),
            DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds())
        );
        return new CleanedVersion(version, all.Count, changed);
    }

    /// <summary>Makes the version known; false where there is one of its number already.</summary>
    public static async ValueTask<bool> TryInsertAsync(Transaction transaction, CleanedVersion next, Actor actor)
    {
        var version = next.Version;
        var made = await transaction.ExecuteAsync(
            """
            insert into datasets_version (id, project, environment, dataset, version, content_digest, file_count, row_count,
                                          new_rows, as_of, created_at, created_by)
            values (@Id, @Project, @Environment, @Dataset, @Version, @ContentDigest, @FileCount, @Rows, 0, @AsOf, @at, @by)
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
                version.AsOf,
                at = version.CreatedAt.ToUnixTimeMilliseconds(),
                by = actor.Name,
            }
        );
        if (made == 0)
        {
            return false;
        }

        foreach (var file in next.Changed)
        {
            await transaction.ExecuteAsync(
                """
                update datasets_file set digest = @Digest, size = @Size, row_count = @Rows, quarantined = @Quarantined, as_of = @AsOf
                where project = @Project and environment = @Environment and dataset = @Dataset and name = @Name
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
                    file.AsOf,
                }
            );
            await FileSpans.RecordAsync(transaction, version, file);
        }

        return true;
    }

    // The copy goes to the store as it is made: nothing of it lies elsewhere on the way.
    private async Task<BlobId> CleanAsync(SubjectFile file, ColumnValue value, CancellationToken cancellation)
    {
        await using var content = await blobs.OpenAsync(file.Digest, cancellation);
        var pipe = new Pipe();
        var headerOnly = file.Found.Matches == file.Found.Rows;
        var copying = Task.Run(
            async () =>
            {
                try
                {
                    await using var output = pipe.Writer.AsStream(leaveOpen: true);
                    RowRemoval.Copy(file.Name, content, output, value, headerOnly);
                }
                finally
                {
                    // Where the copy failed, what was stored of it is named by nobody, and goes by itself.
                    await pipe.Writer.CompleteAsync();
                }
            },
            CancellationToken.None
        );
        BlobId blob;
        try
        {
            blob = await blobs.PutAsync(pipe.Reader.AsStream(leaveOpen: true), cancellation);
        }
        finally
        {
            await pipe.Reader.CompleteAsync();
            await copying;
        }

        return blob;
    }

    private static async Task<(IReadOnlyList<FileRow> Files, string? EventTime)> CurrentAsync(
        Session session,
        DatasetPlace place
    )
    {
        var files = await session.QueryAsync<FileRow>(
            """
            select name, digest, size, row_count, as_of from datasets_file
            where project = @Project and environment = @Environment and dataset = @Dataset
            """,
            place
        );
        var eventTime = await session.ScalarAsync<string>(
            """
            select event_time from datasets_declaration
            where project = @Project and environment = @Environment and dataset = @Dataset
            """,
            place
        );
        return (files, eventTime);
    }

    private sealed record FileRow
    {
        public string Name { get; init; } = "";
        public string Digest { get; init; } = "";
        public long Size { get; init; }
        public long RowCount { get; init; }
        public string? AsOf { get; init; }

        public static FileRow Of(DatasetFileFacts facts) =>
            new()
            {
                Name = facts.Name,
                Digest = facts.Digest,
                Size = facts.Size,
                RowCount = facts.Rows,
                AsOf = facts.AsOf,
            };
    }
}
