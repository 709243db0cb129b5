using System.Diagnostics.CodeAnalysis;

namespace Rondo.Data;

/// <summary>
/// Rows under named, typed columns; immutable and held by column. Column names are matched without regard to case and
/// underscores, and are unique in that sense. See <see cref="Table{T}"/> for rows of a type of yours.
/// </summary>
public sealed class Table
{
    private readonly Dictionary<string, int> positions;

    /// <summary>A table of columns of equal length.</summary>
    /// <exception cref="RondoException">Two columns have the same name, or lengths differ.</exception>
    public Table(params IReadOnlyList<Column> columns)
    {
        Columns = columns.ToArray();
        RowCount = columns.Count == 0 ? 0 : columns[0].Count;
        positions = new Dictionary<string, int>(columns.Count, ColumnNames.Comparer);
        for (var i = 0; i < columns.Count; i++)
        {
            var column = columns[i];
            if (!positions.TryAdd(column.Name, i))
            {
                throw Invalid(
                    $"Two columns are named '{column.Name}' (case and underscores do not count).",
                    "Rename or drop one of them."
                );
            }

            if (column.Count != RowCount)
            {
                throw Invalid(
                    $"Column '{column.Name}' has {column.Count} rows, but column '{columns[0].Name}' has {RowCount}.",
                    "Give every column the same number of rows."
                );
            }
        }
    }

    /// <summary>A table without columns and rows.</summary>
    public static Table Empty { get; } = new();

    /// <summary>The columns, in order.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>The number of rows.</summary>
    public int RowCount { get; }

    /// <summary>The column of that name.</summary>
    /// <exception cref="RondoException">There is none; the message lists what there is.</exception>
    public Column this[string name] =>
        TryGet(name, out var column)
            ? column
            : throw Invalid(
                $"The table has no column '{name}'.",
                $"Its columns are: {string.Join(", ", Columns.Select(c => c.Name))}."
            );

    /// <summary>Rows of a type: <c>Table.From(days)</c>.</summary>
    public static Table<T> From<T>(IEnumerable<T> rows) => Table<T>.From(rows);

    /// <summary>The rows of all tables, one below the other. Columns are joined by name; a column that a table lacks is missing
    /// there. Integer joins Number, Date joins Timestamp; any other two types join as Text.</summary>
    public static Table Concat(params IReadOnlyList<Table> tables) => TableConcat.Of(tables);

    /// <summary>The column of that name, if there is one.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out Column? column)
    {
        column = positions.TryGetValue(name, out var position) ? Columns[position] : null;
        return column is not null;
    }

    /// <summary>Whether there is a column of that name.</summary>
    public bool Has(string name) => positions.ContainsKey(name);

    /// <summary>These rows (0-based), in this order; a row may come twice.</summary>
    public Table Select(IReadOnlyList<int> rows)
    {
        var indices = rows as int[] ?? rows.ToArray();
        return new Table(Columns.Select(c => c.Select(indices)).ToArray());
    }

    /// <summary>The rows from <paramref name="first"/> on, <paramref name="count"/> of them.</summary>
    public Table Slice(int first, int count) => new(Columns.Select(c => c.Slice(first, count)).ToArray());

    /// <summary>Only these columns, in this order.</summary>
    public Table Pick(params IEnumerable<string> names) => new(names.Select(n => this[n]).ToArray());

    /// <summary>Without these columns; a name that is not there is ignored.</summary>
    public Table Drop(params IEnumerable<string> names)
    {
        var dropped = names.ToHashSet(ColumnNames.Comparer);
        return new Table(Columns.Where(c => !dropped.Contains(c.Name)).ToArray());
    }

    /// <summary>With this column added, or put in the place of the one of its name.</summary>
    public Table With(Column column)
    {
        var columns = Columns.ToList();
        if (positions.TryGetValue(column.Name, out var position))
        {
            columns[position] = column;
        }
        else
        {
            columns.Add(column);
        }

        return new Table(columns);
    }

    /// <summary>The rows as <typeparamref name="T"/>; columns that it has no member for are left out.</summary>
    /// <exception cref="RondoException">A column is missing, has another type, or lacks a value that the member needs.</exception>
    public Table<T> As<T>() => Table<T>.Of(this);

    private static RondoException Invalid(string what, string mend) => new(ErrorCode.InvalidArgument, what, mend);
}
