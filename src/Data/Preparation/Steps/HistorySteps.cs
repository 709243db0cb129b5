namespace Rondo.Data;

/// <summary>The value of an earlier row of the same entity, in a column more.</summary>
internal sealed record LagStep(string Column, int Rows, string Entity, string Time) : FittedStep
{
    public override bool NeedsHistory => true;

    public static LagStep Fit(Table table, LagStep step)
    {
        step.Check();
        _ = step.Apply(table);
        return step;
    }

    public override Table Apply(Table table)
    {
        var source = StepColumns.Any(table, Column);
        // A row beyond the last one, without a value, is what rows without a past get.
        var none = table.RowCount;
        var earlier = new int[table.RowCount];
        Array.Fill(earlier, none);
        foreach (var rows in History.Of(table, Entity, Time))
        {
            for (var place = Rows; place < rows.Length; place++)
            {
                earlier[rows[place]] = rows[place - Rows];
            }
        }

        var missing = Data.Column.OfMissing(source.Name, source.Type, 1);
        var both = Table.Concat(new Table(source), new Table(missing)).Columns[0];
        return new Table([.. table.Columns, both.Select(earlier).Rename($"{source.Name}_lag{Rows}")]);
    }

    public override void Check() => History.Limit(Column, Rows);
}

/// <summary>The mean of the rows before a row of the same entity, without the row itself, in a column more.</summary>
internal sealed record RollingMeanStep(string Column, int Rows, string Entity, string Time) : FittedStep
{
    public override bool NeedsHistory => true;

    public static RollingMeanStep Fit(Table table, RollingMeanStep step)
    {
        step.Check();
        _ = step.Apply(table);
        return step;
    }

    public override Table Apply(Table table)
    {
        var numbers = StepColumns.Numbers(table, Column);
        var means = new double?[numbers.Length];
        foreach (var rows in History.Of(table, Entity, Time))
        {
            for (var place = 0; place < rows.Length; place++)
            {
                means[rows[place]] = Mean(rows.AsSpan(Math.Max(0, place - Rows)..place), numbers);
            }
        }

        var name = StepColumns.Any(table, Column).Name;
        return new Table([.. table.Columns, Data.Column.Of($"{name}_mean{Rows}", means)]);
    }

    public override void Check() => History.Limit(Column, Rows);

    // Each window is summed by itself: what left it long ago leaves no rounding behind.
    private static double? Mean(ReadOnlySpan<int> rows, double?[] numbers)
    {
        var sum = default(CompensatedSum);
        var count = 0;
        foreach (var row in rows)
        {
            if (numbers[row] is { } number && double.IsFinite(number))
            {
                sum.Add(number);
                count++;
            }
        }

        return count == 0 ? null : sum.Value / count;
    }
}

internal static class History
{
    private const int RowsMax = 10_000;

    public static void Limit(string column, int rows)
    {
        if (rows is < 1 or > RowsMax)
        {
            throw StepColumns.Unfit($"Column '{column}' cannot look {rows} rows back.", $"Take 1 to {RowsMax} rows.");
        }
    }

    /// <summary>The rows of each entity in the order of time. Rows without an entity or a time are in none.</summary>
    public static IEnumerable<int[]> Of(Table table, string entity, string time)
    {
        var entities = RowKeys.Of(StepColumns.Any(table, entity));
        var moments = StepColumns.Moments(table, time);
        var rows = Enumerable
            .Range(0, table.RowCount)
            .Where(row => entities[row] is not null && moments[row] is not null);
        foreach (var group in rows.GroupBy(row => entities[row], StringComparer.Ordinal))
        {
            var ordered = group.OrderBy(row => moments[row]).ToArray();
            for (var place = 1; place < ordered.Length; place++)
            {
                if (moments[ordered[place]] == moments[ordered[place - 1]])
                {
                    throw StepColumns.Unfit(
                        $"Rows {ordered[place - 1] + 1} and {ordered[place] + 1} have the same '{entity}' and '{time}', so that none is before the other.",
                        "Keep one row of each, or name a finer time."
                    );
                }
            }

            yield return ordered;
        }
    }
}
