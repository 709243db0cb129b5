namespace Rondo.Data;

/// <summary>The columns of another table, which the step carries, where the keys are equal; missing where none are.</summary>
internal sealed record JoinStep(IReadOnlyList<string> Keys, IReadOnlyList<StoredColumn> Right) : FittedStep
{
    /// <summary>The most rows that a preparation carries.</summary>
    public const int RowsMax = 100_000;

    private readonly Lookup lookup = new(Keys, [.. Right.Select(ToColumn)]);

    public static JoinStep Fit(Table table, Table right, IReadOnlyList<string> keys)
    {
        if (keys.Count == 0 || right.RowCount > RowsMax)
        {
            throw StepColumns.Unfit(
                $"A table of {right.RowCount} rows cannot be joined on {keys.Count} keys.",
                $"Name a key, and join at most {RowsMax} rows: larger tables belong in the data before it is prepared."
            );
        }

        var step = new JoinStep([.. keys], [.. right.Columns.Select(StoredColumn.Of)]);
        _ = step.Apply(table.Slice(0, 0));
        return step;
    }

    public override Table Apply(Table table)
    {
        var left = Keys.Select(key => StepColumns.Any(table, key)).ToList();
        lookup.CheckTypes(left);
        return new Table([.. table.Columns, .. lookup.Find(RowKeys.Of(left))]);
    }

    private static Column ToColumn(StoredColumn? column)
    {
        NumberStep.Require(column is not null, "a column to join is null");
        return column!.ToColumn();
    }

    private sealed class Lookup
    {
        private readonly List<Column> keys;
        private readonly IReadOnlyList<Column> values;
        private readonly Dictionary<string, int> rows = new(StringComparer.Ordinal);
        private readonly int count;

        public Lookup(IReadOnlyList<string> names, IReadOnlyList<Column> columns)
        {
            NumberStep.Require(names.Count > 0 && names.All(name => name is not null), "a key has no name");
            var right = new Table(columns);
            count = right.RowCount;
            keys = [.. names.Select(name => StepColumns.Any(right, name))];
            var rest = right.Drop(names);
            // A last row without any value is what rows without a match get.
            var none = rest.Columns.Select(column => Data.Column.OfMissing(column.Name, column.Type, 1));
            values = Table.Concat(rest, new Table([.. none])).Columns;
            var keyOf = RowKeys.Of(keys);
            for (var row = 0; row < keyOf.Length; row++)
            {
                if (keyOf[row] is { } key && !rows.TryAdd(key, row))
                {
                    throw StepColumns.Unfit(
                        $"Rows {rows[key] + 1} and {row + 1} of the table to join have the same {string.Join(", ", names)}.",
                        "Keep one row of each key."
                    );
                }
            }
        }

        public void CheckTypes(IReadOnlyList<Column> left)
        {
            foreach (var (mine, theirs) in left.Zip(keys))
            {
                var isNumeric = TableConcat.Common(mine.Type, theirs.Type) == ColumnType.Number;
                if (mine.Type != theirs.Type && !isNumeric)
                {
                    throw StepColumns.Unfit(
                        $"Column '{mine.Name}' is {mine.Type}, but {theirs.Type} in the table to join.",
                        "Give both the same type."
                    );
                }
            }
        }

        public IEnumerable<Column> Find(string?[] wanted)
        {
            var found = wanted.Select(key => key is not null && rows.TryGetValue(key, out var row) ? row : count);
            var places = found.ToArray();
            return values.Select(column => column.Select(places));
        }
    }
}
