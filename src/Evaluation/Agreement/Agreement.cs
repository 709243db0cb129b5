using Rondo.Data;

namespace Rondo.Evaluation;

/// <summary>How ratings are compared by <see cref="Agreement.Krippendorff"/>.</summary>
public enum MeasurementLevel
{
    /// <summary>Names: equal or not.</summary>
    Nominal,

    /// <summary>Places in an order: by the ratings that lie between.</summary>
    Ordinal,

    /// <summary>Numbers: (a − b)².</summary>
    Interval,

    /// <summary>Numbers with a true zero: ((a − b) / (a + b))².</summary>
    Ratio,
}

/// <summary>
/// Whether people who labelled the same items agree beyond chance: 1 always, 0 as chance would. Where a single category leaves 0/0, it
/// is not computable (other software says 1, or NaN).
/// </summary>
public static class Agreement
{
    private const string SingleCategory = "there is a single category";

    /// <summary>Cohen's kappa (1960, 1968) of two raters, item by item; see <see cref="ConfusionMatrix.Kappa"/>.</summary>
    /// <exception cref="RondoException">No items, or numbers of ratings that differ.</exception>
    public static Metric Cohen<T>(
        IReadOnlyList<T> first,
        IReadOnlyList<T> second,
        KappaWeights weights = KappaWeights.None
    )
        where T : notnull, IComparable<T> => ConfusionMatrix.Of(first, second).Kappa(weights);

    /// <summary>
    /// Fleiss' kappa (1971) of any number of raters: for each item, how many of them chose each category. Every item has the same number
    /// of ratings.
    /// </summary>
    /// <exception cref="RondoException">No items, or they do not have the same categories and the same two or more ratings.</exception>
    public static Metric Fleiss(IReadOnlyList<IReadOnlyList<int>> counts)
    {
        var observed = Observed(counts);
        double all = counts.Sum(item => item.Sum());
        var chance = counts[0].Select((_, j) => counts.Sum(item => item[j]) / all).Sum(share => share * share);
        return Beyond(observed, chance);
    }

    /// <summary>
    /// Randolph's kappa (2005), free margins: chance is one over the number of categories, however often they were chosen.
    /// </summary>
    /// <exception cref="RondoException">As <see cref="Fleiss"/>.</exception>
    public static Metric Randolph(IReadOnlyList<IReadOnlyList<int>> counts) =>
        Beyond(Observed(counts), 1.0 / counts[0].Count);

    /// <summary>
    /// Krippendorff's alpha (2011) by the matrix of coincidences: raters (outer) by items (inner), null where a rating is missing. Items
    /// with fewer than two ratings are dropped. Not computable where fewer than two ratings are left, or all are the same.
    /// </summary>
    /// <exception cref="RondoException">No raters, numbers of items that differ, or a rating that is not finite (or negative, for <see cref="MeasurementLevel.Ratio"/>).</exception>
    public static Metric Krippendorff(IReadOnlyList<IReadOnlyList<double?>> ratings, MeasurementLevel level)
    {
        CheckRatings(ratings, level);
        var items = Enumerable
            .Range(0, ratings[0].Count)
            .Select(item => ratings.Select(rater => rater[item]).OfType<double>().ToArray())
            .Where(item => item.Length > 1)
            .ToArray();
        var values = items.SelectMany(item => item).Distinct().Order().ToArray();
        var index = values.Select((value, i) => (value, i)).ToDictionary(pair => pair.value, pair => pair.i);
        var pairs = new double[values.Length, values.Length];
        foreach (var item in items)
        {
            var places = Array.ConvertAll(item, value => index[value]);
            for (var a = 0; a < places.Length; a++)
            {
                for (var b = 0; b < places.Length; b++)
                {
                    pairs[places[a], places[b]] += a == b ? 0 : 1.0 / (places.Length - 1);
                }
            }
        }

        return Alpha(values, pairs, level);
    }

    private static Metric Alpha(double[] values, double[,] pairs, MeasurementLevel level)
    {
        var k = values.Length;
        var totals = Enumerable.Range(0, k).Select(i => Enumerable.Range(0, k).Sum(j => pairs[i, j])).ToArray();
        var (observed, expected) = (0.0, 0.0);
        for (var i = 0; i < k; i++)
        {
            for (var j = 0; j < k; j++)
            {
                var difference = Difference(i, j);
                observed += pairs[i, j] * difference;
                expected += totals[i] * totals[j] * difference;
            }
        }

        var reason = k == 0 ? "no item has two ratings" : SingleCategory;
        return Metric.Ratio((totals.Sum() - 1) * observed, expected, reason).Then(share => 1 - share);

        double Difference(int i, int j)
        {
            var (low, high) = (Math.Min(i, j), Math.Max(i, j));
            var distance = level switch
            {
                MeasurementLevel.Nominal => i == j ? 0 : 1,
                MeasurementLevel.Ordinal => totals[low..(high + 1)].Sum() - ((totals[i] + totals[j]) / 2),
                MeasurementLevel.Interval => values[i] - values[j],
                _ => i == j ? 0 : (values[i] - values[j]) / (values[i] + values[j]),
            };
            return distance * distance;
        }
    }

    private static Metric Beyond(double observed, double chance) =>
        Metric.Ratio(observed - chance, 1 - chance, SingleCategory);

    /// <summary>The share of pairs of ratings of an item that agree, over the items.</summary>
    private static double Observed(IReadOnlyList<IReadOnlyList<int>> counts)
    {
        Pairs.CheckLengths(counts.Count, counts.Count, nameof(counts));
        double raters = counts[0].Sum();
        foreach (var item in counts)
        {
            if (item.Count != counts[0].Count || item.Sum() != raters || raters < 2 || item.Any(c => c < 0))
            {
                throw Samples.Refuse(
                    $"An item has {item.Count} categories and {item.Sum()} ratings.",
                    "Every item needs the same categories and the same two or more ratings; Krippendorff's alpha does not ask for that."
                );
            }
        }

        return counts.Average(item => item.Sum(c => c * (c - 1.0)) / (raters * (raters - 1)));
    }

    private static void CheckRatings(IReadOnlyList<IReadOnlyList<double?>> ratings, MeasurementLevel level)
    {
        Pairs.CheckLengths(ratings.Count, ratings.Count, nameof(ratings));
        foreach (var rater in ratings)
        {
            if (rater.Count != ratings[0].Count)
            {
                throw Samples.Refuse(
                    $"Raters have {ratings[0].Count} and {rater.Count} items.",
                    "Give null for what is missing."
                );
            }

            if (rater.Any(r => r is { } v && (!double.IsFinite(v) || (level == MeasurementLevel.Ratio && v < 0))))
            {
                throw Samples.Refuse(
                    $"A rating is not finite, or negative on a scale of ratios.",
                    "Leave it out: give null."
                );
            }
        }
    }
}
