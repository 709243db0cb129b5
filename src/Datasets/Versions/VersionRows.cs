using System.Text.Json;
using Rondo.Data;

namespace Rondo.Datasets.Versions;

/// <summary>A file of the newest version, as stored.</summary>
internal sealed record FileRow
{
    public string Name { get; init; } = "";
    public string Digest { get; init; } = "";
    public long Size { get; init; }
    public long RowCount { get; init; }
    public long Quarantined { get; init; }
    public string? AsOf { get; init; }

    public static FileRow Of(DatasetFileFacts file) =>
        new()
        {
            Name = file.Name,
            Digest = file.Digest,
            Size = file.Size,
            RowCount = file.Rows,
            Quarantined = file.Quarantined,
            AsOf = file.AsOf,
        };
}

/// <summary>A version, as stored.</summary>
internal sealed record VersionRow
{
    public const string Columns =
        "id, project, environment, dataset, version, content_digest, file_count, row_count, new_rows, quarantined, as_of, origin, created_at, deleted_at, deleted_by";

    public string Id { get; init; } = "";
    public string Project { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Dataset { get; init; } = "";
    public long Version { get; init; }
    public string ContentDigest { get; init; } = "";
    public long FileCount { get; init; }
    public long RowCount { get; init; }
    public long NewRows { get; init; }
    public long Quarantined { get; init; }
    public string? AsOf { get; init; }
    public string? Origin { get; init; }
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
            Files = FileCount,
            Quarantined = Quarantined,
            Origin = Origin is null ? null : JsonSerializer.Deserialize<DatasetOrigin>(Origin, RondoJson.Options),
            DeletedAt = DeletedAt is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
            DeletedBy = DeletedBy,
        };
}
