using System.Text;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

internal static class Facts
{
    public static JsonElement Of<T>(T facts) => JsonSerializer.SerializeToElement(facts, RondoJson.Options);
}

internal sealed class UntypedTableCodec() : ArtifactCodec<Table>(ArtifactTypes.Table)
{
    internal override Table Read(StoredArtifact artifact)
    {
        using var stream = artifact.Open();
        return Parquet.Read(stream);
    }

    internal override JsonElement? Write(Table value, Stream stream)
    {
        Parquet.Write(value, stream);
        return Facts.Of(new { rows = value.RowCount, columns = value.Columns.Count });
    }
}

internal sealed class TableCodec<T>() : ArtifactCodec<Table<T>>(ArtifactTypes.Table)
{
    public static readonly TableCodec<T> Instance = new();

    internal override Table<T> Read(StoredArtifact artifact) => Artifacts.UntypedTable.Read(artifact).As<T>();

    internal override JsonElement? Write(Table<T> value, Stream stream) =>
        Artifacts.UntypedTable.Write(value.Untyped, stream);
}

internal sealed class RawTableCodec() : ArtifactCodec<RawTable>(ArtifactTypes.RawTable)
{
    internal override RawTable Read(StoredArtifact artifact)
    {
        using var stream = artifact.Open();
        return Parquet.ReadRaw(stream);
    }

    internal override JsonElement? Write(RawTable value, Stream stream)
    {
        Parquet.Write(value, stream);
        return Facts.Of(
            new
            {
                rows = value.Table.RowCount,
                columns = value.Table.Columns.Count,
                files = value.Parts.Count,
            }
        );
    }
}

internal sealed class JsonCodec<T>(string type) : ArtifactCodec<T>(type)
{
    private const int SummaryBytesMax = 4096;

    public static readonly JsonCodec<T> Plain = new(ArtifactTypes.Json);

    internal override T Read(StoredArtifact artifact)
    {
        using var stream = artifact.Open();
        return JsonSerializer.Deserialize<T>(stream, RondoJson.Options)
            ?? throw new RondoException(
                ErrorCode.DataCorrupt,
                $"The artifact {artifact.Reference.Digest} holds no {typeof(T).Name}.",
                "Run again the step that made it."
            );
    }

    // Small documents are their own summary; large ones (a reference profile, say) are left to the artifact.
    internal override JsonElement? Write(T value, Stream stream)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, RondoJson.Options);
        stream.Write(bytes);
        if (value is ModelProposal proposal)
        {
            return Facts.Of(
                new
                {
                    model = proposal.Model,
                    passed = proposal.Verdict.Passed,
                    verdict = proposal.Verdict,
                    testMetrics = proposal.TestMetrics,
                    slices = proposal.Slices,
                    rivals = proposal.Rivals,
                }
            );
        }
        return bytes.Length <= SummaryBytesMax ? JsonSerializer.Deserialize<JsonElement>(bytes) : null;
    }
}

internal sealed class NewRowsCodec() : ArtifactCodec<NewRows>(ArtifactTypes.NewRows)
{
    internal override NewRows Read(StoredArtifact artifact) => NewRows.Stored(artifact.Open);

    internal override JsonElement? Write(NewRows value, Stream stream)
    {
        var facts = value.Write(stream);
        return Facts.Of(
            new
            {
                rows = facts.Rows,
                heldBack = facts.Quarantined,
                connector = facts.Connector,
            }
        );
    }
}

internal sealed class FileCodec() : ArtifactCodec<FileArtifact>(ArtifactTypes.File)
{
    internal override FileArtifact Read(StoredArtifact artifact) => new(artifact.Path);

    internal override JsonElement? Write(FileArtifact value, Stream stream)
    {
        using var file = File.OpenRead(value.Path);
        file.CopyTo(stream);
        return null;
    }
}

internal sealed class PreparationCodec() : ArtifactCodec<Preparation>(ArtifactTypes.Preparation)
{
    internal override Preparation Read(StoredArtifact artifact) =>
        Preparation.FromJson(File.ReadAllText(artifact.Path));

    internal override JsonElement? Write(Preparation value, Stream stream)
    {
        stream.Write(Encoding.UTF8.GetBytes(value.ToJson()));
        return Facts.Of(new { steps = value.Steps });
    }
}

internal sealed class ModelCodec() : ArtifactCodec<Model>(ArtifactTypes.Model)
{
    internal override Model Read(StoredArtifact artifact) => Model.Open(artifact.Path, artifact.Reference);

    internal override JsonElement? Write(Model value, Stream stream)
    {
        value.WriteBundle(stream);
        return Facts.Of(new { format = value.Description.Format, algorithm = value.Description.Algorithm });
    }
}
