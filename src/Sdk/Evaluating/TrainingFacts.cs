using System.Text.Json.Serialization;
using Rondo.Data;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>What later data and predictions are compared with, and where a model comes from.</summary>
/// <param name="Baseline">The training inputs, and the predictions on the hold-out as column <c>prediction</c>.</param>
/// <param name="TrainMetrics">The metrics on the rows that it was trained on; empty if they were not scored.</param>
/// <param name="DataFrom">The first day of these rows.</param>
/// <param name="DataTo">The last.</param>
public sealed record TrainingFacts(
    ReferenceProfile Baseline,
    IReadOnlyDictionary<string, double> TrainMetrics,
    DateOnly? DataFrom,
    DateOnly? DataTo
)
{
    /// <summary>What the model was converted from; null where it is as it was trained.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ModelConversion? Conversion { get; init; }
}
