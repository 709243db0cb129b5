using System.Globalization;

namespace Rondo.Data;

/// <summary>Values as texts that are equal where the values are, whatever a file held them as: 1 and 1.0, 0 and −0 are the same.</summary>
internal static class RowKeys
{
    /// <summary>The text of each value; null where it is missing.</summary>
    public static string?[] Of(Column column)
    {
        var keys = new string?[column.Count];
        for (var row = 0; row < keys.Length; row++)
        {
            keys[row] = column.IsMissing(row) ? null : Of(column, row);
        }

        return keys;
    }

    /// <summary>The texts of several columns together; null where any of them is missing.</summary>
    public static string?[] Of(IReadOnlyList<Column> columns)
    {
        var parts = columns.Select(column => Of(column)).ToList();
        var keys = new string?[columns[0].Count];
        for (var row = 0; row < keys.Length; row++)
        {
            var values = parts.Select(part => part[row]).ToList();
            // With the lengths, so that ("a", "bc") is not ("ab", "c").
            keys[row] = values.Contains(null) ? null : string.Concat(values.Select(v => $"{v!.Length}:{v}"));
        }

        return keys;
    }

    /// <summary>A hash of a seed and a value, the same on every machine and runtime.</summary>
    public static ulong Hash(long seed, ulong value) =>
        DistinctSketch.HashOf((long)(DistinctSketch.HashOf(seed) ^ value));

    /// <summary>A hash as a number from 0 to 1 (excluded).</summary>
    public static double Unit(ulong hash) => (hash >> 11) * (1.0 / (1UL << 53));

    public static string TextOf(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Of(Column column, int row) =>
        column switch
        {
            Column<string> texts => texts.Array[row],
            Column<double> numbers => TextOf(numbers.Array[row] + 0.0),
            _ => TableConcat.TextOf(column[row]),
        };
}
