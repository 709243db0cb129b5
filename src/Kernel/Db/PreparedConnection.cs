using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Rondo.Kernel.Db;

/// <summary>
/// A connection that keeps its statements prepared: the same few are run again and again, and to prepare one costs more than to run it.
/// It is used by one session at a time.
/// </summary>
internal sealed class PreparedConnection(string connectionString) : SqliteConnection(connectionString)
{
    private const int KeptMax = 512;
    private const int RecentMax = 16;
    private const int PlanByTextAlone = 1007; // SQLITE_DBCONFIG_ENABLE_QPSG
    private const string WrittenOut = " in @";
    private static readonly string[] s_varies = [WrittenOut, ";"];
    private static readonly string[] s_once = [""];

    private readonly Dictionary<string, PreparedCommand> _idle = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PositionalStatement> _positional = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Sql, Type Type), ObjectStatement?> _ofObjects = [];
    private readonly LinkedList<(string Sql, PositionalStatement Statement)> _recent = [];
    private string? _next;

    public override void Open()
    {
        base.Open();
        // Otherwise the database looks at what is bound, such as a limit, and prepares a kept statement anew each time that it has changed.
        SqliteException.ThrowExceptionForRC(raw.sqlite3_db_config(Handle, PlanByTextAlone, 1, out _), Handle);
    }

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

    /// <summary>
    /// Runs a statement that answers no rows, with the properties of an object as its arguments; false where it is none that is kept, or has arguments
    /// that only the library knows how to give.
    /// </summary>
    public bool TryRun(string sql, object? arguments, out int touched)
    {
        var found = ObjectOf(sql, arguments);
        touched = found is null ? 0 : found.Statement.Run(arguments, found.Properties);
        return found is not null;
    }

    /// <summary>The same for a statement that answers rows, each of which is handed to <paramref name="read"/>.</summary>
    public bool TryRead(string sql, object? arguments, Action<Row> read)
    {
        var found = ObjectOf(sql, arguments);
        found?.Statement.Read(arguments, found.Properties, read, int.MaxValue);
        return found is not null;
    }

    /// <summary>The first rows of a statement as values; null where the library must make them.</summary>
    public List<T>? TryQuery<T>(string sql, object? arguments, int rowsMax)
    {
        if (arguments is IReadOnlyDictionary<string, object?> named)
        {
            return QueryNamed<T>(sql, named, rowsMax);
        }

        if (ObjectOf(sql, arguments) is not { } found || found.Statement.MappingOf<T>() is not { } map)
        {
            return null;
        }

        var rows = new List<T>();
        found.Statement.Read(arguments, found.Properties, row => rows.Add(map(row)), rowsMax);
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

        foreach (var found in _ofObjects.Values)
        {
            found?.Statement.Dispose();
        }

        foreach (var (_, statement) in _recent)
        {
            statement.Dispose();
        }

        _idle.Clear();
        _positional.Clear();
        _ofObjects.Clear();
        _recent.Clear();
        base.Dispose(disposing);
    }

    private static bool IsKept(string sql) => !s_varies.Any(sql.Contains);

    private static bool IsOne(string sql) =>
        !sql.Contains(WrittenOut, StringComparison.Ordinal)
        && sql.IndexOf(';', StringComparison.Ordinal) is var end
        && (end < 0 || end == sql.Length - 1);

    // Null where it is left to the library.
    private ObjectStatement? ObjectOf(string sql, object? arguments)
    {
        var key = (sql, arguments?.GetType() ?? typeof(object));
        if (!_ofObjects.TryGetValue(key, out var found) && _ofObjects.Count < KeptMax && IsKept(sql))
        {
            found = Prepare(sql, key.Item2);
            _ofObjects.Add(key, found);
        }

        return found;
    }

    private ObjectStatement? Prepare(string sql, Type type)
    {
        var statement = new PositionalStatement(Handle!, sql, names: null);
        if (ArgumentProperties.Of(type)?.For(statement.Names) is { } properties)
        {
            return new ObjectStatement(statement, properties);
        }

        statement.Dispose();
        return null;
    }

    // Of two of one text that were in use at once, one is kept.
    private bool Keep(string sql, PreparedCommand command) => _idle.Count < KeptMax && _idle.TryAdd(sql, command);

    // Statements that are put together as they are asked for, such as searches: the last few stay, for many ask again for the same.
    private List<T>? QueryNamed<T>(string sql, IReadOnlyDictionary<string, object?> arguments, int rowsMax)
    {
        if (!IsOne(sql))
        {
            return null;
        }

        var statement = Recent(sql);
        if (statement.MappingOf<T>() is not { } map || statement.ValuesOf(arguments) is not { } values)
        {
            return null;
        }

        var rows = new List<T>();
        statement.Read(values, row => rows.Add(map(row)), rowsMax);
        return rows;
    }

    private PositionalStatement Recent(string sql)
    {
        for (var known = _recent.First; known is not null; known = known.Next)
        {
            if (known.Value.Sql == sql)
            {
                _recent.Remove(known);
                _recent.AddFirst(known);
                return known.Value.Statement;
            }
        }

        var statement = new PositionalStatement(Handle!, sql, names: null);
        _recent.AddFirst((sql, statement));
        if (_recent.Count > RecentMax)
        {
            _recent.Last!.Value.Statement.Dispose();
            _recent.RemoveLast();
        }

        return statement;
    }

    private sealed record ObjectStatement(PositionalStatement Statement, ArgumentProperties.Property[] Properties);

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
