namespace Rondo.Datasets;

/// <summary>
/// An immutable snapshot of named data. <paramref name="ContentDigest"/> is the blob of its <c>DatasetVersionContent</c>: files in
/// the order of their names. <paramref name="NewRows"/> are the rows it has more than the version before;
/// <paramref name="AsOf"/> is the newest event time in it (a date or an instant in UTC), where it has one.
/// </summary>
public sealed record DatasetVersion(
    string Id,
    string Project,
    string Environment,
    string Dataset,
    long Version,
    string ContentDigest,
    long Rows,
    long NewRows,
    string? AsOf,
    DateTimeOffset CreatedAt
)
{
    /// <summary>How many files it holds.</summary>
    public long Files { get; init; }

    /// <summary>Lines of its files that nobody could read; rows in are these and <see cref="Rows"/>.</summary>
    public long Quarantined { get; init; }

    /// <summary>How it was made; null: files were pushed as they are.</summary>
    public DatasetOrigin? Origin { get; init; }

    /// <summary>When it was deleted; null where it was not. A deleted version is known, and cannot be used any more.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Who deleted it.</summary>
    public string? DeletedBy { get; init; }

    /// <summary>The name under which lineage and people know it.</summary>
    public static string IdOf(string project, string environment, string dataset, long version) =>
        FormattableString.Invariant($"{project}/{environment}/{dataset}/{version}");
}
