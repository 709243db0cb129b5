using System.Data;
using Npgsql;
using Rondo.Kernel.Db;

namespace Rondo.Providers.Postgres;

/// <summary>
/// PostgreSQL: many writers at a time, on any number of servers. Each write is one transaction that sees what others have
/// committed (read committed); a decision that reads some rows and writes others takes a lock first
/// (<see cref="Transaction.LockAsync"/>). A write that collides with another is run again.
/// </summary>
public sealed class PostgresDatabase : Database
{
    /// <summary>The most connections of one server, unless the address says otherwise (<c>Maximum Pool Size</c>).</summary>
    public const int ConnectionsMax = 40;

    /// <summary>How often a write is run before its collision is an error.</summary>
    public const int AttemptsMax = 20;

    private const int StatementsKeptMax = 200;

    private readonly PostgresAddress _address;
    private readonly NpgsqlDataSource _source;
    private readonly TimeProvider _time;
    private readonly PostgresSignal _signal;

    private PostgresDatabase(PostgresAddress address, NpgsqlDataSource source, TimeProvider time)
    {
        _address = address;
        _source = source;
        _time = time;
        _signal = new PostgresSignal(source, HearOthers, time);
    }

    public override Dialect Dialect => Dialect.Postgres;

    /// <summary>Connects. A database that cannot hold what Rondo writes is refused here, before anything is written.</summary>
    public static async Task<PostgresDatabase> OpenAsync(
        PostgresAddress address,
        TimeProvider? time = null,
        CancellationToken cancellation = default
    )
    {
        var source = PostgresSource.Create(address, ConnectionsMax, StatementsKeptMax);
        try
        {
            await PostgresSource.CheckAsync(source, address, cancellation);
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }

        return new PostgresDatabase(address, source, time ?? TimeProvider.System);
    }

    public override async Task<T> WriteAsync<T>(
        Func<Transaction, Task<T>> work,
        CancellationToken cancellation = default
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await WriteOnceAsync(work, cancellation);
            }
            catch (Exception e) when (PostgresErrors.IsCollision(e) && attempt < AttemptsMax)
            {
                // The one it collided with is done, or about to be: each time this one leaves it a little more room.
                await Task.Delay(TimeSpan.FromMilliseconds(attempt), _time, cancellation);
            }
            catch (Exception e) when (PostgresErrors.IsUnavailable(e))
            {
                throw PostgresErrors.Unavailable(e, _address);
            }
        }
    }

    public override async Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellation = default)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellation);
            await using var transaction = await connection.BeginTransactionAsync(
                IsolationLevel.RepeatableRead,
                CancellationToken.None
            );
            var result = await work(NewSession(new PlainConnection(connection), transaction));
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        catch (Exception e) when (PostgresErrors.IsUnavailable(e))
        {
            throw PostgresErrors.Unavailable(e, _address);
        }
    }

    public override void TellOthers() => _signal.Tell();

    public override async ValueTask DisposeAsync()
    {
        await _signal.DisposeAsync();
        await _source.DisposeAsync();
    }

    private async Task<T> WriteOnceAsync<T>(Func<Transaction, Task<T>> work, CancellationToken cancellation)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellation);
        await using var inner = await connection.BeginTransactionAsync(
            IsolationLevel.ReadCommitted,
            CancellationToken.None
        );
        var transaction = NewTransaction(new PlainConnection(connection), inner);
        var result = await work(transaction);
        await CommitAsync(inner);
        NotifyCommitted(transaction);
        return result;
    }

    private async Task CommitAsync(NpgsqlTransaction transaction)
    {
        try
        {
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (Exception e) when (PostgresErrors.IsCommitUnknown(e))
        {
            throw PostgresErrors.CommitUnknown(e, _address);
        }
    }
}
