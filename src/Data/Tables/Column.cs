namespace Rondo.Data;

/// <summary>A named, immutable column of a <see cref="Table"/>; see <see cref="Column{T}"/> for its values.</summary>
public abstract class Column
{
    private protected Column(string name, ColumnType type, bool[]? missing)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        Type = type;
        Missing = missing;
        MissingCount = missing?.AsSpan().Count(true) ?? 0;
        if (MissingCount == 0)
        {
            Missing = null;
        }
    }

    /// <summary>The name as it was written.</summary>
    public string Name { get; }

    /// <summary>What the values are.</summary>
    public ColumnType Type { get; }

    /// <summary>The number of rows, missing values included.</summary>
    public abstract int Count { get; }

    /// <summary>How many values are missing.</summary>
    public int MissingCount { get; }

    /// <summary>The value at a row as <see cref="bool"/>, <see cref="long"/>, <see cref="double"/>, <see cref="string"/>,
    /// <see cref="DateOnly"/> or <see cref="DateTimeOffset"/>; null where it is missing.</summary>
    public abstract object? this[int row] { get; }

    internal bool[]? Missing { get; }

    /// <summary>Whether the value at a row is missing.</summary>
    public bool IsMissing(int row) => Missing is not null && Missing[row];

    /// <summary>A column from values where null means missing.</summary>
    public static Column Of(string name, IEnumerable<double?> values) =>
        Of(name, ColumnType.Number, values, static v => v!.Value);

    /// <inheritdoc cref="Of(string, IEnumerable{double?})"/>
    public static Column Of(string name, IEnumerable<long?> values) =>
        Of(name, ColumnType.Integer, values, static v => v!.Value);

    /// <inheritdoc cref="Of(string, IEnumerable{double?})"/>
    public static Column Of(string name, IEnumerable<bool?> values) =>
        Of(name, ColumnType.Boolean, values, static v => v!.Value);

    /// <inheritdoc cref="Of(string, IEnumerable{double?})"/>
    public static Column Of(string name, IEnumerable<DateOnly?> values) =>
        Of(name, ColumnType.Date, values, static v => v!.Value);

    /// <inheritdoc cref="Of(string, IEnumerable{double?})"/>
    public static Column Of(string name, IEnumerable<DateTimeOffset?> values) =>
        Of(name, ColumnType.Timestamp, values, static v => Timestamps.Normal(v!.Value));

    /// <inheritdoc cref="Of(string, IEnumerable{double?})"/>
    public static Column Of(string name, IEnumerable<string?> values) =>
        Of(name, ColumnType.Text, values, static v => v!);

    /// <inheritdoc cref="Of(string, IEnumerable{double?})"/>
    public static Column Of(string name, IEnumerable<double> values) =>
        new Column<double>(name, ColumnType.Number, values.ToArray());

    /// <inheritdoc cref="Of(string, IEnumerable{double?})"/>
    public static Column Of(string name, IEnumerable<long> values) =>
        new Column<long>(name, ColumnType.Integer, values.ToArray());

    /// <summary>The same values under another name.</summary>
    public abstract Column Rename(string name);

    internal abstract Column Select(ReadOnlySpan<int> rows);

    internal abstract Column Slice(int first, int count);

    internal static Column OfMissing(string name, ColumnType type, int count)
    {
        var missing = new bool[count];
        Array.Fill(missing, true);
        return type switch
        {
            ColumnType.Boolean => new Column<bool>(name, type, new bool[count], missing),
            ColumnType.Integer => new Column<long>(name, type, new long[count], missing),
            ColumnType.Number => new Column<double>(name, type, new double[count], missing),
            ColumnType.Text => new Column<string>(name, type, Texts(count), missing),
            ColumnType.Date => new Column<DateOnly>(name, type, new DateOnly[count], missing),
            _ => new Column<DateTimeOffset>(name, type, new DateTimeOffset[count], missing),
        };
    }

    private static string[] Texts(int count)
    {
        var texts = new string[count];
        Array.Fill(texts, "");
        return texts;
    }

    private static Column<TValue> Of<TSource, TValue>(
        string name,
        ColumnType type,
        IEnumerable<TSource?> values,
        Func<TSource?, TValue> value
    )
    {
        var source = values as IReadOnlyList<TSource?> ?? values.ToList();
        var result = new TValue[source.Count];
        var missing = new bool[source.Count];
        for (var row = 0; row < result.Length; row++)
        {
            missing[row] = source[row] is null;
            result[row] = missing[row] ? Column<TValue>.Filler : value(source[row]);
        }

        return new Column<TValue>(name, type, result, missing);
    }
}
