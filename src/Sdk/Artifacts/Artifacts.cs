using System.ComponentModel;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>The codecs of the artifact types. For the generated code.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Artifacts
{
    /// <summary>A table without a row type: Parquet.</summary>
    public static ArtifactCodec<Table> UntypedTable { get; } = new UntypedTableCodec();

    /// <summary>A table as it was read, with its parts: Parquet.</summary>
    public static ArtifactCodec<RawTable> RawTable { get; } = new RawTableCodec();

    /// <summary>A validation report: JSON.</summary>
    public static ArtifactCodec<ValidationReport> ValidationReport { get; } =
        new JsonCodec<ValidationReport>(ArtifactTypes.ValidationReport);

    /// <summary>Statistics: JSON.</summary>
    public static ArtifactCodec<TableStatistics> Statistics { get; } =
        new JsonCodec<TableStatistics>(ArtifactTypes.Statistics);

    /// <summary>What a sweep found: JSON.</summary>
    public static ArtifactCodec<SweepReport> SweepReport { get; } =
        new JsonCodec<SweepReport>(ArtifactTypes.SweepReport);

    /// <summary>Fitted steps of a preparation: JSON.</summary>
    public static ArtifactCodec<Preparation> Preparation { get; } = new PreparationCodec();

    /// <summary>A model: a zip of its description and its file.</summary>
    public static ArtifactCodec<Model> Model { get; } = new ModelCodec();

    /// <summary>Any file.</summary>
    public static ArtifactCodec<FileArtifact> File { get; } = new FileCodec();

    /// <summary>What a pipeline asks the registry to take: JSON.</summary>
    public static ArtifactCodec<ModelProposal> ModelProposal { get; } =
        new JsonCodec<ModelProposal>(ArtifactTypes.ModelProposal);

    /// <summary>Rows that a connector has read since the last time: Parquet.</summary>
    public static ArtifactCodec<NewRows> NewRows { get; } = new NewRowsCodec();

    /// <summary>The files of a dataset version: JSON.</summary>
    public static ArtifactCodec<DatasetVersionContent> DatasetVersion { get; } =
        new JsonCodec<DatasetVersionContent>(ArtifactTypes.DatasetVersion);

    /// <summary>A table whose rows have a type: Parquet.</summary>
    public static ArtifactCodec<Table<T>> Table<T>() => TableCodec<T>.Instance;

    /// <summary>A record: JSON.</summary>
    public static ArtifactCodec<T> Json<T>() => JsonCodec<T>.Plain;
}
