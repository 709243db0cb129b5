namespace Rondo.Data;

/// <summary>
/// The mean of the target in a category, drawn to the mean of all by <see cref="Smoothing"/> rows of it: (sum + smoothing · mean) / (count +
/// smoothing), the estimate of Micci-Barreca (2001). In training, rows take it from the rows of the other folds, so that none knows its own target.
/// </summary>
internal sealed record TargetStep(string Column, string Target, TargetOptions Options, TargetMeans Means) : FittedStep
{
    private readonly Dictionary<string, int> places = CategoryStep.Places(Means.Categories);

    public static TargetStep Fit(Table table, string column, string target, TargetOptions options)
    {
        if (options is not { Folds: >= 2 and <= 100, Smoothing: >= 0 and < double.PositiveInfinity })
        {
            throw StepColumns.Unfit(
                $"Column '{column}' cannot be encoded with {options.Folds} folds and smoothing {RowKeys.TextOf(options.Smoothing)}.",
                "Take 2 to 100 folds, and a smoothing of 0 or more rows."
            );
        }

        var (keys, targets) = (RowKeys.Of(StepColumns.Any(table, column)), Targets(table, target));
        return new(column, target, options, Learn(keys, targets, _ => true, options.Smoothing));
    }

    public override Table Apply(Table table) => With(table, (_, key) => Of(Means, places, key));

    public override Table ApplyInTraining(Table table)
    {
        var (keys, targets) = (RowKeys.Of(StepColumns.Any(table, Column)), Targets(table, Target));
        var hashes = RowHashes.Of(table);
        var folds = hashes.Select(h => (int)(RowKeys.Unit(RowKeys.Hash(Options.Seed, h)) * Options.Folds)).ToArray();
        var others = Enumerable.Range(0, Options.Folds).Select(fold => Others(keys, targets, folds, fold)).ToList();
        return With(table, (row, key) => Of(others[folds[row]].Means, others[folds[row]].Places, key));
    }

    public override void Check() =>
        NumberStep.Require(Means.Categories.Count == Means.Values.Count, "there is not one mean for each category");

    private (TargetMeans Means, Dictionary<string, int> Places) Others(
        string?[] keys,
        double?[] targets,
        int[] folds,
        int fold
    )
    {
        // Where all rows are of one fold there are no others to learn from.
        var hasOthers = Enumerable.Range(0, keys.Length).Any(row => folds[row] != fold && targets[row] is not null);
        var means = hasOthers
            ? Learn(keys, targets, row => folds[row] != fold, Options.Smoothing)
            : new TargetMeans(0, [], []);
        return (means, CategoryStep.Places(means.Categories));
    }

    private Table With(Table table, Func<int, string?, double> value)
    {
        var source = StepColumns.Any(table, Column);
        return table.With(Data.Column.Of(source.Name, RowKeys.Of(source).Select((key, row) => value(row, key))));
    }

    private static double Of(TargetMeans means, Dictionary<string, int> places, string? key) =>
        key is not null && places.TryGetValue(key, out var place) ? means.Values[place] : means.Mean;

    private static double?[] Targets(Table table, string target) =>
        StepColumns.Any(table, target) is Column<bool> flags
            ?
            [
                .. Enumerable
                    .Range(0, flags.Count)
                    .Select(r =>
                        flags.IsMissing(r) ? (double?)null
                        : flags.Array[r] ? 1
                        : 0
                    ),
            ]
            : [.. StepColumns.Numbers(table, target).Select(v => v is { } x && double.IsFinite(x) ? v : null)];

    private static TargetMeans Learn(string?[] keys, double?[] targets, Func<int, bool> isIn, double smoothing)
    {
        var rows = Enumerable.Range(0, keys.Length).Where(row => targets[row] is not null && isIn(row)).ToList();
        if (rows.Count == 0)
        {
            throw StepColumns.Unfit("The target has no number to learn from.", "Fit on rows that have a target.");
        }

        // In ascending order, so that sums do not depend on that of the rows.
        var mean = Sum(rows.Select(row => targets[row]!.Value)) / rows.Count;
        var groups = rows.Where(row => keys[row] is not null)
            .GroupBy(row => keys[row]!, row => targets[row]!.Value, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .ToList();
        var values = groups.Select(group => (Sum(group) + (smoothing * mean)) / (group.Count() + smoothing));
        return new(mean, [.. groups.Select(group => group.Key)], [.. values]);
    }

    private static double Sum(IEnumerable<double> values)
    {
        var sum = default(CompensatedSum);
        foreach (var value in values.Order())
        {
            sum.Add(value + 0.0);
        }

        return sum.Value;
    }
}

/// <summary>The mean of all, and what stands for each category.</summary>
internal sealed record TargetMeans(double Mean, IReadOnlyList<string> Categories, IReadOnlyList<double> Values);

/// <summary>How a category is encoded by its target.</summary>
/// <param name="Smoothing">With how many rows of the mean of all each category begins.</param>
/// <param name="Folds">In how many folds the training rows are encoded, 2 to 100.</param>
/// <param name="Seed">What the folds follow from, together with what the rows hold.</param>
public sealed record TargetOptions(double Smoothing = 10, int Folds = 5, long Seed = 0);
