using System.Data.Common;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Rondo.Kernel.Db;

/// <summary>
/// The row at which a reader stands: thousands of rows are read without an object for each value. Columns are counted from 0. What is read as
/// bytes holds until the next row.
/// </summary>
public abstract class Row
{
    private protected Row() { }

    /// <summary>Whether the column has no value.</summary>
    public abstract bool IsNull(int column);

    /// <summary>A whole number.</summary>
    public abstract long Long(int column);

    /// <summary>A number.</summary>
    public abstract double Double(int column);

    /// <summary>A text.</summary>
    public abstract string Text(int column);

    /// <summary>A text as UTF-8.</summary>
    public abstract ReadOnlySpan<byte> Utf8(int column);

    /// <summary>What is kept as bytes.</summary>
    public abstract ReadOnlySpan<byte> Bytes(int column);

    internal static Row Of(DbDataReader reader) =>
        reader is SqliteDataReader { Handle: { } statement } ? new OfStatement(statement) : new OfReader(reader);

    internal static Row Of(sqlite3_stmt statement) => new OfStatement(statement);

    private sealed class OfReader(DbDataReader reader) : Row
    {
        private byte[] _utf8 = new byte[256];

        public override bool IsNull(int column) => reader.IsDBNull(column);

        public override long Long(int column) => reader.GetInt64(column);

        public override double Double(int column) => reader.GetDouble(column);

        public override string Text(int column) => reader.GetString(column);

        public override ReadOnlySpan<byte> Utf8(int column)
        {
            var text = reader.GetString(column);
            var bytesMax = Encoding.UTF8.GetMaxByteCount(text.Length);
            if (bytesMax > _utf8.Length)
            {
                _utf8 = new byte[bytesMax];
            }

            return _utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, _utf8));
        }

        public override ReadOnlySpan<byte> Bytes(int column) => reader.GetFieldValue<byte[]>(column);
    }

    // The embedded database holds texts as UTF-8, and to ask it directly costs a fraction of what its reader does.
    private sealed class OfStatement(sqlite3_stmt statement) : Row
    {
        private readonly IntPtr _statement = statement.DangerousGetHandle();

        public override bool IsNull(int column) => NativeColumns.TypeOf(_statement, column) == raw.SQLITE_NULL;

        public override long Long(int column) => NativeColumns.Long(_statement, column);

        public override double Double(int column) => NativeColumns.Double(_statement, column);

        public override string Text(int column) => Encoding.UTF8.GetString(Utf8(column));

        // The database hands out a text and bytes in the same way.
        public override ReadOnlySpan<byte> Bytes(int column) => Utf8(column);

        public override ReadOnlySpan<byte> Utf8(int column)
        {
            var value = NativeColumns.Value(_statement, column);
            var first = NativeColumns.Bytes(value);
            return first == IntPtr.Zero
                ? []
                : MemoryMarshal.CreateReadOnlySpan(
                    ref Unsafe.AddByteOffset(ref Unsafe.NullRef<byte>(), first),
                    NativeColumns.Length(value)
                );
        }
    }
}
