using Microsoft.Data.Sqlite;

namespace Rondo.Kernel.Db;

/// <summary>
/// A connection that keeps its statements prepared: the same few are run again and again, and to prepare one costs more than to run it.
/// It is used by one session at a time. Most are run directly, the rest by the library, which is given its commands back.
/// </summary>
internal sealed class PreparedConnection(string connectionString) : SqliteConnection(connectionString)
{
    private const int KeptMax = 512;

    /// <summary>What stands before a list, which is written out differently each time.</summary>
    public const string ListWrittenOut = " in @";

    private static readonly string[] s_varies = [ListWrittenOut, ";"];
    private static readonly string[] s_once = [""];

    private readonly Dictionary<string, PreparedCommand> _idle = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PositionalStatement> _positional = new(StringComparer.Ordinal);
    private DirectStatements? _direct;
    private string? _next;

    /// <summary>Says which statement the next command will be for. A script is not kept, nor a list, which is written out differently each time.</summary>
    public void Expect(string sql) => _next = IsKept(sql) ? sql : null;

    /// <summary>Runs a word of the database that has no arguments, such as <c>commit</c>.</summary>
    public void Say(string word) => RunMany(word, [], s_once, static (_, _) => { });

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

    /// <summary>Runs a statement that answers no rows; false where the library must do so.</summary>
    public bool TryRun(string sql, object? arguments, out int touched)
    {
        var found = Direct.Find(sql, arguments);
        touched = found is null ? 0 : found.Run(arguments);
        return found is not null;
    }

    /// <summary>Hands each row of a statement to <paramref name="read"/>; false where the library must read them.</summary>
    public bool TryRead(string sql, object? arguments, Action<Row> read)
    {
        var found = Direct.Find(sql, arguments);
        found?.Read(arguments, read, int.MaxValue);
        return found is not null;
    }

    /// <summary>The first rows of a statement as values; null where the library must make them.</summary>
    public List<T>? TryQuery<T>(string sql, object? arguments, int rowsMax)
    {
        if (
            !RowMapping<T>.IsKnown
            || Direct.Find(sql, arguments) is not { } found
            || found.MappingOf<T>() is not { } map
        )
        {
            return null;
        }

        var rows = new List<T>();
        found.Read(arguments, row => rows.Add(map(row)), rowsMax);
        return rows;
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
        _direct?.Dispose();
        _direct = null;
        base.Dispose(disposing);
    }

    private DirectStatements Direct => _direct ??= new DirectStatements(Handle!);

    private static bool IsKept(string sql) => !s_varies.Any(sql.Contains);

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
