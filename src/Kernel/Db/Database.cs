using System.Data.Common;
using Dapper;

namespace Rondo.Kernel.Db;

/// <summary>
/// The one relational database. Work inside <see cref="WriteAsync{T}"/> talks to the database only: no files, no network, no
/// waiting, because other writers stand behind it. It may be run again from its start where the database asks for that (two
/// writers stood in each other's way), so it changes nothing but the database and what it returns.
/// </summary>
public abstract class Database : IAsyncDisposable
{
    private long _statements;
    private Action? _changedElsewhere;

    static Database() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <summary>The words of this database.</summary>
    public abstract Dialect Dialect { get; }

    /// <summary>Statements sent since the start: tests hold decisions to a constant number of them.</summary>
    public long Statements => Interlocked.Read(ref _statements);

    /// <summary>Runs the work in one transaction; it is committed and durable when the task ends, rolled back when it throws.</summary>
    public abstract Task<T> WriteAsync<T>(Func<Transaction, Task<T>> work, CancellationToken cancellation = default);

    /// <summary>Runs the work on one consistent snapshot.</summary>
    public abstract Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellation = default);

    /// <summary>Runs the work in one transaction.</summary>
    public Task WriteAsync(Func<Transaction, Task> work, CancellationToken cancellation = default) =>
        WriteAsync<object?>(
            async transaction =>
            {
                await work(transaction);
                return null;
            },
            cancellation
        );

    /// <summary>
    /// Calls back when another server on this database has changed something. Only a hint: it may come late, twice, or without
    /// reason. The action must not throw or block.
    /// </summary>
    public void OnChangedElsewhere(Action action) => _changedElsewhere += action;

    /// <summary>Lets other servers on this database know that something has changed; at once and without waiting. An embedded database has none.</summary>
    public virtual void TellOthers() { }

    public abstract ValueTask DisposeAsync();

    /// <summary>A session of this database, for the work that it runs.</summary>
    protected Session NewSession(DbConnection connection, DbTransaction? transaction) =>
        new(this, connection, transaction);

    /// <summary>A transaction of this database, for the work that it runs.</summary>
    protected Transaction NewTransaction(DbConnection connection, DbTransaction? transaction) =>
        new(this, connection, transaction);

    /// <summary>Calls what waits for the commit: the transaction is durable.</summary>
    protected static void NotifyCommitted(Transaction transaction) => transaction.NotifyCommitted();

    /// <summary>Calls what waits for changes made elsewhere.</summary>
    protected void HearOthers() => _changedElsewhere?.Invoke();

    internal void CountStatement() => Interlocked.Increment(ref _statements);
}
