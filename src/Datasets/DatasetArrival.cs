using Rondo.Sdk.Wire;

namespace Rondo.Datasets;

/// <summary>Rows that a step of a pipeline has made, and that are to be added to a dataset.</summary>
/// <param name="Id">Names the arrival; what is recorded twice is added once.</param>
/// <param name="Place">The dataset.</param>
/// <param name="File">The name of the file that holds the rows.</param>
/// <param name="Artifact">The rows: Parquet.</param>
/// <param name="Parents">The dataset versions that the run took.</param>
/// <param name="RunId">The run.</param>
public sealed record DatasetArrival(
    string Id,
    DatasetPlace Place,
    string File,
    ArtifactRef Artifact,
    IReadOnlyList<string> Parents,
    string RunId
)
{
    /// <summary>The type of the event that tells of one.</summary>
    public const string ArrivedType = "dataset.rows.arrived";

    /// <summary>The type of the event that tells of one that could not be added.</summary>
    public const string RefusedType = "dataset.rows.refused";
}

/// <summary>Data of events <c>dataset.rows.arrived</c> and <c>dataset.rows.refused</c>, with the reason of a refusal.</summary>
public sealed record DatasetRowsEvent(
    string Dataset,
    string Environment,
    string File,
    string RunId,
    string? Reason = null
);
