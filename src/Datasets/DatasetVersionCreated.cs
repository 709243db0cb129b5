namespace Rondo.Datasets;

/// <summary>Data of event <c>dataset.version.created</c>. <paramref name="Files"/> is their number, <paramref name="File"/> the one that was pushed, or how many.</summary>
public sealed record DatasetVersionCreated(
    string Dataset,
    string Environment,
    long Version,
    long Rows,
    long NewRows,
    int Files,
    string File,
    string? AsOf,
    string ContentDigest
)
{
    /// <summary>The type of the event.</summary>
    public const string Type = "dataset.version.created";
}
