using Rondo.Sdk.Wire;

namespace Rondo.Datasets;

/// <summary>Data of event <c>dataset.version.created</c>. <paramref name="Files"/> is their number, <paramref name="File"/> the one that was pushed, or how many; <paramref name="Artifact"/> what a run made, that was added.</summary>
public sealed record DatasetVersionCreated(
    string Dataset,
    string Environment,
    long Version,
    long Rows,
    long NewRows,
    int Files,
    string File,
    string? AsOf,
    string ContentDigest,
    IReadOnlyList<string>? Parents = null,
    string? RunId = null,
    ArtifactRef? Artifact = null
)
{
    /// <summary>The type of the event.</summary>
    public const string Type = "dataset.version.created";
}
