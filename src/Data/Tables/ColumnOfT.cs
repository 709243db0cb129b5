namespace Rondo.Data;

/// <summary>A column whose values are held as <typeparamref name="T"/>, one of the six types of <see cref="ColumnType"/>.</summary>
public sealed class Column<T> : Column
{
    internal static readonly T Filler = typeof(T) == typeof(string) ? (T)(object)"" : default!;

    private readonly T[] values;

    internal Column(string name, ColumnType type, T[] values, bool[]? missing = null)
        : base(name, type, missing)
    {
        this.values = values;
    }

    /// <inheritdoc/>
    public override int Count => values.Length;

    /// <summary>The values; what stands where one is missing says nothing: ask <see cref="Column.IsMissing"/>.</summary>
    public ReadOnlySpan<T> Values => values;

    /// <inheritdoc/>
    public override object? this[int row] => IsMissing(row) ? null : values[row];

    internal T[] Array => values;

    /// <summary>The values that are not missing, in order.</summary>
    public IEnumerable<T> Present()
    {
        for (var row = 0; row < values.Length; row++)
        {
            if (!IsMissing(row))
            {
                yield return values[row];
            }
        }
    }

    /// <inheritdoc/>
    public override Column Rename(string name) => new Column<T>(name, Type, values, Missing);

    internal override Column Select(ReadOnlySpan<int> rows)
    {
        var selected = new T[rows.Length];
        var missing = Missing is null ? null : new bool[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            selected[i] = values[rows[i]];
            if (missing is not null)
            {
                missing[i] = Missing![rows[i]];
            }
        }

        return new Column<T>(Name, Type, selected, missing);
    }

    internal override Column Slice(int first, int count) =>
        new Column<T>(
            Name,
            Type,
            values.AsSpan(first, count).ToArray(),
            Missing is null ? null : Missing.AsSpan(first, count).ToArray()
        );
}
