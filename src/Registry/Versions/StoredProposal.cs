using System.Text.Json;
using System.Text.Json.Serialization;
using Rondo.Data;
using Rondo.Evaluation;
using Rondo.Sdk.Wire;

namespace Rondo.Registry.Versions;

/// <summary>A proposal as the table keeps it: everything but the baseline, which has a column of its own.</summary>
internal sealed record StoredProposal(
    string Model,
    ArtifactRef Artifact,
    ModelDescription Description,
    IReadOnlyDictionary<string, double> TrainMetrics,
    IReadOnlyDictionary<string, double> TestMetrics,
    IReadOnlyList<SliceMetrics> Slices,
    GateVerdict Verdict,
    DateOnly? DataFrom,
    DateOnly? DataTo,
    IReadOnlyList<RivalEvaluation>? Rivals = null
)
{
    public TableSchema? Schema { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool NeedsApproval { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelConversion? Conversion { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelRuntime? Runtime { get; init; }

    public static StoredProposal Of(ModelProposal p) =>
        new(
            p.Model,
            p.Artifact,
            p.Description,
            p.TrainMetrics,
            p.TestMetrics,
            p.Slices,
            p.Verdict,
            p.DataFrom,
            p.DataTo,
            p.Rivals
        )
        {
            Schema = p.Schema,
            NeedsApproval = p.NeedsApproval,
            Conversion = p.Conversion,
            Runtime = p.Runtime,
        };

    public ModelProposal With(ReferenceProfile baseline) =>
        new(
            Model,
            Artifact,
            Description,
            TrainMetrics,
            TestMetrics,
            Slices,
            Verdict,
            baseline,
            DataFrom,
            DataTo,
            Rivals
        )
        {
            Schema = Schema,
            NeedsApproval = NeedsApproval,
            Conversion = Conversion,
            Runtime = Runtime,
        };

    public string ToJson() => JsonSerializer.Serialize(this, RondoJson.Options);

    public static StoredProposal Parse(string json) => Json.Read<StoredProposal>(json);
}
