namespace Rondo.Data;

/// <summary>(x − centre) / width.</summary>
internal sealed record ScaleStep(string Column, Scaling Scaling, double Centre, double Width) : FittedStep
{
    public static ScaleStep Fit(Table table, string column, Scaling scaling)
    {
        var sorted = StepColumns.Sorted(table, column);
        var (centre, width) = scaling switch
        {
            Scaling.MinMax => (sorted[0], sorted[^1] - sorted[0]),
            Scaling.Robust => (At(sorted, 0.5), At(sorted, 0.75) - At(sorted, 0.25)),
            _ => Standard(sorted),
        };
        // Values may be so far apart that their distance is no double.
        return new(column, scaling, centre, width == 0 ? 1 : Math.Min(width, double.MaxValue));
    }

    public override Table Apply(Table table) => NumberStep.Map(table, Column, x => (x - Centre) / Width);

    public override void Check() =>
        NumberStep.Require(double.IsFinite(Centre) && double.IsFinite(Width) && Width > 0, "its width is not above 0");

    internal static double At(double[] sorted, double share)
    {
        var value = Quantile.Linear(sorted, share);
        return double.IsFinite(value) ? value : Quantile.Discrete(sorted, share);
    }

    private static (double Centre, double Width) Standard(double[] sorted)
    {
        var numbers = new NumberAccumulator();
        numbers.Add([.. sorted]);
        // Of equal values the rounded mean may be a little beside them.
        return sorted[0] == sorted[^1] ? (sorted[0], 0) : (numbers.Mean, numbers.Deviation ?? 0);
    }
}

/// <summary>Not below the least and not above the greatest.</summary>
internal sealed record ClipStep(string Column, double Least, double Greatest) : FittedStep
{
    public static ClipStep Fit(Table table, string column, double lower, double upper)
    {
        if (!(lower >= 0 && lower < upper && upper <= 1))
        {
            throw StepColumns.Unfit(
                $"Column '{column}' cannot be clipped to the shares {RowKeys.TextOf(lower)} to {RowKeys.TextOf(upper)}.",
                "Give two shares from 0 to 1, the lower one first."
            );
        }

        var sorted = StepColumns.Sorted(table, column);
        return new(column, ScaleStep.At(sorted, lower), ScaleStep.At(sorted, upper));
    }

    public override Table Apply(Table table) =>
        NumberStep.Map(table, Column, x => double.IsNaN(x) ? x : Math.Min(Math.Max(x, Least), Greatest));

    public override void Check() => NumberStep.Require(Least <= Greatest, "its least is above its greatest");
}

/// <summary>ln(1 + x), exact for small x too (Kahan's formula; Goldberg, 1991, theorem 4); missing of −1 and below.</summary>
internal sealed record LogStep(string Column) : FittedStep
{
    public static LogStep Fit(Table table, string column)
    {
        var least = StepColumns.Sorted(table, column)[0];
        return least > -1
            ? new(column)
            : throw StepColumns.Unfit(
                $"Column '{column}' holds {RowKeys.TextOf(least)}, and 1 + x has a logarithm above −1 only.",
                "Clip or scale the column first."
            );
    }

    public override Table Apply(Table table) => NumberStep.Map(table, Column, Log);

    private static double? Log(double x)
    {
        if (x <= -1)
        {
            return null;
        }

        var above = 1 + x;
        return !double.IsFinite(x) || above == 1 ? x : Math.Log(above) * (x / (above - 1));
    }
}

/// <summary>How many edges a number reaches: 0 below the first, as many as there are from the last on.</summary>
internal sealed record BucketStep(string Column, IReadOnlyList<double> Edges) : FittedStep
{
    public static BucketStep Fit(Table table, string column, int buckets)
    {
        if (buckets < 2)
        {
            throw StepColumns.Unfit($"Column '{column}' cannot be put into {buckets} buckets.", "Ask for two or more.");
        }

        var sorted = StepColumns.Sorted(table, column);
        var edges = Enumerable.Range(1, buckets - 1).Select(i => ScaleStep.At(sorted, (double)i / buckets));
        return new(column, [.. edges.Distinct()]);
    }

    public static BucketStep Fit(Table table, string column, IReadOnlyList<double> edges)
    {
        _ = StepColumns.Numbers(table, column);
        var step = new BucketStep(column, [.. edges]);
        step.Check();
        return step;
    }

    public override Table Apply(Table table)
    {
        var numbers = StepColumns.Numbers(table, Column);
        var buckets = numbers.Select(x => x is not { } v || double.IsNaN(v) ? (long?)null : Edges.Count(e => e <= v));
        return table.With(Data.Column.Of(StepColumns.Any(table, Column).Name, buckets));
    }

    public override void Check() =>
        NumberStep.Require(
            Edges.Count > 0 && Edges.All(double.IsFinite) && Edges.Zip(Edges.Skip(1)).All(e => e.First < e.Second),
            "its edges are not finite and ascending"
        );
}

internal static class NumberStep
{
    /// <summary>A column of numbers with each value changed; what is missing stays so.</summary>
    public static Table Map(Table table, string column, Func<double, double?> value)
    {
        var numbers = StepColumns.Numbers(table, column);
        var name = StepColumns.Any(table, column).Name;
        return table.With(Column.Of(name, numbers.Select(x => x is { } v ? value(v) : null)));
    }

    public static void Require(bool isTrue, string what)
    {
        if (!isTrue)
        {
            throw StepColumns.Unfit($"The step cannot be applied: {what}.", "Correct it, or fit the preparation anew.");
        }
    }
}
