namespace Rondo.Data;

/// <summary>
/// Where a mean has most likely changed once: the cut that leaves the least squares around the means of both parts (Hinkley, 1970), which is the
/// maximum likelihood for normal values. It says <i>where</i>, not <i>whether</i>: any values have such a cut.
/// </summary>
/// <param name="Index">The first value after the change, from 0; the first of equally good ones.</param>
/// <param name="Before">The mean before it.</param>
/// <param name="After">The mean from it on.</param>
public sealed record ChangePoint(int Index, double Before, double After)
{
    /// <summary>The change point of values in their order; time is linear in them.</summary>
    /// <exception cref="RondoException">There are fewer than two values, or one is not finite.</exception>
    public static ChangePoint Of(IReadOnlyList<double> values)
    {
        Samples.Check(values, nameof(values));
        Samples.CheckPositive(values.Count - 1, "The number of values less one");
        var mean = values.Average();
        var (sum, best, greatest, bestSum) = (0.0, 1, double.NegativeInfinity, 0.0);
        for (var i = 1; i < values.Count; i++)
        {
            sum += values[i - 1] - mean;
            // Between the two means, weighted: what the squares lose by the cut.
            var gain = sum * sum / i / (values.Count - i);
            if (gain > greatest)
            {
                (best, greatest, bestSum) = (i, gain, sum);
            }
        }

        return new ChangePoint(best, mean + (bestSum / best), mean - (bestSum / (values.Count - best)));
    }
}
