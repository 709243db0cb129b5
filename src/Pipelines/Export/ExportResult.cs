using System.Text.Json.Serialization;

namespace Rondo.Pipelines.Export;

/// <summary>What an exporter makes of a pipeline: files, and what the other system cannot express.</summary>
/// <param name="Refused">Whether there is a semantic loss that was not allowed; there are no files then.</param>
/// <param name="Files">The files.</param>
/// <param name="Losses">What is lost, in the order of the nodes.</param>
public sealed record ExportResult(bool Refused, IReadOnlyList<ExportFile> Files, IReadOnlyList<ExportLoss> Losses);

/// <summary>A file by its name, without a folder.</summary>
public sealed record ExportFile(string Name, string Content);

/// <summary>Something that the other system cannot express.</summary>
/// <param name="Node">The node's id; null where it is the pipeline.</param>
/// <param name="Construct">What is lost, in one word.</param>
/// <param name="Kind">Whether it matters to what the pipeline does.</param>
/// <param name="What">What becomes of it, and what to do: whole sentences.</param>
public sealed record ExportLoss(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Node,
    string Construct,
    LossKind Kind,
    string What
);

/// <summary>Whether a loss matters.</summary>
public enum LossKind
{
    /// <summary>The same is computed and done, with other surroundings: who starts it, what is reused, what is shown.</summary>
    Cosmetic,

    /// <summary>Something else is computed or done, or something is left out.</summary>
    Semantic,
}
