using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>
/// The percentile interval of any statistic (Efron, 1979): rows are drawn with replacement, with a recorded seed, so that the interval can be
/// computed again. Rows that depend on their neighbours need blocks: see <see cref="PairedComparison"/>.
/// </summary>
/// <param name="Estimate">The statistic of the rows themselves.</param>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end.</param>
/// <param name="Resamples">How often rows were drawn.</param>
/// <param name="Undefined">How many of these had no statistic (a single class, for example) and were left out.</param>
/// <param name="Seed">The seed of the drawing.</param>
public sealed record Bootstrap(Metric Estimate, Metric Low, Metric High, int Resamples, int Undefined, int Seed)
{
    /// <summary>How often rows are drawn by default.</summary>
    public const int DefaultResamples = 2000;

    // More would be asked for by mistake.
    private const int ResamplesMax = 1_000_000;

    /// <summary>
    /// The interval of a statistic of rows, given by their indices. Not computable where more than half of the drawings have no statistic.
    /// </summary>
    /// <exception cref="RondoException">No rows, no resamples or more than a million, or a confidence that is not between 0 and 1.</exception>
    public static Bootstrap Of(
        int rows,
        Func<IReadOnlyList<int>, Metric> statistic,
        int seed,
        double confidence = 0.95,
        int resamples = DefaultResamples
    )
    {
        Samples.CheckPositive(rows, nameof(rows));
        Samples.CheckInnerShare(confidence, nameof(confidence));
        if (resamples is < 1 or > ResamplesMax)
        {
            throw Samples.Refuse($"{resamples} resamples are asked for.", "Give 1 to 1,000,000.");
        }

        var random = new Random(seed);
        var drawn = new int[rows];
        var values = new List<double>(resamples);
        for (var resample = 0; resample < resamples; resample++)
        {
            for (var i = 0; i < rows; i++)
            {
                drawn[i] = random.Next(rows);
            }

            if (statistic(drawn).Value is { } value)
            {
                values.Add(value);
            }
        }

        var sorted = values.Order().ToArray();
        var tail = (1 - confidence) / 2;
        var estimate = statistic(Enumerable.Range(0, rows).ToArray());
        return new Bootstrap(estimate, At(tail), At(1 - tail), resamples, resamples - sorted.Length, seed);

        Metric At(double share) =>
            2 * sorted.Length > resamples
                ? Quantile.Linear(sorted, share)
                : Metric.NotComputable("most resamples have no statistic");
    }
}
