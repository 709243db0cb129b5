namespace Rondo.Evaluation;

/// <summary>
/// Isotonic regression of the truth on a score: the non-decreasing function with the least squared error, by pooling adjacent violators
/// (Ayer et al., 1955). Rows with the same score are pooled first. Between its points it is linear, outside it is constant.
/// </summary>
public sealed record IsotonicCalibration(IReadOnlyList<double> Scores, IReadOnlyList<double> Values)
{
    /// <summary>Fits the function; its points are the ends of each level.</summary>
    /// <exception cref="RondoException">No rows, lengths that differ, a value that is not finite, or weights that are negative or all 0.</exception>
    public static IsotonicCalibration Fit(
        IReadOnlyList<double> score,
        IReadOnlyList<double> truth,
        IReadOnlyList<double>? weights = null
    )
    {
        Pairs.Check(truth, score, nameof(score));
        var w = Pairs.Weights(weights, truth.Count);
        var levels = new List<Level>();
        var rows = Enumerable.Range(0, score.Count).Where(i => w[i] > 0);
        foreach (var ties in rows.GroupBy(i => score[i]).OrderBy(g => g.Key))
        {
            var weight = ties.Sum(i => w[i]);
            var level = new Level(ties.Key, ties.Key, ties.Sum(i => w[i] * truth[i]) / weight, weight);
            while (levels.Count > 0 && levels[^1].Value >= level.Value)
            {
                var before = levels[^1];
                levels.RemoveAt(levels.Count - 1);
                var both = before.Weight + level.Weight;
                // Equal values are kept as they are, so that rounding does not tell them apart.
                var value =
                    before.Value == level.Value
                        ? level.Value
                        : ((before.Value * before.Weight) + (level.Value * level.Weight)) / both;
                level = new Level(before.From, level.To, value, both);
            }

            levels.Add(level);
        }

        var points = levels.SelectMany(l =>
            l.From == l.To ? [(l.From, l.Value)] : ((double, double)[])[(l.From, l.Value), (l.To, l.Value)]
        );
        return new IsotonicCalibration(points.Select(p => p.Item1).ToArray(), points.Select(p => p.Item2).ToArray());
    }

    /// <summary>The calibrated value of a score.</summary>
    public double Predict(double score)
    {
        if (!(score > Scores[0]))
        {
            return Values[0];
        }

        var above = 1;
        while (above < Scores.Count && Scores[above] < score)
        {
            above++;
        }

        if (above == Scores.Count)
        {
            return Values[^1];
        }

        var share = (score - Scores[above - 1]) / (Scores[above] - Scores[above - 1]);
        return Values[above - 1] + (share * (Values[above] - Values[above - 1]));
    }

    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct Level(double From, double To, double Value, double Weight);
}
