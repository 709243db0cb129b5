using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Rondo.Kernel.Db;

/// <summary>
/// A statement of the embedded database that stays prepared and takes its arguments by position: of a thousand rows, to look for each
/// argument by its name costs as much as to insert it.
/// </summary>
internal sealed class PositionalStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly int[] _places;
    private readonly object?[] _bound;

    public PositionalStatement(sqlite3 database, string sql, IReadOnlyList<string> names)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v2(database, sql, out _statement));
        _places = [.. names.Select(name => raw.sqlite3_bind_parameter_index(_statement, "@" + name))];
        _bound = new object?[names.Count];
    }

    /// <summary>Runs it for each row and returns the number of rows touched.</summary>
    public int Run(IEnumerable<object?[]> rows)
    {
        var touched = 0;
        try
        {
            foreach (var row in rows)
            {
                touched += Run(row);
            }
        }
        finally
        {
            // What was bound stays bound: the next one begins anew.
            raw.sqlite3_clear_bindings(_statement);
            Array.Clear(_bound);
        }

        return touched;
    }

    public void Dispose() => _statement.Dispose();

    private int Run(object?[] row)
    {
        for (var i = 0; i < row.Length; i++)
        {
            // Rows in the order of their keys have many values in common.
            if (row[i] is null || !ReferenceEquals(row[i], _bound[i]))
            {
                Check(Bind(_places[i], row[i]));
                _bound[i] = row[i];
            }
        }

        var code = raw.sqlite3_step(_statement);
        raw.sqlite3_reset(_statement);
        if (code is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
        {
            Check(code);
        }

        return raw.sqlite3_changes(_database);
    }

    private int Bind(int place, object? value) =>
        value switch
        {
            null => raw.sqlite3_bind_null(_statement, place),
            string text => raw.sqlite3_bind_text(_statement, place, text),
            long whole => raw.sqlite3_bind_int64(_statement, place, whole),
            int whole => raw.sqlite3_bind_int64(_statement, place, whole),
            double number => raw.sqlite3_bind_double(_statement, place, number),
            _ => throw new InvalidOperationException($"A column cannot hold a {value.GetType().Name}."),
        };

    private void Check(int code) => SqliteException.ThrowExceptionForRC(code, _database);
}
