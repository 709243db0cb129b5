namespace Rondo.Evaluation;

/// <summary>What a classifier does to the rows of one group.</summary>
/// <param name="Group">The group.</param>
/// <param name="N">Its rows.</param>
/// <param name="SelectionRate">The share that is predicted positive.</param>
/// <param name="TruePositiveRate">The share of its positive rows that is found; not computable without any.</param>
/// <param name="FalsePositiveRate">The share of its negative rows that raises a false alarm; not computable without any.</param>
/// <param name="Accuracy">The share that is right.</param>
public sealed record GroupRates(
    string Group,
    int N,
    Metric SelectionRate,
    Metric TruePositiveRate,
    Metric FalsePositiveRate,
    Metric Accuracy
);

/// <summary>
/// Whether a classifier treats groups alike, by the definitions of Fairlearn: greatest less least rate over the groups, and least by greatest.
/// A difference of 0 and a ratio of 1 are equal treatment. Not computable with a single group, or where the rate of some group is not;
/// a ratio is not computable where every rate is 0.
/// </summary>
/// <param name="Groups">The groups in ordinal order.</param>
/// <param name="DemographicParityDifference">Of selection rates.</param>
/// <param name="DemographicParityRatio">Of selection rates: the disparate impact.</param>
/// <param name="EqualOpportunityDifference">Of true positive rates (Hardt et al., 2016).</param>
/// <param name="EqualizedOddsDifference">The worse of the differences of true and of false positive rates.</param>
/// <param name="EqualizedOddsRatio">The worse of the ratios of true and of false positive rates.</param>
/// <param name="AccuracyDifference">Of the shares that are right.</param>
public sealed record FairnessReport(
    IReadOnlyList<GroupRates> Groups,
    Metric DemographicParityDifference,
    Metric DemographicParityRatio,
    Metric EqualOpportunityDifference,
    Metric EqualizedOddsDifference,
    Metric EqualizedOddsRatio,
    Metric AccuracyDifference
)
{
    /// <summary>The ratio of selection rates below which the four-fifths rule (US EEOC, 1978) sees adverse impact.</summary>
    public const double FourFifths = 0.8;

    /// <summary>Whether the four-fifths rule holds; null where the ratio is not computable.</summary>
    public bool? PassesFourFifths => DemographicParityRatio.Value is { } ratio ? ratio >= FourFifths : null;

    /// <summary>Compares the groups of rows.</summary>
    /// <exception cref="RondoException">No rows, or lengths that differ.</exception>
    public static FairnessReport Of(
        IReadOnlyList<bool> truth,
        IReadOnlyList<bool> predicted,
        IReadOnlyList<string> group
    )
    {
        Pairs.CheckLengths(truth.Count, predicted.Count, nameof(predicted));
        Pairs.CheckLengths(truth.Count, group.Count, nameof(group));
        var groups = Enumerable
            .Range(0, truth.Count)
            .GroupBy(i => group[i], StringComparer.Ordinal)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g =>
            {
                var rows = g.ToArray();
                var confusion = BinaryConfusion.Of(
                    rows.Select(i => truth[i]).ToArray(),
                    rows.Select(i => predicted[i]).ToArray()
                );
                return new GroupRates(
                    g.Key,
                    rows.Length,
                    confusion.SelectionRate,
                    confusion.Recall,
                    confusion.FalsePositiveRate,
                    confusion.Accuracy
                );
            })
            .ToArray();
        var selection = Spread(groups, g => g.SelectionRate);
        var found = Spread(groups, g => g.TruePositiveRate);
        var alarms = Spread(groups, g => g.FalsePositiveRate);
        return new FairnessReport(
            groups,
            selection.Difference,
            selection.Ratio,
            found.Difference,
            Worse(found.Difference, alarms.Difference, Math.Max),
            Worse(found.Ratio, alarms.Ratio, Math.Min),
            Spread(groups, g => g.Accuracy).Difference
        );
    }

    /// <summary>
    /// The share of rows whose prediction changes where nothing but the sensitive attribute is changed: predictions of the rows as they
    /// are, and of the same rows with it changed. 0 is best.
    /// </summary>
    /// <exception cref="RondoException">No rows, or lengths that differ.</exception>
    public static double CounterfactualFlips<T>(IReadOnlyList<T> predicted, IReadOnlyList<T> predictedChanged)
        where T : notnull
    {
        Pairs.CheckLengths(predicted.Count, predictedChanged.Count, nameof(predictedChanged));
        return predicted.Zip(predictedChanged, (a, b) => a.Equals(b) ? 0.0 : 1).Average();
    }

    private static (Metric Difference, Metric Ratio) Spread(GroupRates[] groups, Func<GroupRates, Metric> rate)
    {
        var missing =
            groups.Length < 2 ? "there is a single group"
            : groups.FirstOrDefault(g => !rate(g).IsComputable) is { } none
                ? FormattableString.Invariant($"in group {none.Group} {rate(none).Reason}")
            : null;
        if (missing is not null)
        {
            return (Metric.NotComputable(missing), Metric.NotComputable(missing));
        }

        var (least, greatest) = (groups.Min(g => rate(g).Or(0)), groups.Max(g => rate(g).Or(0)));
        return (greatest - least, Metric.Ratio(least, greatest, "the rate is 0 in every group"));
    }

    private static Metric Worse(Metric first, Metric second, Func<double, double, double> worse) =>
        first.IsComputable && second.IsComputable ? worse(first.Or(0), second.Or(0))
        : first.IsComputable ? second
        : first;
}
