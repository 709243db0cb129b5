using System.Data.Common;

namespace Rondo.Kernel.Db;

/// <summary>A session that may write. What is written becomes visible, and durable, all at once or not at all.</summary>
public sealed class Transaction : Session
{
    private readonly List<Action> _afterCommit = [];

    internal Transaction(Database database, DbConnection connection, DbTransaction? transaction)
        : base(database, connection, transaction) { }

    /// <summary>Runs one statement (for each element, where the arguments are a list) and returns the number of rows touched.</summary>
    public ValueTask<int> ExecuteAsync(string sql, object? arguments = null) => RunAsync(sql, arguments);

    /// <summary>
    /// Runs one statement for each row, its arguments named by <paramref name="names"/> and given by position: for thousands of
    /// rows a second, where building an argument object for each would cost more than the database.
    /// </summary>
    public ValueTask<int> ExecuteManyAsync(string sql, IReadOnlyList<string> names, IEnumerable<object?[]> rows) =>
        RunManyAsync(sql, names, rows, static (arguments, row) => arguments.Set(row));

    /// <summary>The same for rows that are no arrays: <paramref name="write"/> gives the arguments of each.</summary>
    public ValueTask<int> ExecuteManyAsync<T>(
        string sql,
        IReadOnlyList<string> names,
        IEnumerable<T> rows,
        Action<RowArguments, T> write
    ) => RunManyAsync(sql, names, rows, write);

    /// <summary>Runs a script of tables, however long that takes: there may be many rows to be brought over.</summary>
    internal ValueTask ExecuteScriptAsync(string sql) => RunScriptAsync(sql);

    /// <summary>
    /// Waits until no other transaction holds the lock of this name, and holds it until this one ends. It makes a decision that
    /// reads some rows and writes others alone of its kind: take it first, then read. On the embedded database it does nothing,
    /// because there one transaction runs at a time. Who takes several takes them in the order of their names.
    /// </summary>
    public async ValueTask LockAsync(string name)
    {
        if (Dialect.Lock is { } statement)
        {
            await RunAsync(statement, new { name });
        }
    }

    /// <summary>
    /// Calls back once the transaction is durable; never when it is rolled back. The action must not throw or block: what it throws reaches whoever
    /// has written, though all is written.
    /// </summary>
    public void AfterCommit(Action action) => _afterCommit.Add(action);

    internal void NotifyCommitted()
    {
        foreach (var action in _afterCommit)
        {
            action();
        }
    }
}
