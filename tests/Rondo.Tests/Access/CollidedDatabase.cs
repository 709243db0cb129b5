using Rondo.Kernel.Db;

namespace Rondo.Tests.Access;

/// <summary>A way to a database on which each write collides once with somebody, is taken back, and is run again after that.</summary>
internal sealed class CollidedDatabase(Database shared) : Database
{
    /// <summary>What somebody else does before the second time.</summary>
    public Func<Task> Between { get; set; } = () => Task.CompletedTask;

    public override Dialect Dialect => shared.Dialect;

    public override async Task<T> WriteAsync<T>(
        Func<Transaction, Task<T>> work,
        CancellationToken cancellation = default
    )
    {
        await Assert.ThrowsAsync<CollisionException>(() =>
            shared.WriteAsync<T>(
                async transaction =>
                {
                    await work(transaction);
                    throw new CollisionException();
                },
                cancellation
            )
        );
        await Between();
        return await shared.WriteAsync(work, cancellation);
    }

    public override Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellation = default) =>
        shared.ReadAsync(work, cancellation);

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private sealed class CollisionException : Exception;
}
