using System.Text.Json.Serialization;

namespace Rondo.Evaluation;

/// <summary>
/// The errors of predicted numbers, in the unit of the truth. What is undefined is null, and a reason says why.
/// </summary>
/// <param name="N">The number of rows.</param>
/// <param name="Rmse">Root of the mean squared error.</param>
/// <param name="Mae">Mean absolute error.</param>
/// <param name="Bias">Mean of prediction − truth: positive where the model says too much.</param>
/// <param name="R2">Share of the truth's variance that is explained; undefined for a constant truth or a single row.</param>
/// <param name="R2Reason">Why <paramref name="R2"/> is undefined.</param>
/// <param name="MedianError">Median of the absolute error.</param>
/// <param name="MaxError">The greatest absolute error.</param>
public sealed record RegressionMetrics(
    int N,
    double Rmse,
    double Mae,
    double Bias,
    double? R2,
    string? R2Reason,
    double MedianError,
    double MaxError
)
{
    /// <summary>The metrics of predictions beside the truth, row by row.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or a value that is not finite.</exception>
    public static RegressionMetrics Of(IReadOnlyList<double> truth, IReadOnlyList<double> predicted)
    {
        Pairs.Check(truth, predicted, nameof(predicted));
        var n = truth.Count;
        var errors = new double[n];
        var (squares, absolutes, bias) = (0.0, 0.0, 0.0);
        for (var i = 0; i < n; i++)
        {
            var error = predicted[i] - truth[i];
            errors[i] = Math.Abs(error);
            squares += error * error;
            absolutes += errors[i];
            bias += error;
        }

        Array.Sort(errors);
        var mean = truth.Average();
        var spread = truth.Sum(t => (t - mean) * (t - mean));
        var reason = WhyNoVariance(truth);
        return new RegressionMetrics(
            n,
            Math.Sqrt(squares / n),
            absolutes / n,
            bias / n,
            reason is null ? 1 - (squares / spread) : null,
            reason,
            (errors[(n - 1) / 2] + errors[n / 2]) / 2,
            errors[^1]
        );
    }

    /// <summary>The same for single-precision predictions.</summary>
    public static RegressionMetrics Of(IReadOnlyList<float> truth, IReadOnlyList<float> predicted) =>
        Of(truth.Select(v => (double)v).ToArray(), predicted.Select(v => (double)v).ToArray());

    /// <summary>
    /// R² as scikit-learn reports it from 1.1 on, for comparison: of a constant truth 1 where every prediction is right and 0 otherwise; null of a
    /// single row. A gate should not use it.
    /// </summary>
    [JsonIgnore]
    public double? R2ForcedFinite =>
        R2
        ?? (
            N < 2 ? null
            : Rmse == 0 ? 1
            : 0
        );

    /// <summary>The metrics by name (<c>rmse mae bias r2 medianError maxError n</c>), without those that are undefined.</summary>
    public IReadOnlyDictionary<string, double> ToDictionary()
    {
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["rmse"] = Rmse,
            ["mae"] = Mae,
            ["bias"] = Bias,
            ["medianError"] = MedianError,
            ["maxError"] = MaxError,
            ["n"] = N,
        };
        if (R2 is { } r2)
        {
            metrics["r2"] = r2;
        }

        return metrics;
    }

    internal static string? WhyNoVariance(IReadOnlyList<double> truth) =>
        truth.Count < 2 ? "a single row has no variance to explain"
        : truth.All(t => t == truth[0]) ? "the truth is constant"
        : null;
}
