using System.Collections.Concurrent;
using System.Globalization;

namespace Rondo.Data;

/// <summary>Between a column and an array of one member type.</summary>
internal abstract class MemberCodec
{
    private static readonly ConcurrentDictionary<Type, MemberCodec> Known = new();

    public static MemberCodec For(Type type) => Known.GetOrAdd(type, Create);

    public abstract Array Read(Column column, string member);

    public abstract Column Write(string name, Array values);

    private static MemberCodec Create(Type type)
    {
        var value = Nullable.GetUnderlyingType(type) ?? type;
        return Type.GetTypeCode(value) switch
        {
            _ when value.IsEnum => Of(
                type,
                ColumnType.Text,
                v => Enum.Parse(value, (string)v, true),
                v => v.ToString()!
            ),
            TypeCode.Boolean => Of(type, ColumnType.Boolean, AsBoolean, v => (bool)v),
            TypeCode.Double => Of(type, ColumnType.Number, v => AsDouble(v), v => (double)v),
            TypeCode.Single => Of(
                type,
                ColumnType.Number,
                v => (float)AsDouble(v),
                v => SinglePrecision.Widen((float)v)
            ),
            TypeCode.Decimal => Of(type, ColumnType.Number, v => (decimal)AsDouble(v), v => (double)(decimal)v),
            TypeCode.String => Of(type, ColumnType.Text, TableConcat.TextOf, v => (string)v),
            TypeCode.DateTime => Of(
                type,
                ColumnType.Timestamp,
                v => TableConcat.Instant(v).UtcDateTime,
                v => Timestamps.Normal(new DateTimeOffset(DateTime.SpecifyKind((DateTime)v, DateTimeKind.Utc)))
            ),
            _ when value == typeof(DateOnly) => Of(type, ColumnType.Date, AsDate, v => (DateOnly)v),
            _ when value == typeof(DateTimeOffset) => Of(
                type,
                ColumnType.Timestamp,
                v => TableConcat.Instant(v),
                v => Timestamps.Normal((DateTimeOffset)v)
            ),
            _ => Of(
                type,
                ColumnType.Integer,
                v => Convert.ChangeType(AsLong(v), value, CultureInfo.InvariantCulture),
                v => Convert.ToInt64(v, CultureInfo.InvariantCulture)
            ),
        };
    }

    private static MemberCodec Of<TStored>(
        Type type,
        ColumnType column,
        Func<object, object> read,
        Func<object, TStored> write
    ) =>
        (MemberCodec)
            Activator.CreateInstance(
                typeof(MemberCodec<,>).MakeGenericType(type, typeof(TStored)),
                column,
                read,
                write
            )!;

    private static object AsBoolean(object value) =>
        value switch
        {
            bool flag => flag,
            long and (0 or 1) => (long)value == 1,
            double and (0 or 1) => (double)value == 1,
            _ => throw new InvalidCastException(),
        };

    private static double AsDouble(object value) =>
        value switch
        {
            double number => number,
            long whole => whole,
            bool flag => flag ? 1 : 0,
            _ => throw new InvalidCastException(),
        };

    private static long AsLong(object value) =>
        value switch
        {
            long whole => whole,
            double number when Math.Floor(number) == number && Math.Abs(number) < 1L << 53 => (long)number,
            bool flag => flag ? 1 : 0,
            _ => throw new InvalidCastException(),
        };

    private static object AsDate(object value) =>
        value switch
        {
            DateOnly date => date,
            DateTimeOffset { TimeOfDay.Ticks: 0 } instant => DateOnly.FromDateTime(instant.UtcDateTime),
            _ => throw new InvalidCastException(),
        };
}

/// <inheritdoc/>
internal sealed class MemberCodec<TMember, TStored>(
    ColumnType type,
    Func<object, object> read,
    Func<object, TStored> write
) : MemberCodec
{
    public override Array Read(Column column, string member)
    {
        var result = new TMember[column.Count];
        if (Fast(column, result))
        {
            return result;
        }

        for (var row = 0; row < result.Length; row++)
        {
            if (column[row] is not { } value)
            {
                continue;
            }

            try
            {
                result[row] = (TMember)read(value);
            }
            catch (Exception e) when (e is InvalidCastException or OverflowException or ArgumentException)
            {
                throw MemberValues.Unfit(
                    $"Column '{column.Name}' holds {column.Type}, which does not fit {member} ({Name()}): "
                        + $"row {row + 1} is '{TableConcat.TextOf(value)}'.",
                    "Change the type of the member, or correct the data."
                );
            }
        }

        return result;
    }

    public override Column Write(string name, Array values)
    {
        var source = (TMember[])values;
        if (source is TStored[] same && typeof(TStored).IsValueType && typeof(TStored) != typeof(DateTimeOffset))
        {
            return new Column<TStored>(name, type, same);
        }

        var stored = new TStored[source.Length];
        var missing = new bool[source.Length];
        for (var row = 0; row < stored.Length; row++)
        {
            object? value = source[row];
            missing[row] = value is null;
            stored[row] = value is null ? Column<TStored>.Filler : write(value);
        }

        return new Column<TStored>(name, type, stored, missing);
    }

    private static string Name() =>
        Nullable.GetUnderlyingType(typeof(TMember)) is { } value ? value.Name + "?" : typeof(TMember).Name;

    /// <summary>The common cases without a boxed value per cell.</summary>
    private static bool Fast(Column column, TMember[] result)
    {
        if (column.Missing is null && column is Column<TMember> exact)
        {
            exact.Array.CopyTo(result, 0);
            return true;
        }

        switch (result, column)
        {
            case (float[] floats, Column<double> { Missing: null } numbers):
                for (var i = 0; i < floats.Length; i++)
                {
                    floats[i] = (float)numbers.Array[i];
                }

                return true;
            case (float[] floats, Column<long> { Missing: null } whole):
                for (var i = 0; i < floats.Length; i++)
                {
                    floats[i] = whole.Array[i];
                }

                return true;
            case (double[] doubles, Column<long> { Missing: null } whole):
                for (var i = 0; i < doubles.Length; i++)
                {
                    doubles[i] = whole.Array[i];
                }

                return true;
            default:
                return false;
        }
    }
}
