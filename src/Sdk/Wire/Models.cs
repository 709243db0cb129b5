using System.Text.Json;
using System.Text.Json.Serialization;
using Rondo.Data;
using Rondo.Evaluation;

namespace Rondo.Sdk.Wire;

/// <summary>One input or output of a model, in the Open Inference Protocol's terms.</summary>
/// <param name="Name">Its name in a request, and in the training rows.</param>
/// <param name="DataType">One of <c>FP32 FP64 INT32 INT64 BOOL BYTES</c>.</param>
/// <param name="Shape">The length of each dimension; -1 is free. <c>[-1]</c> is one value for each row of a request.</param>
public sealed record TensorSignature(string Name, string DataType, IReadOnlyList<long> Shape);

/// <summary>What a model takes and gives.</summary>
public sealed record ModelSignature(IReadOnlyList<TensorSignature> Inputs, IReadOnlyList<TensorSignature> Outputs);

/// <summary>A recorded request and its answer: what a server must reproduce before a version gets traffic. Values by tensor name, one row.</summary>
public sealed record ModelExample(
    IReadOnlyDictionary<string, JsonElement> Inputs,
    IReadOnlyDictionary<string, JsonElement> Outputs
);

/// <summary><c>model.json</c> of a model bundle (artifact type <c>rondo/model</c>: a zip of this and <paramref name="File"/>).</summary>
/// <param name="Format">How the file is to be read, for example <see cref="MLNetZip"/>.</param>
/// <param name="File">The name of the model's file in the bundle.</param>
/// <param name="Algorithm">How it was learned, for people.</param>
/// <param name="Signature">What it takes and gives.</param>
/// <param name="Example">A recorded request and its answer.</param>
/// <param name="TrainedTo">The newest day that it was trained on: a hold-out is fair to it only after this day. Written when the
/// model is proposed to the registry; null where no time is known.</param>
public sealed record ModelDescription(
    string Format,
    string File,
    string Algorithm,
    ModelSignature Signature,
    ModelExample Example,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateOnly? TrainedTo = null
)
{
    /// <summary>The format of a model saved by ML.NET with its input schema.</summary>
    public const string MLNetZip = "mlnet-zip";

    /// <summary>The format of an ONNX model whose inputs and outputs have the names and types of the signature, each of shape [rows, width].</summary>
    public const string Onnx = "onnx";

    /// <summary>What is done to each request before the model sees it; null: the model takes the inputs of the signature as they are.
    /// Written by <see cref="Model.With"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelPreparation? Preparation { get; init; }
}

/// <summary>
/// The preparation that a model bundle carries (<see cref="File"/>). The signature and the example of the description are then those of the raw
/// columns, in which a value may be missing (<c>null</c>); the model itself takes <paramref name="Inputs"/>.
/// </summary>
/// <param name="Columns">The raw columns, in the order of the signature's inputs: one value for each row of a request.</param>
/// <param name="Inputs">What the model itself takes. An input of one value in a row is the prepared column of its name; a single input of
/// several takes all prepared columns, in their order.</param>
public sealed record ModelPreparation(IReadOnlyList<ModelColumn> Columns, IReadOnlyList<TensorSignature> Inputs)
{
    /// <summary>The name of the preparation in the bundle.</summary>
    public const string File = "preparation.json";
}

/// <summary>A column of raw rows. A date travels as text (<c>2024-05-01</c>), and so does a timestamp (<c>2024-05-01T06:00:00Z</c>).</summary>
public sealed record ModelColumn(string Name, ColumnType Type)
{
    /// <summary>The column in a request: <c>FP64</c>, <c>INT64</c>, <c>BOOL</c> or <c>BYTES</c>, one value in a row.</summary>
    [JsonIgnore]
    public TensorSignature Signature =>
        new(
            Name,
            Type switch
            {
                ColumnType.Number => "FP64",
                ColumnType.Integer => "INT64",
                ColumnType.Boolean => "BOOL",
                _ => "BYTES",
            },
            [-1]
        );
}

/// <summary>
/// What a pipeline asks the registry to take (artifact type <c>rondo/model-proposal</c>). A model whose verdict does not
/// pass is recorded but not registered.
/// </summary>
/// <param name="Model">The name in the registry.</param>
/// <param name="Artifact">The model bundle.</param>
/// <param name="Description">Its description.</param>
/// <param name="TrainMetrics">The metrics on the rows that it was trained on; empty if they were not scored.</param>
/// <param name="TestMetrics">The winner's metrics on the hold-out.</param>
/// <param name="Slices">The same by slice.</param>
/// <param name="Verdict">The gate's decision.</param>
/// <param name="Baseline">What later data and predictions are compared with.</param>
/// <param name="DataFrom">The first day of the rows that it was trained on.</param>
/// <param name="DataTo">The last.</param>
/// <param name="Rivals">The naive forecast, the serving model and whatever else the gate compared, by the same slices; null in
/// what an earlier version of the Sdk wrote.</param>
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
    DateOnly? DataTo,
    IReadOnlyList<RivalEvaluation>? Rivals = null
)
{
    /// <summary>What the values of a request should be like: the schema of the training rows, as far as it is about the model's inputs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TableSchema? Schema { get; init; }

    /// <summary>Whether somebody has to approve the version before it is served; else its gate's verdict is the approval.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NeedsApproval { get; init; }

    /// <summary>What the model was converted from, and whether it answers alike; null where it is as it was trained.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelConversion? Conversion { get; init; }

    /// <summary>What the model was made with; null in what an earlier version of the Sdk wrote.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelRuntime? Runtime { get; init; }
}

/// <summary>A dataset version (artifact type <c>rondo/dataset-version</c>): files in the order of their names.</summary>
public sealed record DatasetVersionContent(string Dataset, IReadOnlyList<DatasetFile> Files)
{
    /// <summary>How far each connector has been read up to this version, by the connector's name; null: there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, JsonElement>? Marks { get; init; }
}

/// <summary>What the Parquet file of new rows (<see cref="ArtifactTypes.NewRows"/>) says about itself in its key-value metadata.</summary>
/// <param name="Connector">What was read.</param>
/// <param name="Origin">The query or pattern; null: not known.</param>
/// <param name="Rows">Its rows.</param>
/// <param name="Quarantined">Lines that nobody could read.</param>
/// <param name="Since">How far the connector had been read before; null: not at all.</param>
/// <param name="Mark">How far it was read; null: nothing was.</param>
public sealed record NewRowsFacts(
    string Connector,
    string? Origin,
    long Rows,
    long Quarantined,
    JsonElement? Since,
    JsonElement? Mark
)
{
    /// <summary>The key of the metadata whose value this is, as JSON.</summary>
    public const string Key = "rondo.new-rows";

    /// <summary>Reads it from the metadata of a file.</summary>
    /// <exception cref="RondoException">The file says nothing of itself.</exception>
    public static NewRowsFacts Of(IReadOnlyDictionary<string, string> metadata) =>
        metadata.TryGetValue(Key, out var json)
        && JsonSerializer.Deserialize<NewRowsFacts>(json, RondoJson.Options) is { } found
            ? found
            : throw new RondoException(
                ErrorCode.DataCorrupt,
                "The artifact says nothing of the connector that read it.",
                "Run again the step that made it."
            );
}

/// <summary>One pushed file of a dataset version.</summary>
public sealed record DatasetFile(string Name, string Digest, long Size);

/// <summary>The artifact types that the platform itself understands.</summary>
public static class ArtifactTypes
{
    /// <summary>Rows as Parquet.</summary>
    public const string Table = "rondo/table";

    /// <summary>What was read, before validation: Parquet that also knows its files and the lines held back.</summary>
    public const string RawTable = "rondo/raw-table";

    /// <summary>A record of the project, as JSON.</summary>
    public const string Json = "rondo/json";

    /// <summary>Any file; only the steps that write and read it know its format.</summary>
    public const string File = "rondo/file";

    /// <summary>A zip of <c>model.json</c> (<see cref="ModelDescription"/>) and the model's file.</summary>
    public const string Model = "rondo/model";

    /// <summary>A <see cref="Wire.ModelProposal"/> as JSON: publishing it registers or rejects the model.</summary>
    public const string ModelProposal = "rondo/model-proposal";

    /// <summary>Rows that a connector has read since the last time: Parquet that also knows how far it has been read.</summary>
    public const string NewRows = "rondo/new-rows";

    /// <summary>A <see cref="DatasetVersionContent"/> as JSON.</summary>
    public const string DatasetVersion = "rondo/dataset-version";

    /// <summary>A validation report as JSON.</summary>
    public const string ValidationReport = "rondo/validation-report";

    /// <summary>The statistics of a table as JSON.</summary>
    public const string Statistics = "rondo/statistics";

    /// <summary>A <see cref="Sdk.SweepReport"/> as JSON.</summary>
    public const string SweepReport = "rondo/sweep-report";

    /// <summary>Fitted steps of a preparation (<see cref="Data.Preparation"/>), as JSON.</summary>
    public const string Preparation = "rondo/preparation";

    /// <summary>A serving model that does not exist yet: the JSON value null.</summary>
    public const string None = "rondo/none";
}
