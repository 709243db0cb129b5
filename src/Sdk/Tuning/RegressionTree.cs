namespace Rondo.Sdk;

/// <summary>A part of the space in which a tree says one value: of each number an interval of 0 to 1, of each choice a set.</summary>
internal sealed record TreeLeaf(double Mean, double[] From, double[] To, bool[][] Choices)
{
    /// <summary>The share of the space along one parameter.</summary>
    public double Share(int parameter) =>
        Choices[parameter] is { Length: > 0 } choices
            ? choices.Count(choice => choice) / (double)choices.Length
            : To[parameter] - From[parameter];

    public double Volume => Enumerable.Range(0, From.Length).Aggregate(1.0, (all, parameter) => all * Share(parameter));
}

/// <summary>
/// A regression tree that is grown until its leaves hold few trials. Each split is the one that leaves the least squared error, among
/// parameters drawn for it.
/// </summary>
internal sealed class RegressionTree(IReadOnlyList<int> choiceCounts, Random random)
{
    private const int LeafTrialsMin = 3;
    private const int DepthMax = 40;

    // As Hutter et al. have it.
    private const double ParametersShare = 5.0 / 6;

    private readonly List<TreeLeaf> _leaves = [];

    /// <summary>The leaves of a tree over samples: coordinates from 0 to 1, or the place of a choice, and the value.</summary>
    public IReadOnlyList<TreeLeaf> Grow(IReadOnlyList<Sample> samples)
    {
        var whole = new TreeLeaf(
            0,
            new double[choiceCounts.Count],
            [.. choiceCounts.Select(_ => 1.0)],
            [.. choiceCounts.Select(count => Enumerable.Repeat(true, count).ToArray())]
        );
        Grow(samples, whole, 0);
        return _leaves;
    }

    private void Grow(IReadOnlyList<Sample> samples, TreeLeaf box, int depth)
    {
        var split = depth < DepthMax && samples.Count >= 2 * LeafTrialsMin ? BestSplit(samples) : null;
        if (split is null)
        {
            _leaves.Add(box with { Mean = samples.Average(sample => sample.Value) });
            return;
        }
        var sides = samples.ToLookup(split.IsLeft);
        Grow([.. sides[true]], split.Cut(box, left: true), depth + 1);
        Grow([.. sides[false]], split.Cut(box, left: false), depth + 1);
    }

    private Split? BestSplit(IReadOnlyList<Sample> samples)
    {
        var parameters = Enumerable.Range(0, choiceCounts.Count).ToArray();
        random.Shuffle(parameters);
        var drawn = Math.Max(1, (int)Math.Ceiling(parameters.Length * ParametersShare));
        var (best, least) = ((Split?)null, Rest(samples.Sum(s => s.Value), samples.Count) - 1e-12);
        // Those that were not drawn stand in where the others do not part the samples.
        foreach (var (index, parameter) in parameters.Index())
        {
            if (index >= drawn && best is not null)
            {
                break;
            }
            (best, least) = Better(samples, parameter, best, least);
        }
        return best;
    }

    private (Split? Best, double Least) Better(IReadOnlyList<Sample> samples, int parameter, Split? best, double least)
    {
        // Choices stand in the order of their means: one of the splits of that order is the best of all (Breiman et al., 1984).
        var isChoice = choiceCounts[parameter] > 0;
        var order = isChoice
            ? samples
                .GroupBy(sample => sample.At[parameter])
                .OrderBy(group => group.Average(sample => sample.Value))
                .Select(group => group.Key)
                .ToList()
            : [];
        var places = order.Index().ToDictionary(one => one.Item, one => one.Index);
        double KeyOf(Sample sample) => isChoice ? places[sample.At[parameter]] : sample.At[parameter];
        var sorted = samples.OrderBy(KeyOf).ToList();
        var (total, left) = (samples.Sum(sample => sample.Value), 0.0);
        for (var count = 1; count <= sorted.Count - LeafTrialsMin; count++)
        {
            left += sorted[count - 1].Value;
            var (key, next) = (KeyOf(sorted[count - 1]), KeyOf(sorted[count]));
            var error = Rest(left, count) + Rest(total - left, sorted.Count - count);
            if (count >= LeafTrialsMin && key < next && error < least)
            {
                least = error;
                best = new(parameter, (key + next) / 2, isChoice ? [.. order.Take((int)key + 1)] : null);
            }
        }
        return (best, least);
    }

    // The squared error of a mean, but for the sum of squares, which is the same for all splits.
    private static double Rest(double sum, int count) => -sum * sum / count;

    /// <summary>Coordinates and a value.</summary>
    internal sealed record Sample(double[] At, double Value);

    private sealed record Split(int Parameter, double Below, HashSet<double>? Choices)
    {
        public bool IsLeft(Sample sample) => IsLeft(sample.At[Parameter]);

        public TreeLeaf Cut(TreeLeaf box, bool left)
        {
            if (Choices is null)
            {
                double[] bound = left ? [.. box.To] : [.. box.From];
                bound[Parameter] = Below;
                return left ? box with { To = bound } : box with { From = bound };
            }
            bool[][] choices = [.. box.Choices];
            choices[Parameter] = [.. box.Choices[Parameter].Select((there, n) => there && IsLeft(n) == left)];
            return box with { Choices = choices };
        }

        private bool IsLeft(double at) => Choices?.Contains(at) ?? at < Below;
    }
}
