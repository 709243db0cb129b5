namespace Rondo.Evaluation;

/// <summary>A point of a precision–recall curve: what happens where rows with a score of at least the threshold are predicted positive.</summary>
public sealed record PrecisionRecallPoint(double Threshold, double Precision, double Recall);

/// <summary>Precision against recall over all thresholds.</summary>
/// <param name="Points">One for each distinct score, recall ascending; empty where there are no positive rows.</param>
/// <param name="AveragePrecision">
/// The area in steps, Σ (recall − recall before) · precision: what to report. Not computable without positive rows, or without
/// negative ones (nothing to tell apart).
/// </param>
/// <param name="TrapezoidArea">The area by straight lines from (0, 1), which no model can reach: too optimistic, for comparison only.</param>
public sealed record PrecisionRecallCurve(
    IReadOnlyList<PrecisionRecallPoint> Points,
    Metric AveragePrecision,
    Metric TrapezoidArea
)
{
    /// <summary>The curve of scores, the higher the more positive.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, a score that is not finite, or weights that are negative or all 0.</exception>
    public static PrecisionRecallCurve Of(
        IReadOnlyList<bool> truth,
        IReadOnlyList<double> score,
        IReadOnlyList<double>? weights = null
    )
    {
        var steps = ScoreSteps.Of(truth, score, weights);
        var positives = steps[^1].Positives;
        if (positives == 0 || steps[^1].Negatives == 0)
        {
            var none = Metric.NotComputable(RocCurve.OneClass(positives));
            return new PrecisionRecallCurve([], none, none);
        }

        var points = new List<PrecisionRecallPoint>();
        var (area, trapezoid, last) = (0.0, 0.0, new PrecisionRecallPoint(double.PositiveInfinity, 1, 0));
        // A leading step of rows without weight predicts nothing.
        foreach (var step in steps.Where(s => s.Positives + s.Negatives > 0))
        {
            var point = new PrecisionRecallPoint(
                step.Threshold,
                step.Positives / (step.Positives + step.Negatives),
                step.Positives / positives
            );
            area += (point.Recall - last.Recall) * point.Precision;
            trapezoid += (point.Recall - last.Recall) * (point.Precision + last.Precision) / 2;
            points.Add(point);
            last = point;
        }

        return new PrecisionRecallCurve(points, area, trapezoid);
    }
}
