using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Datasets;

/// <summary>Files whose bytes are in the store, to be added to a dataset in one version.</summary>
/// <param name="Files">The files; one that is there already under its name is replaced.</param>
/// <param name="Origin">How they were made; null: pushed as they are.</param>
public sealed record DatasetAddition(IReadOnlyList<NewDatasetFile> Files, DatasetOrigin? Origin = null)
{
    /// <summary>How far a connector has been read with these files, by its name; see <see cref="DatasetVersionContent.Marks"/>.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Marks { get; init; }

    /// <summary>
    /// How far these connectors had been read when these files were made; null: it does not matter. Where somebody else has read on since, the
    /// files hold rows that are there already, and are refused.
    /// </summary>
    public IReadOnlyDictionary<string, JsonElement?>? ReadSince { get; init; }

    /// <summary>The artifact of a run that these files are, for lineage.</summary>
    public ArtifactRef? Rows { get; init; }
}

/// <summary>A file by its name and the digest of its bytes (SHA-256, lower-case hex).</summary>
public sealed record NewDatasetFile(string Name, string Digest);

/// <summary>What came of an addition: the version that now holds the files, whether that is a new one, and what was read.</summary>
public sealed record DatasetAdded(DatasetVersion Version, bool Created, IReadOnlyList<DatasetFileFacts> Files);
