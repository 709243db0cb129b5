namespace Rondo.Data;

/// <summary>A value where one is missing or not a number; if asked with a column that is 1 there, and 0 elsewhere.</summary>
internal sealed record ImputeStep(string Column, StoredColumn Value, bool Indicator) : FittedStep
{
    private readonly Column filling = Value.ToColumn();

    public static ImputeStep Fit(Table table, string column, Fill fill, bool indicator)
    {
        var source = StepColumns.Any(table, column);
        var value = fill.Kind switch
        {
            FillKind.Constant => fill.Value!,
            FillKind.MostFrequent => MostFrequent(source),
            FillKind.Mean => Data.Column.Of("value", [Mean(StepColumns.Sorted(table, column))]),
            _ => Data.Column.Of("value", [ScaleStep.At(StepColumns.Sorted(table, column), 0.5)]),
        };
        if (value.Type == ColumnType.Integer && source.Type == ColumnType.Number)
        {
            value = Data.Column.Of("value", [(double)(long)value[0]!]);
        }

        var step = new ImputeStep(column, StoredColumn.Of(value), indicator);
        _ = step.Apply(table.Slice(0, 0));
        return step;
    }

    public override Table Apply(Table table)
    {
        var source = StepColumns.Any(table, Column);
        var filled =
            filling is Column<double> value && source.Type is (ColumnType.Integer or ColumnType.Number)
                ? Filled(table, value.Array[0])
                : Filled(source);
        var result = table.With(filled);
        if (!Indicator)
        {
            return result;
        }

        var missing = Enumerable.Range(0, source.Count).Select(row => IsMissing(source, row) ? 1L : 0L);
        return new Table([.. result.Columns, Data.Column.Of(source.Name + "_missing", missing)]);
    }

    public override void Check() =>
        NumberStep.Require(filling is { Count: 1, MissingCount: 0 }, "there is not one value to fill with");

    private static bool IsMissing(Column column, int row) =>
        column.IsMissing(row) || (column is Column<double> numbers && double.IsNaN(numbers.Array[row]));

    private static double Mean(double[] sorted)
    {
        var numbers = new NumberAccumulator();
        numbers.Add([.. sorted]);
        return numbers.Mean;
    }

    // Of those that are as frequent the least: values in order, and the first of the largest groups.
    private static Column MostFrequent(Column column)
    {
        var rows = Enumerable.Range(0, column.Count).Where(row => !IsMissing(column, row));
        var groups = rows.GroupBy(row => column is Column<double> n ? n.Array[row] + 0.0 : column[row]!).ToList();
        if (groups.Count == 0)
        {
            throw StepColumns.Unfit(
                $"Column '{column.Name}' has no value to learn from.",
                "Drop the column, fill it with a constant, or fit on more rows."
            );
        }

        var most = groups.Max(group => group.Count());
        var among = groups.Where(group => group.Count() == most);
        var least =
            column is Column<string>
                ? among.MinBy(group => (string)group.Key, StringComparer.Ordinal)!
                : among.MinBy(group => group.Key)!;
        var value = column.Select([least.First()]).Rename("value");
        return value is Column<double> number ? Data.Column.Of("value", [number.Array[0] + 0.0]) : value;
    }

    private Column Filled(Table table, double value) =>
        Data.Column.Of(
            StepColumns.Any(table, Column).Name,
            StepColumns.Numbers(table, Column).Select(x => x is not { } v || double.IsNaN(v) ? value : v)
        );

    // The value below all others, and each missing row from there.
    private Column Filled(Column source)
    {
        if (source.Type != filling.Type)
        {
            throw StepColumns.Unfit(
                $"Column '{Column}' is {source.Type}, and is to be filled with a value of type {filling.Type}.",
                "Give the column that type, or fill it with another value."
            );
        }

        var both = Table.Concat(new Table(source.Rename("value")), new Table(filling.Rename("value")));
        var rows = Enumerable.Range(0, source.Count).Select(row => source.IsMissing(row) ? source.Count : row);
        return both.Columns[0].Select([.. rows]).Rename(source.Name);
    }
}
