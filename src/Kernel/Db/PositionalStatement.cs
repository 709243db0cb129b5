using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Rondo.Kernel.Db;

/// <summary>
/// A statement of the embedded database that stays prepared and takes its arguments by position: of a thousand rows, to look for each
/// argument by its name costs as much as to insert it. What a row has in common with the one before is not said again.
/// </summary>
internal sealed class PositionalStatement : RowArguments, IDisposable
{
    private static readonly byte[] s_noByte = [0];

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly IntPtr _handle;
    private readonly Argument[] _arguments;
    private readonly Row _row;

    /// <summary>A statement whose arguments are at these places; null: in the order in which the statement has them.</summary>
    public PositionalStatement(sqlite3 database, string sql, IReadOnlyList<string>? names)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v2(database, sql, out _statement));
        _handle = _statement.DangerousGetHandle();
        _row = Row.Of(_statement);
        _arguments = names is null
            ? [.. Enumerable.Range(1, raw.sqlite3_bind_parameter_count(_statement)).Select(At)]
            : [.. names.Select(name => At(raw.sqlite3_bind_parameter_index(_statement, "@" + name)))];
    }

    /// <summary>The names of the statement's own parameters, in the order of its arguments.</summary>
    public IReadOnlyList<string> Names =>
        [
            .. _arguments.Select(argument =>
                raw.sqlite3_bind_parameter_name(_statement, argument.Place).utf8_to_string()?.TrimStart('@') ?? ""
            ),
        ];

    private enum Kind
    {
        Null,
        Text,
        Whole,
        Number,
        Bytes,
    }

    /// <summary>Runs it for each row and returns the number of rows touched.</summary>
    public int Run<T>(IEnumerable<T> rows, Action<RowArguments, T> write)
    {
        var database = _database.DangerousGetHandle();
        var before = NativeStatement.TotalChanges(database);
        try
        {
            foreach (var row in rows)
            {
                write(this, row);
                Step();
            }

            return NativeStatement.TotalChanges(database) - before;
        }
        finally
        {
            Clear();
        }
    }

    /// <summary>Runs it once and returns the number of rows touched.</summary>
    public int Run(Action<RowArguments> write)
    {
        var database = _database.DangerousGetHandle();
        var before = NativeStatement.TotalChanges(database);
        try
        {
            write(this);
            Step();
            return NativeStatement.TotalChanges(database) - before;
        }
        finally
        {
            Clear();
        }
    }

    /// <summary>The names of the columns of its rows.</summary>
    public IReadOnlyList<string> Columns =>
        [
            .. Enumerable
                .Range(0, raw.sqlite3_column_count(_statement))
                .Select(column => raw.sqlite3_column_name(_statement, column).utf8_to_string()),
        ];

    /// <summary>Hands over each of its rows, up to so many.</summary>
    public void Read(Action<RowArguments> write, Action<Row> read, int rowsMax)
    {
        try
        {
            write(this);
            var code = raw.SQLITE_ROW;
            for (var rows = 0; rows < rowsMax && (code = NativeStatement.Step(_handle)) == raw.SQLITE_ROW; rows++)
            {
                read(_row);
            }

            if (code is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
            {
                NativeStatement.Reset(_handle);
                Check(code);
            }
        }
        finally
        {
            NativeStatement.Reset(_handle);
            Clear();
        }
    }

    public void Dispose() => _statement.Dispose();

    private protected override void SetText(int place, string value)
    {
        ref var argument = ref _arguments[place];
        if (argument.Kind == Kind.Text && argument.Text == value)
        {
            return;
        }

        var text = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(value.Length));
        var bytes = Encoding.UTF8.GetBytes(value, text);
        try
        {
            ref var first = ref MemoryMarshal.GetArrayDataReference(text);
            Check(NativeStatement.BindText(_handle, argument.Place, ref first, bytes, NativeStatement.Copied));
            (argument.Kind, argument.Text) = (Kind.Text, value);
        }
        finally
        {
            // It may have been a secret, and the next one to have this memory is anybody.
            text.AsSpan(0, bytes).Clear();
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    public override void Set(int place, long value)
    {
        ref var argument = ref _arguments[place];
        if (argument.Kind != Kind.Whole || argument.Bits != value)
        {
            Check(NativeStatement.Bind(_handle, argument.Place, value));
            (argument.Kind, argument.Bits) = (Kind.Whole, value);
        }
    }

    public override void Set(int place, double value)
    {
        // The database would keep nothing instead, without a word.
        if (double.IsNaN(value))
        {
            throw new InvalidOperationException("A column cannot hold what is no number (NaN).");
        }

        ref var argument = ref _arguments[place];
        var bits = BitConverter.DoubleToInt64Bits(value);
        if (argument.Kind != Kind.Number || argument.Bits != bits)
        {
            Check(NativeStatement.Bind(_handle, argument.Place, value));
            (argument.Kind, argument.Bits) = (Kind.Number, bits);
        }
    }

    public override void Set(int place, ReadOnlySpan<byte> value)
    {
        ref var argument = ref _arguments[place];
        // At no address the database would keep nothing instead of no bytes.
        ref var first = ref value.IsEmpty ? ref s_noByte[0] : ref MemoryMarshal.GetReference(value);
        Check(NativeStatement.BindBytes(_handle, argument.Place, ref first, value.Length, NativeStatement.Copied));
        argument.Kind = Kind.Bytes;
    }

    public override void SetNull(int place)
    {
        ref var argument = ref _arguments[place];
        if (argument.Kind != Kind.Null)
        {
            Check(NativeStatement.BindNull(_handle, argument.Place));
            argument.Kind = Kind.Null;
        }
    }

    private static Argument At(int place) => new() { Place = place };

    // What was bound stays bound: the next one begins anew.
    private void Clear()
    {
        NativeStatement.ClearBindings(_handle);
        foreach (ref var argument in _arguments.AsSpan())
        {
            (argument.Kind, argument.Text) = (Kind.Null, null);
        }
    }

    private void Step()
    {
        var code = NativeStatement.Step(_handle);
        NativeStatement.Reset(_handle);
        if (code is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
        {
            Check(code);
        }
    }

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _database);

    private struct Argument
    {
        public int Place;
        public Kind Kind;
        public long Bits;
        public string? Text;
    }
}
