namespace Rondo.Kernel.Db;

/// <summary>
/// The one relational database. Work inside <see cref="WriteAsync{T}"/> talks to the database only: no files, no network, no
/// waiting, because other writers stand behind it.
/// </summary>
public abstract class Database : IAsyncDisposable
{
    private long _statements;

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

    public abstract ValueTask DisposeAsync();

    internal void CountStatement() => Interlocked.Increment(ref _statements);
}
