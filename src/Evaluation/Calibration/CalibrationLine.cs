using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>
/// The logistic regression of the truth on the logit of the probability (Cox, 1958): a calibrated model has intercept 0 and slope 1; a slope
/// under 1 says that probabilities are too extreme.
/// </summary>
/// <param name="Intercept">0 where probabilities are right on average.</param>
/// <param name="Slope">1 where they are as extreme as they should be.</param>
public sealed record CalibrationLine(Metric Intercept, Metric Slope)
{
    private const int StepsMax = 100;

    // Beyond, a line that separates the classes is running to infinity.
    private const double SlopeMax = 1e6;

    /// <summary>
    /// Fits the line by Newton's method. Not computable where the truth has one class, all probabilities are the same, or a threshold
    /// separates the classes.
    /// </summary>
    /// <exception cref="RondoException">No rows, lengths that differ, or a probability that is not between 0 and 1 (its logit is infinite).</exception>
    public static CalibrationLine Of(IReadOnlyList<bool> truth, IReadOnlyList<double> probability)
    {
        Pairs.CheckLengths(truth.Count, probability.Count, nameof(probability));
        for (var i = 0; i < probability.Count; i++)
        {
            Samples.CheckInnerShare(probability[i], FormattableString.Invariant($"The probability of row {i + 1}"));
        }

        var reason = Reason(truth, probability);
        return reason is null && Fit(truth, probability.Select(p => Math.Log(p / (1 - p))).ToArray()) is var (a, b)
            ? new CalibrationLine(a, b)
            : new CalibrationLine(
                Metric.NotComputable(reason ?? "no line fits best"),
                Metric.NotComputable(reason ?? "no line fits best")
            );
    }

    private static string? Reason(IReadOnlyList<bool> truth, IReadOnlyList<double> probability)
    {
        if (truth.Distinct().Count() < 2)
        {
            return RocCurve.OneClass(truth[0] ? 1 : 0);
        }

        if (probability.Distinct().Count() < 2)
        {
            return "all probabilities are the same";
        }

        var positive = probability.Where((_, i) => truth[i]).ToArray();
        var negative = probability.Where((_, i) => !truth[i]).ToArray();
        return positive.Min() >= negative.Max() || positive.Max() <= negative.Min()
            ? "a threshold separates the classes"
            : null;
    }

    private static (double Intercept, double Slope)? Fit(IReadOnlyList<bool> truth, double[] logit)
    {
        var (a, b) = (0.0, 1.0);
        for (var step = 0; step < StepsMax && Math.Abs(b) < SlopeMax; step++)
        {
            var (g0, g1, h00, h01, h11) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for (var i = 0; i < logit.Length; i++)
            {
                var p = 1 / (1 + Math.Exp(-(a + (b * logit[i]))));
                var residual = (truth[i] ? 1 : 0) - p;
                var weight = p * (1 - p);
                g0 += residual;
                g1 += residual * logit[i];
                h00 += weight;
                h01 += weight * logit[i];
                h11 += weight * logit[i] * logit[i];
            }

            var determinant = (h00 * h11) - (h01 * h01);
            var da = ((h11 * g0) - (h01 * g1)) / determinant;
            var db = ((h00 * g1) - (h01 * g0)) / determinant;
            a += da;
            b += db;
            if (Math.Abs(da) + Math.Abs(db) <= 1e-13 * (1 + Math.Abs(a) + Math.Abs(b)))
            {
                return (a, b);
            }
        }

        return null;
    }
}
