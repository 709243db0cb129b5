using System.Text.Json.Serialization;
using Rondo.Evaluation;
using Rondo.Registry.Governance;
using Rondo.Sdk.Wire;

namespace Rondo.Registry.Cards;

/// <summary>A card with what is known of one version: nobody has to write that down.</summary>
internal sealed class CardReader(CardStore cards, ModelRegistry registry, ModelGovernance governance)
{
    /// <summary>The newest card of a model; beside it a version, the default one where none is named, if there is one.</summary>
    public async Task<ModelCardView> ReadAsync(ModelKey key, long? version, long? revision)
    {
        var card = await cards.GetAsync(key, revision);
        var number = version ?? await registry.DefaultAsync(key);
        if (number is null)
        {
            return new ModelCardView(key.ToString(), card, null);
        }

        var found = version is null
            ? await registry.FindAsync(key.Project, key.Environment, key.Model, number.Value)
            : await registry.GetAsync(key, number.Value);
        return new ModelCardView(
            key.ToString(),
            card,
            found is null ? null : VersionFacts.Of(found, await governance.HistoryAsync(key, number.Value))
        );
    }
}

/// <summary>A model's card, and the facts of one version; null: the model has none that a pipeline has made.</summary>
internal sealed record ModelCardView(string Model, CardRevision Card, VersionFacts? Version);

/// <summary>What is known of a version without anybody writing it down.</summary>
internal sealed record VersionFacts(
    long Version,
    string State,
    string Algorithm,
    DateTimeOffset RegisteredAt,
    ModelOrigin Origin,
    DateOnly? DataFrom,
    DateOnly? DataTo,
    IReadOnlyDictionary<string, double> TrainMetrics,
    IReadOnlyDictionary<string, double> TestMetrics,
    IReadOnlyList<SliceMetrics> Slices,
    GateVerdict Verdict,
    IReadOnlyList<VersionTransition> Decisions
)
{
    /// <summary>What it was converted from, with size, latency and parity; null where it is as it was trained.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelConversion? Conversion { get; init; }

    /// <summary>A recorded request of one row, and its answer.</summary>
    public ModelExample? Example { get; init; }

    /// <summary>What it was made with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelRuntime? Runtime { get; init; }

    public static VersionFacts Of(ModelVersion version, IReadOnlyList<VersionTransition> decisions) =>
        new(
            version.Version,
            version.State,
            version.Proposal.Description.Algorithm,
            version.CreatedAt,
            version.Origin,
            version.Proposal.DataFrom,
            version.Proposal.DataTo,
            version.Proposal.TrainMetrics,
            version.Proposal.TestMetrics,
            version.Proposal.Slices,
            version.Proposal.Verdict,
            decisions
        )
        {
            Conversion = version.Proposal.Conversion,
            Example = version.Proposal.Description.Example,
            Runtime = version.Proposal.Runtime,
        };
}
