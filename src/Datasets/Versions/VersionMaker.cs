using System.Text.Json;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Sdk.Wire;

namespace Rondo.Datasets.Versions;

/// <summary>Makes the version after the newest one, and publishes it if nobody else has made it meanwhile.</summary>
internal sealed class VersionMaker(Database database, IBlobStore blobs, EventLog log, TimeProvider time)
{
    private static readonly IReadOnlyDictionary<string, JsonElement?> NoMarks = new Dictionary<string, JsonElement?>(
        StringComparer.Ordinal
    );

    /// <summary>The version that holds the files so far, with these added or in the place of those of the same name.</summary>
    public async Task<DatasetVersion> NextAsync(
        DatasetPlace place,
        DatasetVersion? newest,
        IReadOnlyList<FileRow> files,
        IReadOnlyList<DatasetFileFacts> fresh,
        DatasetAddition addition
    )
    {
        var names = fresh.Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        var replaced = files.Where(file => names.Contains(file.Name)).ToList();
        List<FileRow> all = [.. files.Except(replaced), .. fresh.Select(FileRow.Of)];
        if (all.Count > DatasetStore.FilesMax)
        {
            throw new RondoException(
                ErrorCode.ResourceExhausted,
                $"Dataset '{place.Dataset}' would hold more than {DatasetStore.FilesMax} files.",
                "Push the rows as part of a larger file that replaces several."
            );
        }

        all.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        var content = new DatasetVersionContent(
            place.Dataset,
            [.. all.Select(file => new DatasetFile(file.Name, file.Digest, file.Size))]
        )
        {
            Marks = await MarksAsync(newest, addition),
        };
        using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(content, RondoJson.Options));
        var blob = await blobs.PutAsync(json);
        var number = (newest?.Version ?? 0) + 1;
        return new DatasetVersion(
            DatasetVersion.IdOf(place.Project, place.Environment, place.Dataset, number),
            place.Project,
            place.Environment,
            place.Dataset,
            number,
            blob.Digest,
            all.Sum(file => file.RowCount),
            Math.Max(0, fresh.Sum(file => file.Rows) - replaced.Sum(file => file.RowCount)),
            all.Max(file => file.AsOf),
            DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds())
        )
        {
            Files = all.Count,
            Quarantined = all.Sum(file => file.Quarantined),
            Origin = addition.Origin,
        };
    }

    /// <summary>
    /// False where somebody else has made a version of this number. Where <paramref name="also"/> calls it off, nothing is published.
    /// </summary>
    public Task<bool> TryPublishAsync(MadeVersion made, Actor actor, Func<Transaction, Task<bool>>? also) =>
        database.WriteAsync(async transaction =>
        {
            if (!await TryWriteAsync(transaction, made, actor))
            {
                return false;
            }

            if (also is not null && !await also(transaction))
            {
                throw new RondoException(
                    ErrorCode.Conflict,
                    $"What {made.Version.Id} was to be made of is taken already."
                );
            }

            await log.AppendAsync(transaction, made.ToEvent(actor));
            return true;
        });

    /// <summary>Writes a version down, without telling of it; false where there is one of its number.</summary>
    public static async ValueTask<bool> TryWriteAsync(Transaction transaction, MadeVersion made, Actor actor)
    {
        if (!await TryInsertAsync(transaction, made.Version, actor))
        {
            return false;
        }

        foreach (var file in made.Fresh)
        {
            await SaveFileAsync(transaction, made.Version, file);
            await FileSpans.RecordAsync(transaction, made.Version, file);
        }

        await SaveParentsAsync(transaction, made.Version);
        return true;
    }

    // How far connectors have been read is part of what a version is: whoever reads on from it knows where.
    private async Task<IReadOnlyDictionary<string, JsonElement>?> MarksAsync(
        DatasetVersion? newest,
        DatasetAddition addition
    )
    {
        var marks = newest is null
            ? null
            : JsonSerializer
                .Deserialize<DatasetVersionContent>(await blobs.ReadAsync(newest.ContentDigest), RondoJson.Options)!
                .Marks;
        foreach (var (connector, since) in addition.ReadSince ?? NoMarks)
        {
            RequireStill(connector, since, marks);
        }

        if (addition.Marks is not { Count: > 0 } further)
        {
            return marks;
        }

        var all = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (
            var (name, mark) in (marks ?? new Dictionary<string, JsonElement>(StringComparer.Ordinal)).Concat(further)
        )
        {
            all[name] = mark;
        }

        return all;
    }

    // Two runs that began from the same version have read the same rows.
    private static void RequireStill(
        string connector,
        JsonElement? since,
        IReadOnlyDictionary<string, JsonElement>? marks
    )
    {
        JsonElement? now = marks is not null && marks.TryGetValue(connector, out var mark) ? mark : null;
        if (since is { } before ? now is not { } after || !JsonElement.DeepEquals(before, after) : now is not null)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"Connector '{connector}' was read on by another run meanwhile: these rows are there already, or will be.",
                "Nothing is lost: the next run reads on from where the dataset ends. Let one run at a time read a connector (RunsMax(1))."
            );
        }
    }

    private static async ValueTask<bool> TryInsertAsync(Transaction transaction, DatasetVersion version, Actor actor) =>
        await transaction.ExecuteAsync(
            """
            insert into datasets_version (id, project, environment, dataset, version, content_digest, file_count, row_count,
                                          new_rows, quarantined, as_of, origin, created_at, created_by)
            values (@Id, @Project, @Environment, @Dataset, @Version, @ContentDigest, @Files, @Rows, @NewRows, @Quarantined, @AsOf,
                    @origin, @at, @by)
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
                version.Files,
                version.Rows,
                version.NewRows,
                version.Quarantined,
                version.AsOf,
                origin = version.Origin is null ? null : JsonSerializer.Serialize(version.Origin, RondoJson.Options),
                at = version.CreatedAt.ToUnixTimeMilliseconds(),
                by = actor.Name,
            }
        ) == 1;

    private static async ValueTask SaveParentsAsync(Transaction transaction, DatasetVersion version)
    {
        foreach (var parent in version.Origin?.Parents?.Distinct(StringComparer.Ordinal) ?? [])
        {
            var known = await transaction.ScalarAsync<long>(
                "select count(*) from datasets_version where id = @parent and project = @Project",
                new { parent, version.Project }
            );
            if (known == 0)
            {
                throw new RondoException(
                    ErrorCode.NotFound,
                    $"There is no dataset version '{parent}' that {version.Id} could be made from.",
                    "Name it as project/environment/dataset/number; rondo datasets versions DATASET lists them."
                );
            }

            await transaction.ExecuteAsync(
                "insert into datasets_parent (child, parent) values (@Id, @parent)",
                new { version.Id, parent }
            );
        }
    }

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
}

/// <summary>A version that is to be published, with the files that are new in it, and the artifact of a run that they are.</summary>
internal sealed record MadeVersion(
    DatasetVersion Version,
    IReadOnlyList<DatasetFileFacts> Fresh,
    ArtifactRef? Rows = null
)
{
    public NewEvent ToEvent(Actor actor) =>
        new(
            DatasetVersionCreated.Type,
            Version.Project,
            Version.Id,
            actor,
            new DatasetVersionCreated(
                Version.Dataset,
                Version.Environment,
                Version.Version,
                Version.Rows,
                Version.NewRows,
                (int)Version.Files,
                Fresh.Count == 1 ? Fresh[0].Name : FormattableString.Invariant($"{Fresh.Count} files"),
                Version.AsOf,
                Version.ContentDigest,
                Version.Origin?.Parents,
                Version.Origin?.RunId,
                Rows
            )
        );
}
