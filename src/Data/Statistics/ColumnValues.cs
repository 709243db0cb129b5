using System.Runtime.InteropServices;

namespace Rondo.Data;

internal static class ColumnValues
{
    /// <summary>The finite numbers of an Integer or Number column in ascending order.</summary>
    public static double[] Sorted(Column column)
    {
        var values = Finite(column);
        Array.Sort(values);
        return values;
    }

    /// <summary>The same in the order of the rows.</summary>
    public static double[] Finite(Column column)
    {
        var values = new double[column.Count];
        var count = 0;
        for (var row = 0; row < column.Count; row++)
        {
            if (column.IsMissing(row))
            {
                continue;
            }

            var value = NumberAt(column, row);
            if (double.IsFinite(value))
            {
                // One zero: −0 and 0 would sort in the order of the rows.
                values[count++] = value + 0.0;
            }
        }

        Array.Resize(ref values, count);
        return values;
    }

    /// <summary>A value of an Integer or Number column that is there.</summary>
    public static double NumberAt(Column column, int row) =>
        column is Column<long> whole ? whole.Array[row] : ((Column<double>)column).Array[row];

    /// <summary>How often each value of a Text or Boolean column occurs.</summary>
    public static Dictionary<string, long> Categories(Column column)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        for (var row = 0; row < column.Count; row++)
        {
            if (!column.IsMissing(row))
            {
                var value = column is Column<string> texts ? texts.Array[row] : TableConcat.TextOf(column[row]);
                CollectionsMarshal.GetValueRefOrAddDefault(counts, value, out _)++;
            }
        }

        return counts;
    }
}
