using System.Text.Json;
using Rondo.Data;
using Rondo.Evaluation;

namespace Rondo.Sdk.Wire;

/// <summary>One input or output of a model, in the Open Inference Protocol's terms (<c>FP32 FP64 INT32 INT64 BOOL BYTES</c>; -1 is a free dimension).</summary>
public sealed record TensorSignature(string Name, string DataType, IReadOnlyList<long> Shape);

/// <summary>What a model takes and gives.</summary>
public sealed record ModelSignature(IReadOnlyList<TensorSignature> Inputs, IReadOnlyList<TensorSignature> Outputs);

/// <summary>A recorded request and its answer: what a server must reproduce before a version gets traffic. Values by tensor name, one row.</summary>
public sealed record ModelExample(
    IReadOnlyDictionary<string, JsonElement> Inputs,
    IReadOnlyDictionary<string, JsonElement> Outputs
);

/// <summary><c>model.json</c> of a model bundle (artifact type <c>rondo/model</c>: a zip of this and <paramref name="File"/>).</summary>
public sealed record ModelDescription(
    string Format,
    string File,
    string Algorithm,
    ModelSignature Signature,
    ModelExample Example
)
{
    /// <summary>The format of a model saved by ML.NET with its input schema.</summary>
    public const string MLNetZip = "mlnet-zip";
}

/// <summary>
/// What a pipeline asks the registry to take (artifact type <c>rondo/model-proposal</c>). A model whose verdict does not
/// pass is recorded but not registered.
/// </summary>
public sealed record ModelProposal(
    string Model,
    ArtifactRef Artifact,
    ModelDescription Description,
    IReadOnlyDictionary<string, double> TrainMetrics,
    IReadOnlyDictionary<string, double> TestMetrics,
    IReadOnlyList<SliceMetrics> Slices,
    GateVerdict Verdict,
    ReferenceProfile Baseline,
    DateOnly? DataFrom,
    DateOnly? DataTo
);

/// <summary>A dataset version (artifact type <c>rondo/dataset-version</c>): files in the order of their names.</summary>
public sealed record DatasetVersionContent(string Dataset, IReadOnlyList<DatasetFile> Files);

/// <summary>One pushed file of a dataset version.</summary>
public sealed record DatasetFile(string Name, string Digest, long Size);

/// <summary>The artifact types that the platform itself understands.</summary>
public static class ArtifactTypes
{
    public const string Table = "rondo/table";
    public const string RawTable = "rondo/raw-table";
    public const string Json = "rondo/json";
    public const string File = "rondo/file";
    public const string Model = "rondo/model";
    public const string ModelProposal = "rondo/model-proposal";
    public const string DatasetVersion = "rondo/dataset-version";
    public const string ValidationReport = "rondo/validation-report";
    public const string Statistics = "rondo/statistics";

    /// <summary>A serving model that does not exist yet: the JSON value null.</summary>
    public const string None = "rondo/none";
}
