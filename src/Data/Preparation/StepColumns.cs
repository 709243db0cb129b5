namespace Rondo.Data;

/// <summary>Columns as steps read and write them; what does not fit is said in words that name the column.</summary>
internal static class StepColumns
{
    /// <summary>The column of that name.</summary>
    public static Column Any(Table table, string? name) =>
        name is not null && table.TryGet(name, out var column)
            ? column
            : throw Unfit(
                $"There is no column '{name}'.",
                $"Its table has: {string.Join(", ", table.Columns.Select(c => c.Name))}. Name one of these, or move the step."
            );

    /// <summary>Whole and other numbers as numbers, in an array of the caller's; null where one is missing.</summary>
    public static double?[] Numbers(Table table, string name)
    {
        var column = Any(table, name);
        return column switch
        {
            Column<double> numbers => Values(numbers, static v => v),
            Column<long> whole => Values(whole, static v => (double)v),
            _ => throw Wrong(column, "numbers", "Encode it first (oneHot, ordinal), or name another column."),
        };
    }

    /// <summary>Texts; null where one is missing.</summary>
    public static string?[] Texts(Table table, string name)
    {
        var column = Any(table, name);
        return column is Column<string> ? RowKeys.Of(column) : throw Wrong(column, "texts", "Name a column of texts.");
    }

    /// <summary>Dates and timestamps as moments; null where one is missing.</summary>
    public static DateTimeOffset?[] Moments(Table table, string name)
    {
        var column = Any(table, name);
        return column switch
        {
            Column<DateOnly> days => Values(days, static v => TableConcat.Instant(v)),
            Column<DateTimeOffset> instants => Values(instants, static v => v),
            _ => throw Wrong(column, "dates or timestamps", "Name a column of dates or timestamps."),
        };
    }

    /// <summary>The numbers that are there and finite, ascending: whatever is fitted to them does not depend on the order of rows.</summary>
    public static double[] Sorted(Table table, string name)
    {
        var values = Numbers(table, name).Where(v => v is { } x && double.IsFinite(x)).Select(v => v!.Value + 0.0);
        var sorted = values.Order().ToArray();
        return sorted.Length > 0
            ? sorted
            : throw Unfit($"Column '{name}' has no number to learn from.", "Drop the column, or fit on more rows.");
    }

    /// <summary>Sets others in the place of a column; one that is there already is an error.</summary>
    public static Table Replace(Table table, string name, IReadOnlyList<Column> others)
    {
        var place = Any(table, name);
        var columns = new List<Column>();
        foreach (var column in table.Columns)
        {
            columns.AddRange(ReferenceEquals(column, place) ? others : [column]);
        }

        return new Table(columns);
    }

    /// <summary>Names that are columns of their own: one that another equals without case and underscores gets a number.</summary>
    public static string[] Names(string column, IEnumerable<string> endings)
    {
        var taken = new HashSet<string>(ColumnNames.Comparer);
        var names = new List<string>();
        foreach (var ending in endings)
        {
            var name = $"{column}_{ending}";
            for (var number = 2; !taken.Add(name); number++)
            {
                name = $"{column}_{ending}#{number}";
            }

            names.Add(name);
        }

        return [.. names];
    }

    public static RondoException Unfit(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);

    public static RondoException Wrong(Column column, string needed, string mend) =>
        Unfit($"Column '{column.Name}' is {column.Type}, but {needed} are needed.", mend);

    private static TValue?[] Values<T, TValue>(Column<T> column, Func<T, TValue> value)
        where TValue : struct
    {
        var values = new TValue?[column.Count];
        for (var row = 0; row < values.Length; row++)
        {
            values[row] = column.IsMissing(row) ? null : value(column.Array[row]);
        }

        return values;
    }
}
