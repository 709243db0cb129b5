using Apache.Arrow;
using Apache.Arrow.Types;

namespace Rondo.Data;

/// <summary>Columns from Arrow's arrays.</summary>
internal static class ArrowColumns
{
    public static Column Of(string name, IArrowArray array, int rows) =>
        array switch
        {
            BooleanArray values => Column.Of(name, Rows(rows, values.GetValue)),
            Int8Array values => Column.Of(name, Rows(rows, i => (long?)values.GetValue(i))),
            Int16Array values => Column.Of(name, Rows(rows, i => (long?)values.GetValue(i))),
            Int32Array values => Column.Of(name, Rows(rows, i => (long?)values.GetValue(i))),
            Int64Array values => Column.Of(name, Rows(rows, values.GetValue)),
            UInt8Array values => Column.Of(name, Rows(rows, i => (long?)values.GetValue(i))),
            UInt16Array values => Column.Of(name, Rows(rows, i => (long?)values.GetValue(i))),
            UInt32Array values => Column.Of(name, Rows(rows, i => (long?)values.GetValue(i))),
            FloatArray values => Column.Of(name, Rows(rows, i => (double?)values.GetValue(i))),
            DoubleArray values => Column.Of(name, Rows(rows, values.GetValue)),
            StringArray values => Column.Of(name, Rows(rows, i => values.IsNull(i) ? null : values.GetString(i))),
            Date32Array values => Column.Of(name, Rows(rows, values.GetDateOnly)),
            Date64Array values => Column.Of(name, Rows(rows, values.GetDateOnly)),
            TimestampArray values => Column.Of(name, Rows(rows, i => values.GetTimestamp(i))),
            DictionaryArray values => OfDictionary(name, values, rows),
            _ => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Arrow column '{name}' holds {array.Data.DataType.Name}, which a table cannot hold.",
                "Flatten it to booleans, numbers, texts, dates or timestamps, or leave it out."
            ),
        };

    private static IEnumerable<T> Rows<T>(int rows, Func<int, T> value) => Enumerable.Range(0, rows).Select(value);

    // Each different value stands once, and rows point to it.
    private static Column OfDictionary(string name, DictionaryArray array, int rows)
    {
        var values = Of(name, array.Dictionary, array.Dictionary.Length);
        var indices = Of(name, array.Indices, rows);
        var places = Enumerable.Range(0, rows).Select(row => (long?)indices[row]);
        return values.Type == ColumnType.Text
            ? Column.Of(name, places.Select(at => at is { } place ? (string?)values[(int)place] : null))
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Arrow column '{name}' is a dictionary of {((DictionaryType)array.Data.DataType).ValueType.Name}.",
                "Write it as plain values."
            );
    }
}
