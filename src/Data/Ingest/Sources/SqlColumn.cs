using System.Data.Common;
using System.Globalization;

namespace Rondo.Data;

/// <summary>The values of one column of a query, part by part. A database without strict types may give a value of another type than it said.</summary>
internal sealed class SqlColumn(string name, ColumnType type)
{
    private readonly List<object?> _values = [];

    public static ColumnType TypeOf(Type clr) =>
        clr switch
        {
            _ when clr == typeof(bool) => ColumnType.Boolean,
            _ when clr == typeof(double) || clr == typeof(float) || clr == typeof(decimal) => ColumnType.Number,
            _ when clr == typeof(DateOnly) => ColumnType.Date,
            _ when clr == typeof(DateTime) || clr == typeof(DateTimeOffset) => ColumnType.Timestamp,
            { IsPrimitive: true } => ColumnType.Integer,
            _ => ColumnType.Text,
        };

    public void Add(string source, DbDataReader reader, int at)
    {
        if (reader.IsDBNull(at))
        {
            _values.Add(null);
            return;
        }

        var value = reader.GetValue(at);
        try
        {
            _values.Add(Converted(value));
        }
        catch (Exception e) when (e is InvalidCastException or FormatException or OverflowException)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"Column '{name}' of the query of '{source}' is {type}, and holds '{value}'.",
                $"Cast it in the query: cast({name} as text).",
                e
            );
        }
    }

    /// <summary>The values so far, which it then forgets.</summary>
    public Column Take()
    {
        var column = type switch
        {
            ColumnType.Boolean => Column.Of(name, _values.Select(v => (bool?)v)),
            ColumnType.Integer => Column.Of(name, _values.Select(v => (long?)v)),
            ColumnType.Number => Column.Of(name, _values.Select(v => (double?)v)),
            ColumnType.Date => Column.Of(name, _values.Select(v => (DateOnly?)v)),
            ColumnType.Timestamp => Column.Of(name, _values.Select(v => (DateTimeOffset?)v)),
            _ => Column.Of(name, _values.Select(v => (string?)v)),
        };
        _values.Clear();
        return column;
    }

    private object Converted(object value) =>
        type switch
        {
            ColumnType.Boolean => Convert.ToBoolean(value, CultureInfo.InvariantCulture),
            ColumnType.Integer => value is double or float or decimal
                ? throw new InvalidCastException()
                : Convert.ToInt64(value, CultureInfo.InvariantCulture),
            ColumnType.Number => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            ColumnType.Date => (DateOnly)value,
            ColumnType.Timestamp => value is DateTime time
                ? new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc))
                : (DateTimeOffset)value,
            _ => value is byte[] bytes
                ? Convert.ToHexStringLower(bytes)
                : Convert.ToString(value, CultureInfo.InvariantCulture)!,
        };
}
