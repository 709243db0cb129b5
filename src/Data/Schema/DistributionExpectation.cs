using System.Text.Json.Serialization;

namespace Rondo.Data;

/// <summary>
/// How the values of a column are expected to be distributed: by shares of values, or by quantiles of numbers. What deviates is value skew. A file is
/// only told where chance would hardly bring it beyond the tolerance (in at most 1 of 100 files over everything that the schema expects), so
/// that files of few rows raise no false alarms.
/// </summary>
public sealed record DistributionExpectation
{
    /// <summary>The tolerance where none is said.</summary>
    public const double ToleranceUsual = 0.05;

    /// <summary>Values, as text, with the share of the values that are there which each is expected to have; those not named share the rest.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, double>? Shares { get; init; }

    /// <summary>Numbers by the share of the values that is expected below or at them, such as 0.5 for the middle one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<double, double>? Quantiles { get; init; }

    /// <summary>By how much a share may differ, 0 to 1; of a quantile, the share of the values below it.</summary>
    public double Tolerance { get; init; } = ToleranceUsual;

    /// <summary>
    /// What statistics suggest: the shares of a column of at most 20 different texts or booleans, the quantiles (5, 25, 50, 75, 95 %) of a column
    /// of numbers; null of other columns and of those without values.
    /// </summary>
    public static DistributionExpectation? Infer(ColumnStatistics column) => DistributionInference.Of(column);
}
