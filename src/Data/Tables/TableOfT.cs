using System.Collections;

namespace Rondo.Data;

/// <summary>
/// Rows of a type: a list that remembers its table. The type is a record (positional or with init properties), a class or a
/// struct; its public properties and fields are the columns, matched by name without regard to case and underscores, or by
/// <see cref="ColumnAttribute"/>. A member of a nullable type may be missing; any other must have a value in every row.
/// Members are <see cref="bool"/>, whole numbers, <see cref="float"/>, <see cref="double"/>, <see cref="decimal"/>,
/// <see cref="string"/>, enums, <see cref="DateOnly"/>, <see cref="DateTime"/> or <see cref="DateTimeOffset"/>.
/// </summary>
public sealed class Table<T> : IReadOnlyList<T>
{
    private readonly T[] rows;
    private Table? untyped;

    private Table(T[] rows, Table? untyped)
    {
        this.rows = rows;
        this.untyped = untyped;
    }

    /// <inheritdoc/>
    public int Count => rows.Length;

    /// <summary>The same rows by column: exactly the columns that <typeparamref name="T"/> has.</summary>
    public Table Untyped => untyped ??= RowBinding<T>.Instance.ToTable(rows);

    /// <inheritdoc/>
    public T this[int index] => rows[index];

    /// <summary>A table of these rows.</summary>
    public static Table<T> From(IEnumerable<T> rows) => new(rows.ToArray(), untyped: null);

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)rows).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => rows.GetEnumerator();

    internal static Table<T> Of(Table table) => new(RowBinding<T>.Instance.ToRows(table), untyped: null);
}
