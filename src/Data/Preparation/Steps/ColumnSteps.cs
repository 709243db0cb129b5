namespace Rondo.Data;

/// <summary>A column once more under another name, for steps that put others in its place.</summary>
internal sealed record CopyStep(string Column, string To) : FittedStep
{
    public override Table Apply(Table table) => new([.. table.Columns, StepColumns.Any(table, Column).Rename(To)]);

    public override void Check() => NumberStep.Require(To.Length > 0, "its new name is empty");
}

/// <summary>Without columns; one that serving does not send need not be there.</summary>
internal sealed record DropStep(IReadOnlyList<string> Columns) : FittedStep
{
    public static DropStep Fit(Table table, IReadOnlyList<string> columns)
    {
        foreach (var column in columns)
        {
            _ = StepColumns.Any(table, column);
        }

        return new([.. columns]);
    }

    public override Table Apply(Table table) => table.Drop(Columns);

    public override void Check() =>
        NumberStep.Require(Columns.All(column => column is not null), "a column to drop has no name");
}
