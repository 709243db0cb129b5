using Microsoft.Data.Sqlite;

namespace Rondo.Kernel.Db;

/// <summary>
/// A connection that keeps its statements prepared: the same few are run again and again, and to prepare one costs more than to run it.
/// It is used by one session at a time.
/// </summary>
internal sealed class PreparedConnection(string connectionString) : SqliteConnection(connectionString)
{
    private const int KeptMax = 256;
    private static readonly string[] s_varies = [" in @", ";"];

    private readonly Dictionary<string, PreparedCommand> _idle = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PositionalStatement> _positional = new(StringComparer.Ordinal);
    private string? _next;

    /// <summary>Says which statement the next command will be for. A script is not kept, nor a list, which is written out differently each time.</summary>
    public void Expect(string sql) => _next = s_varies.Any(sql.Contains) ? null : sql;

    /// <summary>Runs a word of the database that has no arguments, such as <c>commit</c>.</summary>
    public void Say(string word)
    {
        Expect(word);
        using var command = CreateCommand();
        command.ExecuteNonQuery();
    }

    /// <summary>Runs one statement for each row, its arguments given by position, and returns the number of rows touched.</summary>
    public int RunMany<T>(string sql, IReadOnlyList<string> names, IEnumerable<T> rows, Action<RowArguments, T> write)
    {
        if (_positional.TryGetValue(sql, out var kept))
        {
            return kept.Run(rows, write);
        }

        var statement = new PositionalStatement(Handle!, sql, names);
        if (_positional.Count < KeptMax)
        {
            _positional.Add(sql, statement);
            return statement.Run(rows, write);
        }

        using (statement)
        {
            return statement.Run(rows, write);
        }
    }

    /// <summary>Ends the transaction and takes back what was written in it. Never throws: it must not hide why.</summary>
    public void RollBack()
    {
        try
        {
            Say("rollback");
        }
        catch (SqliteException)
        {
            // The database has done so already, as it does when the disk is full.
        }
    }

    public override SqliteCommand CreateCommand()
    {
        if (_next is not { } sql)
        {
            return base.CreateCommand();
        }

        _next = null;
        if (!_idle.Remove(sql, out var command))
        {
            command = new PreparedCommand(sql, this);
        }

        command.Transaction = Transaction;
        return command;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var command in _idle.Values)
        {
            command.End();
        }

        foreach (var statement in _positional.Values)
        {
            statement.Dispose();
        }

        _idle.Clear();
        _positional.Clear();
        base.Dispose(disposing);
    }

    // Of two of one text that were in use at once, one is kept.
    private bool Keep(string sql, PreparedCommand command) => _idle.Count < KeptMax && _idle.TryAdd(sql, command);

    /// <summary>Whoever disposes of it gives it back.</summary>
    private sealed class PreparedCommand : SqliteCommand
    {
        private readonly string _sql;
        private readonly PreparedConnection _owner;

        public PreparedCommand(string sql, PreparedConnection owner)
            : base(sql, owner)
        {
            (_sql, _owner) = (sql, owner);
            Prepare();
        }

        public void End() => base.Dispose(true);

        protected override void Dispose(bool disposing)
        {
            Parameters.Clear();
            Transaction = null;
            if (!disposing || CommandText != _sql || !_owner.Keep(_sql, this))
            {
                base.Dispose(disposing);
            }
        }
    }
}
