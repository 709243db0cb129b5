using System.Reflection;

namespace Rondo.Kernel.Db;

/// <summary>How a value of each kind that a column can hold is read, and where it goes.</summary>
internal static class RowValues
{
    private static readonly Dictionary<Type, Delegate> s_readers = new Delegate[]
    {
        (Row row, int column) => row.IsNull(column) ? null! : row.Text(column),
        (Row row, int column) => row.Long(column),
        (Row row, int column) => row.IsNull(column) ? (long?)null : row.Long(column),
        (Row row, int column) => checked((int)row.Long(column)),
        (Row row, int column) => row.Double(column),
        (Row row, int column) => row.IsNull(column) ? (double?)null : row.Double(column),
        (Row row, int column) => row.Long(column) != 0,
    }.ToDictionary(read => read.GetType().GetGenericArguments()[^1]);

    /// <summary>What reads a value of this type, as a function of the row and the column; null where none does.</summary>
    public static Delegate? Reader(Type type) => s_readers.GetValueOrDefault(type);

    public static Func<Row, (T1, T2)> Tuple2<T1, T2>(Func<Row, int, T1> first, Func<Row, int, T2> second) =>
        row => (first(row, 0), second(row, 1));

    public static Func<Row, (T1, T2, T3)> Tuple3<T1, T2, T3>(
        Func<Row, int, T1> first,
        Func<Row, int, T2> second,
        Func<Row, int, T3> third
    ) => row => (first(row, 0), second(row, 1), third(row, 2));

    public static Func<Row, (T1, T2, T3, T4)> Tuple4<T1, T2, T3, T4>(
        Func<Row, int, T1> first,
        Func<Row, int, T2> second,
        Func<Row, int, T3> third,
        Func<Row, int, T4> fourth
    ) => row => (first(row, 0), second(row, 1), third(row, 2), fourth(row, 3));

    /// <summary>Gives a property of an object the value of a column.</summary>
    internal abstract class Fill
    {
        public abstract void From(Row row, object owner);
    }

    internal sealed class Fill<TOwner, TValue>(int column, MethodInfo setter, Func<Row, int, TValue> read) : Fill
        where TOwner : class
    {
        private readonly Action<TOwner, TValue> _set = setter.CreateDelegate<Action<TOwner, TValue>>();

        public override void From(Row row, object owner)
        {
            if (!row.IsNull(column))
            {
                _set((TOwner)owner, read(row, column));
            }
        }
    }
}
