using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>
/// Further errors of predicted numbers beside those of <see cref="RegressionMetrics"/>. Every method takes the truth and the
/// prediction of each row, and refuses no rows, lengths that differ and values that are not finite.
/// </summary>
public static class RegressionErrors
{
    /// <summary>The mean squared error, in the squared unit of the truth.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or a value that is not finite.</exception>
    public static double MeanSquared(IReadOnlyList<double> truth, IReadOnlyList<double> predicted) =>
        Mean(truth, predicted, (t, p) => (p - t) * (p - t));

    /// <summary>
    /// 1 − variance of the errors / variance of the truth: R² that forgives a constant bias. Not computable for a constant truth or a
    /// single row.
    /// </summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or a value that is not finite.</exception>
    public static Metric ExplainedVariance(IReadOnlyList<double> truth, IReadOnlyList<double> predicted)
    {
        Pairs.Check(truth, predicted, nameof(predicted));
        var errors = Data.Moments.Of(truth.Select((t, i) => t - predicted[i]));
        var all = Data.Moments.Of(truth);
        return RegressionMetrics.WhyNoVariance(truth) is { } reason
            ? Metric.NotComputable(reason)
            : 1 - (errors.PopulationVariance!.Value / all.PopulationVariance!.Value);
    }

    /// <summary>
    /// The pinball (quantile) loss max(q(t − p), (q − 1)(t − p)): least where the predictions are the <paramref name="quantile"/> of the truth;
    /// at ½ it is half the mean absolute error.
    /// </summary>
    /// <exception cref="RondoException">No rows, lengths that differ, a value that is not finite, or a quantile outside 0 to 1.</exception>
    public static double Pinball(IReadOnlyList<double> truth, IReadOnlyList<double> predicted, double quantile)
    {
        Samples.CheckShare(quantile, nameof(quantile));
        return Mean(truth, predicted, (t, p) => Math.Max(quantile * (t - p), (quantile - 1) * (t - p)));
    }

    /// <summary>Huber's loss (1964): half the squared error up to <paramref name="delta"/>, then linear, δ(|e| − δ/2).</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, a value that is not finite, or a delta that is not positive.</exception>
    public static double Huber(IReadOnlyList<double> truth, IReadOnlyList<double> predicted, double delta = 1)
    {
        Samples.CheckPositive(delta, nameof(delta));
        return Mean(truth, predicted, Loss);

        double Loss(double t, double p)
        {
            var error = Math.Abs(t - p);
            return error <= delta ? error * error / 2 : delta * (error - (delta / 2));
        }
    }

    /// <summary>The mean absolute error as a share of the truth; not computable where a true value is 0.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or a value that is not finite.</exception>
    public static Metric AbsolutePercentage(IReadOnlyList<double> truth, IReadOnlyList<double> predicted)
    {
        Pairs.Check(truth, predicted, nameof(predicted));
        return truth.Contains(0)
            ? Metric.NotComputable("a true value is 0")
            : Mean(truth, predicted, (t, p) => Math.Abs((p - t) / t));
    }

    /// <summary>The symmetric form 2|p − t| / (|t| + |p|), 0 to 2; a row in which both are 0 counts 0.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or a value that is not finite.</exception>
    public static double SymmetricPercentage(IReadOnlyList<double> truth, IReadOnlyList<double> predicted) =>
        Mean(truth, predicted, (t, p) => t == p ? 0 : 2 * Math.Abs(p - t) / (Math.Abs(t) + Math.Abs(p)));

    /// <summary>The sum of absolute errors by the sum of absolute true values (WAPE); not computable where the latter is 0.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or a value that is not finite.</exception>
    public static Metric WeightedPercentage(IReadOnlyList<double> truth, IReadOnlyList<double> predicted) =>
        Metric.Ratio(
            Mean(truth, predicted, (t, p) => Math.Abs(p - t)),
            Mean(truth, predicted, (t, _) => Math.Abs(t)),
            "every true value is 0"
        );

    /// <summary>The root of the mean squared difference of ln(1 + x); not computable where a value is −1 or less.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or a value that is not finite.</exception>
    public static Metric RootMeanSquaredLogarithmic(IReadOnlyList<double> truth, IReadOnlyList<double> predicted)
    {
        Pairs.Check(truth, predicted, nameof(predicted));
        return truth.Concat(predicted).Any(v => v <= -1)
            ? Metric.NotComputable("a value is −1 or less")
            : Math.Sqrt(Mean(truth, predicted, (t, p) => Math.Pow(Math.Log(1 + p) - Math.Log(1 + t), 2)));
    }

    private static double Mean(
        IReadOnlyList<double> truth,
        IReadOnlyList<double> predicted,
        Func<double, double, double> loss
    )
    {
        Pairs.Check(truth, predicted, nameof(predicted));
        return truth.Select((t, i) => loss(t, predicted[i])).Average();
    }
}
