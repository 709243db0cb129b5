using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Datasets;

/// <summary>What a dataset version holds, and where it stands between others.</summary>
/// <param name="Version">The version, with how it was made.</param>
/// <param name="Files">Its files, in the order of their names.</param>
/// <param name="Marks">How far each connector has been read, by its name; null: there is none.</param>
/// <param name="Statistics">The statistics of all files together.</param>
/// <param name="Warnings">What deserves a look before anything is trained on it.</param>
/// <param name="Children">The versions of datasets that were made from it, at most 1,000.</param>
public sealed record DatasetDescription(
    DatasetVersion Version,
    IReadOnlyList<DatasetFile> Files,
    IReadOnlyDictionary<string, JsonElement>? Marks,
    TableStatistics Statistics,
    IReadOnlyList<QualityWarning> Warnings,
    IReadOnlyList<string> Children
);
