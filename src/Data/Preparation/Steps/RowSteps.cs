namespace Rondo.Data;

/// <summary>In training a share of the rows, chosen by what they hold; in serving all.</summary>
internal sealed record SampleStep(double Share, long Seed) : FittedStep
{
    public static SampleStep Fit(double share, long seed) =>
        share is > 0 and <= 1
            ? new(share, seed)
            : throw StepColumns.Unfit($"The share is {RowKeys.TextOf(share)}.", "Give a share above 0, at most 1.");

    public override Table Apply(Table table) => table;

    public override Table ApplyInTraining(Table table)
    {
        var hashes = RowHashes.Of(table);
        var rows = Enumerable.Range(0, table.RowCount);
        return table.Select([.. rows.Where(row => RowKeys.Unit(RowKeys.Hash(Seed, hashes[row])) < Share)]);
    }
}

/// <summary>In training as many rows of each class, chosen by what they hold; in serving all.</summary>
internal sealed record BalanceStep(string Column, Balancing Balancing, long Seed) : FittedStep
{
    public static BalanceStep Fit(Table table, string column, Balancing balancing, long seed)
    {
        _ = StepColumns.Any(table, column);
        return new(column, balancing, seed);
    }

    public override Table Apply(Table table) => table;

    public override Table ApplyInTraining(Table table)
    {
        var keys = RowKeys.Of(StepColumns.Any(table, Column));
        var hashes = RowHashes.Of(table);
        var classes = Enumerable
            .Range(0, keys.Length)
            .GroupBy(row => keys[row], StringComparer.Ordinal)
            .Select(rows => rows.OrderBy(row => RowKeys.Hash(Seed, hashes[row])).ToList())
            .ToList();
        if (classes.Count == 0)
        {
            return table;
        }

        var size = Balancing == Balancing.Down ? classes.Min(rows => rows.Count) : classes.Max(rows => rows.Count);
        var chosen = classes.SelectMany(rows => Enumerable.Range(0, size).Select(i => rows[i % rows.Count]));
        return table.Select([.. chosen.Order()]);
    }
}
