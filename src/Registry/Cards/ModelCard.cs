using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Registry.Cards;

/// <summary>
/// What people write about a model, after "Model Cards for Model Reporting" (Mitchell et al., 2019); figures, data and decisions are not
/// written but known, and stand beside it for each version. Texts of at most ten thousand characters; null: nobody has said.
/// </summary>
public sealed record ModelCard
{
    /// <summary>Whom to ask.</summary>
    public string? Owner { get; init; }

    /// <summary>What it is for, and who uses it.</summary>
    public string? IntendedUses { get; init; }

    /// <summary>What it must not be used for.</summary>
    public string? OutOfScopeUses { get; init; }

    /// <summary>low, medium or high: how much harm a wrong answer does.</summary>
    public string? Risk { get; init; }

    /// <summary>Why the risk is rated so.</summary>
    public string? RiskReason { get; init; }

    /// <summary>Where the training data come from, and what is missing in them.</summary>
    public string? TrainingData { get; init; }

    /// <summary>How it was evaluated, beyond the figures.</summary>
    public string? Evaluation { get; init; }

    /// <summary>Whom it may treat unfairly, and what was done about that.</summary>
    public string? Fairness { get; init; }

    /// <summary>What to keep in mind.</summary>
    public string? Caveats { get; init; }

    /// <summary>Whatever else a team writes down, by name.</summary>
    public IReadOnlyDictionary<string, string>? More { get; init; }

    /// <summary>A name that no property has: a mistake of whoever wrote it.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>One revision of a card; revision 0 is the empty card that nobody has written yet.</summary>
public sealed record CardRevision(long Revision, ModelCard Card, DateTimeOffset? EditedAt, string? EditedBy);
