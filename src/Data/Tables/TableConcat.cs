using System.Globalization;

namespace Rondo.Data;

internal static class TableConcat
{
    public static Table Of(IReadOnlyList<Table> tables)
    {
        if (tables.Count == 1)
        {
            return tables[0];
        }

        var names = tables.SelectMany(t => t.Columns).Select(c => c.Name).Distinct(ColumnNames.Comparer);
        return new Table(names.Select(name => Join(name, tables)).ToArray());
    }

    /// <summary>The type that holds the values of both without loss.</summary>
    public static ColumnType Common(ColumnType a, ColumnType b) =>
        (a, b) switch
        {
            _ when a == b => a,
            (ColumnType.Integer, ColumnType.Number) or (ColumnType.Number, ColumnType.Integer) => ColumnType.Number,
            (ColumnType.Date, ColumnType.Timestamp) or (ColumnType.Timestamp, ColumnType.Date) => ColumnType.Timestamp,
            _ => ColumnType.Text,
        };

    public static string TextOf(object? value) =>
        value switch
        {
            null => "",
            bool flag => flag ? "true" : "false",
            DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            DateTimeOffset instant => instant.UtcDateTime.ToString(
                "yyyy-MM-ddTHH:mm:ss.FFFFFF'Z'",
                CultureInfo.InvariantCulture
            ),
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            _ => (string)value,
        };

    private static Column Join(string name, IReadOnlyList<Table> tables)
    {
        var parts = tables.Select(t => t.TryGet(name, out var column) ? column : null).ToList();
        // A column without any value says nothing about its type.
        var telling = parts.Where(p => p is not null && p.MissingCount < p.Count).Select(p => p!.Type).ToList();
        var type = telling.Count > 0 ? telling.Aggregate(Common) : parts.First(p => p is not null)!.Type;
        var counts = tables.Select(t => t.RowCount).ToList();
        return type switch
        {
            ColumnType.Boolean => Join(name, type, parts, counts, static v => (bool)v),
            ColumnType.Integer => Join(name, type, parts, counts, static v => (long)v),
            ColumnType.Number => Join(name, type, parts, counts, static v => v is long whole ? whole : (double)v),
            ColumnType.Date => Join(name, type, parts, counts, static v => (DateOnly)v),
            ColumnType.Timestamp => Join(name, type, parts, counts, static v => Instant(v)),
            _ => Join(name, type, parts, counts, TextOf),
        };
    }

    public static DateTimeOffset Instant(object value) =>
        value is DateOnly date ? new DateTimeOffset(date, TimeOnly.MinValue, TimeSpan.Zero) : (DateTimeOffset)value;

    private static Column<T> Join<T>(
        string name,
        ColumnType type,
        List<Column?> parts,
        List<int> counts,
        Func<object, T> convert
    )
    {
        var total = counts.Sum();
        var values = new T[total];
        var missing = new bool[total];
        var row = 0;
        for (var part = 0; part < parts.Count; part++)
        {
            if (parts[part] is Column<T> same)
            {
                same.Array.CopyTo(values, row);
                same.Missing?.CopyTo(missing, row);
                row += counts[part];
                continue;
            }

            for (var i = 0; i < counts[part]; i++, row++)
            {
                var value = parts[part]?[i];
                missing[row] = value is null;
                values[row] = value is null ? Column<T>.Filler : convert(value);
            }
        }

        return new Column<T>(name, type, values, missing);
    }
}
