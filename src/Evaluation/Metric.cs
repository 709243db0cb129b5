using System.Text.Json.Serialization;

namespace Rondo.Evaluation;

/// <summary>
/// A number, or the reason why there is none. What is not computable (the AUC of a single class, the R² of a constant truth) is never
/// written as 0 or ½, because a gate could not tell it from a measurement.
/// </summary>
/// <param name="Value">The number; null where it is not computable.</param>
/// <param name="Reason">Why it is not computable; null where it is.</param>
public readonly record struct Metric(double? Value, string? Reason)
{
    /// <summary>Whether there is a number.</summary>
    [JsonIgnore]
    public bool IsComputable => Value is not null;

    /// <summary>A metric that has no value, and why.</summary>
    public static Metric NotComputable(string reason) => new(null, reason);

    /// <summary>A quotient; not computable, for the reason given, where its denominator is 0.</summary>
    public static Metric Ratio(double numerator, double denominator, string reason) =>
        denominator == 0 ? NotComputable(reason) : numerator / denominator;

    /// <summary>A computed number.</summary>
    public static implicit operator Metric(double value) => new(value, null);

    /// <summary>The same as the conversion.</summary>
    public static Metric FromDouble(double value) => value;

    /// <summary>The number, or what other software reports in its place (scikit-learn: mostly 0).</summary>
    public double Or(double fallback) => Value ?? fallback;

    /// <summary>Another number made of this one; what is not computable stays so.</summary>
    public Metric Then(Func<double, double> next) => Value is { } value ? next(value) : this;
}
