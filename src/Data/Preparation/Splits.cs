namespace Rondo.Data;

/// <summary>
/// Parts to learn from, to choose by and to judge by. What part a row is in follows from the seed through a hash of our own: it is the
/// same on every machine and runtime. Every part has at least one row.
/// </summary>
public static class Splits
{
    /// <summary>Each row by itself; parts have their shares to within one row.</summary>
    /// <exception cref="RondoException">The shares do not sum to 1, or a part would be empty.</exception>
    public static Split Random(Table table, IReadOnlyList<SplitShare> shares, long seed)
    {
        SplitShares.Check(shares);
        var parts = new int[table.RowCount];
        ShareOut([.. Enumerable.Range(0, parts.Length)], shares, seed, new double[shares.Count], parts);
        return Made(table, Recipe(SplitMethod.Random, null, shares, seed), [.. shares.Select(s => s.Part)], parts);
    }

    /// <summary>As <see cref="Random"/> within each class: parts have their shares of it to within one row. Rows whose class is missing are a
    /// class of their own.</summary>
    /// <param name="table">The rows.</param>
    /// <param name="column">The class; of any type.</param>
    /// <param name="shares">What each part is to have.</param>
    /// <param name="seed">What the assignment follows from.</param>
    /// <exception cref="RondoException">The shares do not sum to 1, there is no such column, or a part would be empty.</exception>
    public static Split Stratified(Table table, string column, IReadOnlyList<SplitShare> shares, long seed)
    {
        SplitShares.Check(shares);
        var keys = RowKeys.Of(table[column]);
        var parts = new int[table.RowCount];
        var lack = new double[shares.Count];
        var classes = Enumerable.Range(0, parts.Length).GroupBy(row => keys[row], StringComparer.Ordinal);
        foreach (var rows in classes.OrderBy(rows => rows.Key, StringComparer.Ordinal))
        {
            ShareOut([.. rows], shares, seed, lack, parts);
        }

        return Made(
            table,
            Recipe(SplitMethod.Stratified, column, shares, seed),
            [.. shares.Select(s => s.Part)],
            parts
        );
    }

    /// <summary>All rows of a group in one part, which follows from the seed and the value alone: a group stays where it is when rows are added.
    /// Shares are of groups, and hold on average.</summary>
    /// <inheritdoc cref="Stratified"/>
    /// <exception cref="RondoException">As for the others; or a row has no group.</exception>
    public static Split ByGroup(Table table, string column, IReadOnlyList<SplitShare> shares, long seed)
    {
        SplitShares.Check(shares);
        var groups = table[column];
        CheckPresent(groups);
        var keys = RowKeys.Of(groups);
        var parts = keys.Select(key => PartOf(RowKeys.Hash(seed, DistinctSketch.HashOf(key!)), shares)).ToArray();
        return Made(table, Recipe(SplitMethod.Group, column, shares, seed), [.. shares.Select(s => s.Part)], parts);
    }

    /// <summary>Earlier rows in the parts that are named first; rows of equal time stay together, so that shares hold as closely as that
    /// allows.</summary>
    /// <param name="table">The rows, in any order.</param>
    /// <param name="column">The time: a date or a timestamp.</param>
    /// <param name="shares">What each part is to have, the earliest first.</param>
    /// <exception cref="RondoException">The shares do not sum to 1; the column is not there, has no time in a row or is of another type; or
    /// a part would be empty.</exception>
    public static Split ByTime(Table table, string column, IReadOnlyList<SplitShare> shares)
    {
        SplitShares.Check(shares);
        var moments = MomentsOfAll(table, column);
        var sorted = moments.Order().ToArray();
        var boundaries = new List<long>();
        var sum = 0.0;
        foreach (var share in shares.Take(shares.Count - 1))
        {
            sum += share.Share;
            boundaries.Add(Boundary(sorted, (int)Math.Round(sum * sorted.Length)));
        }

        var parts = moments.Select(moment => boundaries.Count(boundary => boundary <= moment)).ToArray();
        return Made(table, Recipe(SplitMethod.Time, column, shares, null), [.. shares.Select(s => s.Part)], parts);
    }

    /// <summary>Parts that begin at moments: a row at a boundary is in the later part.</summary>
    /// <param name="table">The rows, in any order.</param>
    /// <param name="column">The time: a date (its midnight in UTC) or a timestamp.</param>
    /// <param name="boundaries">Where parts begin, ascending: one less than there are parts.</param>
    /// <param name="names">The parts; if null train, (validation,) test.</param>
    /// <exception cref="RondoException">Boundaries do not ascend or do not fit the names; the column is not there, has no time in a row or is
    /// of another type; or a part would be empty.</exception>
    public static Split ByTime(
        Table table,
        string column,
        IReadOnlyList<DateTimeOffset> boundaries,
        IReadOnlyList<string>? names = null
    )
    {
        names ??= SplitShares.UsualNames(boundaries.Count + 1);
        SplitShares.CheckNames(names);
        if (names.Count != boundaries.Count + 1 || boundaries.Zip(boundaries.Skip(1)).Any(b => b.First >= b.Second))
        {
            throw Invalid(
                $"{boundaries.Count} boundaries do not make the {names.Count} parts '{string.Join("', '", names)}'.",
                "Give one boundary less than there are parts, each later than the one before."
            );
        }

        var moments = MomentsOfAll(table, column);
        var parts = moments.Select(moment => boundaries.Count(boundary => boundary.UtcTicks <= moment)).ToArray();
        return Made(table, Recipe(SplitMethod.Time, column, [], null) with { Boundaries = boundaries }, names, parts);
    }

    /// <summary>Makes a split as another was made; the same parts if the rows are the same.</summary>
    /// <exception cref="RondoException">As for the method of the recipe.</exception>
    public static Split Again(Table table, SplitRecipe recipe)
    {
        var (column, seed) = (recipe.Column ?? "", recipe.Seed ?? 0);
        return recipe.Method switch
        {
            SplitMethod.Random => Random(table, recipe.Shares, seed),
            SplitMethod.Stratified => Stratified(table, column, recipe.Shares, seed),
            SplitMethod.Group => ByGroup(table, column, recipe.Shares, seed),
            _ when recipe.Boundaries.Count == 0 => ByTime(table, column, recipe.Shares),
            _ => ByTime(table, column, recipe.Boundaries, NamesOf(recipe)),
        };
    }

    // A recipe that was declared has no counts yet, and its parts have the usual names.
    private static List<string>? NamesOf(SplitRecipe recipe) =>
        recipe.Counts.Count == 0 ? null : [.. recipe.Counts.Select(count => count.Part)];

    /// <summary>Moments as ticks; null where one is missing.</summary>
    internal static long?[] Moments(Column column)
    {
        var moments = new long?[column.Count];
        for (var row = 0; row < moments.Length; row++)
        {
            moments[row] = column switch
            {
                _ when column.Type is not (ColumnType.Date or ColumnType.Timestamp) => throw Invalid(
                    $"Column '{column.Name}' is {column.Type}, and no time.",
                    "Name a column of dates or timestamps."
                ),
                _ when column.IsMissing(row) => null,
                _ => TableConcat.Instant(column[row]!).UtcTicks,
            };
        }

        return moments;
    }

    internal static RondoException Invalid(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);

    private static long[] MomentsOfAll(Table table, string column)
    {
        CheckPresent(table[column]);
        return [.. Moments(table[column]).Select(moment => moment!.Value)];
    }

    private static void CheckPresent(Column column)
    {
        if (column.MissingCount > 0)
        {
            throw Invalid(
                $"Column '{column.Name}' has no value in row {Array.IndexOf(column.Missing!, true) + 1} "
                    + $"({column.MissingCount} of {column.Count} are missing).",
                "Drop those rows or fill them first."
            );
        }
    }

    // The time at which a part begins: of the two places next to a cut that part no equal times, the nearer one.
    private static long Boundary(long[] sorted, int cut)
    {
        if (sorted.Length == 0 || cut >= sorted.Length)
        {
            return long.MaxValue;
        }

        var first = Array.FindIndex(sorted, moment => moment == sorted[cut]);
        var next = Array.FindIndex(sorted, cut, moment => moment > sorted[cut]);
        // Before the earliest row and after the last one there is nothing to begin.
        var isEarlier = next < 0 || (first > 0 && cut - first <= next - cut);
        return sorted[isEarlier ? first : next];
    }

    private static int PartOf(ulong hash, IReadOnlyList<SplitShare> shares)
    {
        var at = RowKeys.Unit(hash);
        for (var part = 0; part < shares.Count - 1; part++)
        {
            at -= shares[part].Share;
            if (at < 0)
            {
                return part;
            }
        }

        return shares.Count - 1;
    }

    private static void ShareOut(int[] rows, IReadOnlyList<SplitShare> shares, long seed, double[] lack, int[] parts)
    {
        var order = rows.OrderBy(row => RowKeys.Hash(seed, DistinctSketch.HashOf(row))).ToArray();
        var counts = SplitShares.Apportion(shares, rows.Length, lack);
        var next = 0;
        for (var part = 0; part < counts.Length; part++)
        {
            foreach (var row in order.AsSpan(next, counts[part]))
            {
                parts[row] = part;
            }

            next += counts[part];
        }
    }

    private static SplitRecipe Recipe(
        SplitMethod method,
        string? column,
        IReadOnlyList<SplitShare> shares,
        long? seed
    ) => new(method, column, shares, [], seed, 0, []);

    private static Split Made(Table table, SplitRecipe recipe, IReadOnlyList<string> names, int[] partOfRow)
    {
        var rows = names.Select(_ => new List<int>()).ToArray();
        for (var row = 0; row < partOfRow.Length; row++)
        {
            rows[partOfRow[row]].Add(row);
        }

        var empty = Array.FindIndex(rows, part => part.Count == 0);
        if (empty >= 0)
        {
            throw Invalid(
                $"Part '{names[empty]}' would be empty: {partOfRow.Length} rows"
                    + (recipe.Column is null ? "." : $" by '{recipe.Column}'."),
                recipe.Method == SplitMethod.Group
                    ? "Take other shares, another seed, or rows of more groups."
                    : "Take other shares or boundaries, or more rows."
            );
        }

        var counts = names.Select((name, part) => new SplitCount(name, rows[part].Count)).ToList();
        return new Split(
            table,
            recipe with
            {
                Rows = partOfRow.Length,
                Counts = counts,
            },
            [.. names.Select((name, part) => new SplitPart(name, rows[part]))]
        );
    }
}
