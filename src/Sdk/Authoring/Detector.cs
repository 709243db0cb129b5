using System.Text.Json.Serialization;
using Rondo.Data;

namespace Rondo.Sdk;

/// <summary>A sequential detector for the errors of single answers, with its settings; made by <see cref="Detectors"/>. A setting that is null is as usual.</summary>
/// <param name="Name">Which: <c>adwin</c>, <c>ddm</c> or <c>pageHinkley</c>.</param>
public sealed record Detector(string Name)
{
    /// <summary>Page–Hinkley: how large the summed up excess of errors may become, in the unit of the predicted value.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Threshold { get; init; }

    /// <summary>Page–Hinkley: the excess that is tolerated, in the same unit. ADWIN: its confidence.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Delta { get; init; }

    /// <summary>DDM: an answer is wrong where it is farther than this from the truth, in the unit of the predicted value.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Tolerance { get; init; }

    /// <summary>ADWIN: what errors are divided by, so that most of them lie between 0 and 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Scale { get; init; }
}

/// <summary>Detectors that a quality monitor may use: they see when errors begin to rise, however long ago the last window ended.</summary>
public static class Detectors
{
    /// <summary>The test of Page and Hinkley (<see cref="Rondo.Data.PageHinkley"/>) on absolute errors: a mean that rises.</summary>
    /// <param name="threshold">How large the summed up excess over the mean may become, in the unit of the predicted value.</param>
    /// <param name="delta">What each error may exceed the mean by for nothing, in the same unit.</param>
    /// <exception cref="RondoException">The threshold is not positive, or delta is negative or not finite.</exception>
    public static Detector PageHinkley(double threshold = 50, double delta = 0.005) =>
        new("pageHinkley") { Threshold = Positive(threshold, "The threshold"), Delta = NotNegative(delta, "Delta") };

    /// <summary>ADWIN (<see cref="Rondo.Data.Adwin"/>) on absolute errors: an alert where their mean rises, none where it falls.</summary>
    /// <param name="delta">Its confidence, between 0 and 1: the smaller, the fewer false alarms.</param>
    /// <param name="scale">What errors are divided by, in the unit of the predicted value, so that most lie between 0 and 1.</param>
    /// <exception cref="RondoException">Delta is not between 0 and 1, or the scale is not positive.</exception>
    public static Detector Adwin(double delta = 0.002, double scale = 1) =>
        delta is > 0 and < 1
            ? new("adwin") { Delta = delta, Scale = Positive(scale, "The scale") }
            : throw Invalid($"Delta is {delta}.", "Give a share between 0 and 1.");

    /// <summary>The drift detection method (<see cref="Rondo.Data.Ddm"/>) on wrong and right answers: a share of wrong ones that rises.</summary>
    /// <param name="tolerance">An answer is wrong where it is farther than this from the truth; ½ for classes and for 0 and 1.</param>
    /// <exception cref="RondoException">The tolerance is negative or not finite.</exception>
    public static Detector Ddm(double tolerance = 0.5) =>
        new("ddm") { Tolerance = NotNegative(tolerance, "The tolerance") };

    private static double Positive(double value, string name) =>
        value > 0 && double.IsFinite(value) ? value : throw Invalid($"{name} is {value}.", "Give a number above 0.");

    private static double NotNegative(double value, string name) =>
        value >= 0 && double.IsFinite(value) ? value : throw Invalid($"{name} is {value}.", "Give 0 or more.");

    private static RondoException Invalid(FormattableString what, string mend) =>
        new(ErrorCode.InvalidArgument, FormattableString.Invariant(what), mend);
}
