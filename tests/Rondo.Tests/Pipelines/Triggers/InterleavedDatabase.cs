using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel.Db;

namespace Rondo.Tests.Pipelines;

/// <summary>
/// One server's way to a database that it shares: before each of its transactions a test may let others go first. Transactions are
/// serializable here, so that between them is where two servers can come between each other.
/// </summary>
internal sealed class InterleavedDatabase(Database shared) : Database
{
    private int _transactions;

    /// <summary>Called before each transaction, with its number from 1 on.</summary>
    public Func<int, Task> Before { get; set; } = _ => Task.CompletedTask;

    public int Transactions => _transactions;

    /// <summary>A server that reaches the database this way.</summary>
    public TestServer Server(TriggerScene scene) =>
        scene.World.Server(more: services => services.AddSingleton<Database>(this));

    public override Dialect Dialect => shared.Dialect;

    public override async Task<T> WriteAsync<T>(
        Func<Transaction, Task<T>> work,
        CancellationToken cancellation = default
    )
    {
        await Before(++_transactions);
        return await shared.WriteAsync(work, cancellation);
    }

    public override async Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellation = default)
    {
        await Before(++_transactions);
        return await shared.ReadAsync(work, cancellation);
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
