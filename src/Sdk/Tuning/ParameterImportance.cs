namespace Rondo.Sdk;

/// <summary>
/// How much of what trials gave a parameter explains by itself.
/// </summary>
/// <param name="Parameter">Its name.</param>
/// <param name="Share">
/// From 0 to 1: the part of the variance, over the whole space, of its values averaged over all others. What the shares leave to 1 is explained by
/// parameters together only.
/// </param>
public sealed record ParameterImportance(string Parameter, double Share);

/// <summary>
/// The variance that each parameter explains (functional ANOVA: Hutter, Hoos and Leyton-Brown, 2014, An Efficient Approach for Assessing
/// Hyperparameter Importance). A random forest learns what trials gave; of each tree the part of a parameter is computed exactly, as an
/// integral over the space, so that it says less about where a search has looked more often. Of a search that has hardly left one place, take the
/// order of the shares rather than their size. Of the tenth at each end, values far from the others count as the last that is not (the outer fences
/// of Tukey, 1977, Exploratory Data Analysis): one trial that diverged would otherwise be all the variance.
/// </summary>
internal static class Importance
{
    private const int Trees = 24;
    private const int TrialsMin = 6;
    private const double RoundingShare = 1e-12;

    // Far out is what lies so many times the distance of the quartiles beyond them, and only so few can be it: more are a part of the picture.
    private const double FarOut = 3;
    private const double FarOutShare = 0.1;

    /// <summary>Trials that are looked at, the newest: the time grows with their square.</summary>
    private const int TrialsMax = 500;

    /// <summary>Most important first; none where there are too few trials, or all gave the same.</summary>
    public static IReadOnlyList<ParameterImportance> Of(SearchPoints space, IReadOnlyList<TrialRecord> trials, int seed)
    {
        var random = new Random(seed);
        // One budget: how much a trial spent is no parameter.
        var budget = trials.Where(IsOne).GroupBy(trial => trial.Budget).MaxBy(group => group.Count())?.Key;
        var samples = trials
            .Where(trial => IsOne(trial) && trial.Budget == budget)
            .TakeLast(TrialsMax)
            .Select(trial => (Point: space.PointOf(trial.Parameters).Point, trial.Value))
            .Where(one => one.Point is not null)
            .Select(one => new RegressionTree.Sample(Scaled(space, one.Point!, random), one.Value!.Value))
            .ToList();
        if (samples.Count < TrialsMin || WithoutUnit(WithoutFarOut(samples)) is not { } alike)
        {
            return [];
        }
        var counts = space.Ranges.Select(range => range.Choices.Count).ToList();
        var shares = new double[counts.Count];
        var told = 0;
        for (var tree = 0; tree < Trees; tree++)
        {
            var drawn = alike.Select(_ => alike[random.Next(alike.Count)]).ToList();
            var leaves = new RegressionTree(counts, random).Grow(drawn);
            var mean = leaves.Sum(leaf => leaf.Volume * leaf.Mean);
            var variance = leaves.Sum(leaf => leaf.Volume * (leaf.Mean - mean) * (leaf.Mean - mean));
            if (leaves.Count < 2 || variance <= 0)
            {
                continue;
            }
            told++;
            for (var parameter = 0; parameter < shares.Length; parameter++)
            {
                shares[parameter] += Explained(leaves, parameter, counts[parameter], mean) / variance;
            }
        }
        return told == 0
            ? []
            :
            [
                .. space
                    .Ranges.Select(
                        (range, n) => new ParameterImportance(range.Name, Math.Clamp(shares[n] / told, 0, 1))
                    )
                    .OrderByDescending(one => one.Share),
            ];
    }

    private static List<RegressionTree.Sample> WithoutFarOut(List<RegressionTree.Sample> samples)
    {
        var values = samples.Select(sample => sample.Value).Order().ToList();
        // Counted from the ends, so that the contrary values have the contrary bounds.
        var (quarter, few) = (values.Count / 4, (int)Math.Ceiling(values.Count * FarOutShare));
        var fence = FarOut * (values[^(quarter + 1)] - values[quarter]);
        var least = Math.Min(values[few], values[quarter] - fence);
        var most = Math.Max(values[^(few + 1)], values[^(quarter + 1)] + fence);
        return [.. samples.Select(sample => sample with { Value = Math.Clamp(sample.Value, least, most) })];
    }

    /// <summary>
    /// The values from 0 to 1: neither their unit nor where its zero lies may matter, and what a tree takes for rounding is a share of them. Null: all
    /// are the same.
    /// </summary>
    private static List<RegressionTree.Sample>? WithoutUnit(List<RegressionTree.Sample> samples)
    {
        var (least, most) = (samples.Min(sample => sample.Value), samples.Max(sample => sample.Value));
        var width = most - least;
        return width > RoundingShare * Math.Max(Math.Abs(least), Math.Abs(most)) && double.IsFinite(width)
            ? [.. samples.Select(sample => sample with { Value = (sample.Value - least) / width })]
            : null;
    }

    private static bool IsOne(TrialRecord trial) => trial.State == TrialState.Completed;

    // A parameter without a meaning stands anywhere: where it stands then tells nothing, least of all on what it depends.
    private static double[] Scaled(SearchPoints space, double[] point, Random random) =>
        [.. space.Ranges.Select((range, n) => Scaled(range, double.IsNaN(point[n]) ? range.Draw(random) : point[n]))];

    private static double Scaled(ParameterRange range, double at) =>
        range.IsChoice ? at
        : range.Width > 0 ? (at - range.From) / range.Width
        : 0;

    /// <summary>The variance of the tree's mean along a parameter, all others averaged out.</summary>
    private static double Explained(IReadOnlyList<TreeLeaf> leaves, int parameter, int choices, double mean)
    {
        var others = leaves.Select(leaf => leaf.Mean * leaf.Volume / leaf.Share(parameter)).ToList();
        if (choices > 0)
        {
            return Enumerable
                .Range(0, choices)
                .Average(choice => Squared(Along(leaf => leaf.Choices[parameter][choice]) - mean));
        }
        var cuts = leaves
            .SelectMany(leaf => new[] { leaf.From[parameter], leaf.To[parameter] })
            .Distinct()
            .Order()
            .ToList();
        return cuts.Zip(cuts.Skip(1))
            .Sum(part =>
            {
                var middle = (part.First + part.Second) / 2;
                bool IsThere(TreeLeaf leaf) => leaf.From[parameter] <= middle && middle < leaf.To[parameter];
                return (part.Second - part.First) * Squared(Along(IsThere) - mean);
            });

        double Along(Func<TreeLeaf, bool> isThere)
        {
            var sum = 0.0;
            for (var n = 0; n < leaves.Count; n++)
            {
                sum += isThere(leaves[n]) ? others[n] : 0;
            }
            return sum;
        }
    }

    private static double Squared(double number) => number * number;
}
