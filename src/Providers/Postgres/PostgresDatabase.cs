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
    /// <summary>How often a write is run before its collision with others is an error.</summary>
    public const int AttemptsMax = 20;

    /// <summary>How often a write is run before it is an error that the row it inserts is there already.</summary>
    public const int InsertAttemptsMax = 5;

    // From this attempt on, those that collide again and again go one after the other: then only newcomers can stand in their way.
    private const int QueuedFrom = 4;
    private const string QueueSql =
        "select pg_advisory_xact_lock(hashtextextended('rondo.collided.' || current_schema(), 0))";

    private const int PausesApart = 8;
    private const int PauseMsMax = 100;

    private readonly PostgresAddress _address;
    private readonly NpgsqlDataSource _writers;
    private readonly NpgsqlDataSource _readers;
    private readonly TimeProvider _time;
    private readonly PostgresSignal _signal;
    private int _collisions;

    private PostgresDatabase(PostgresAddress address, PostgresOptions options, TimeProvider time)
    {
        _address = address;
        _writers = PostgresSource.Create(address, options, readOnly: false);
        _readers = PostgresSource.Create(address, options, readOnly: true);
        _time = time;
        _signal = new PostgresSignal(_writers, HearOthers, time);
    }

    public override Dialect Dialect => Dialect.Postgres;

    /// <summary>Connects. A database that cannot hold what Rondo writes is refused here, before anything is written.</summary>
    public static async Task<PostgresDatabase> OpenAsync(
        PostgresAddress address,
        PostgresOptions? options = null,
        TimeProvider? time = null,
        CancellationToken cancellation = default
    )
    {
        var database = new PostgresDatabase(address, options ?? new PostgresOptions(), time ?? TimeProvider.System);
        try
        {
            await PostgresSource.CheckAsync(database._writers, address, cancellation);
            await database._signal.Ready.WaitAsync(cancellation);
            return database;
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
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
                return await WriteOnceAsync(work, attempt >= QueuedFrom, cancellation);
            }
            catch (Exception e) when (IsWorthAnother(e, attempt))
            {
                await Task.Delay(PauseAfter(attempt), _time, cancellation);
            }
            catch (Exception e) when (PostgresErrors.IsUnavailable(e) || PostgresErrors.IsStandby(e))
            {
                throw PostgresErrors.Unavailable(e, _address);
            }
            catch (Exception e) when (PostgresErrors.IsNoText(e))
            {
                throw PostgresErrors.NoText(e);
            }
        }
    }

    public override async Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            await using var connection = await _readers.OpenConnectionAsync(cancellation);
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
        catch (Exception e) when (PostgresErrors.IsNoText(e))
        {
            throw PostgresErrors.NoText(e);
        }
    }

    public override void TellOthers() => _signal.Tell();

    public override async ValueTask DisposeAsync()
    {
        await _signal.DisposeAsync();
        await _writers.DisposeAsync();
        await _readers.DisposeAsync();
    }

    private async Task<T> WriteOnceAsync<T>(
        Func<Transaction, Task<T>> work,
        bool queued,
        CancellationToken cancellation
    )
    {
        cancellation.ThrowIfCancellationRequested();
        await using var connection = await _writers.OpenConnectionAsync(cancellation);
        await using var inner = await connection.BeginTransactionAsync(
            IsolationLevel.ReadCommitted,
            CancellationToken.None
        );
        if (queued)
        {
            // It holds nothing yet, so that nobody waits for it meanwhile.
            await using var queue = new NpgsqlCommand(QueueSql, connection, inner);
            await queue.ExecuteNonQueryAsync(cancellation);
        }

        var transaction = NewTransaction(new PlainConnection(connection), inner);
        var result = await work(transaction);
        await CommitAsync(inner);
        NotifyCommitted(transaction);
        return result;
    }

    // A row that is there already is either somebody else's, and seen the next time, or a mistake that stays one.
    private static bool IsWorthAnother(Exception e, int attempt) =>
        PostgresErrors.IsCollision(e)
            ? attempt < AttemptsMax
            : PostgresErrors.IsInsertedElsewhere(e) && attempt < InsertAttemptsMax;

    // Those that collided must not meet again: each waits another time, and longer each time.
    private TimeSpan PauseAfter(int attempt) =>
        TimeSpan.FromMilliseconds(
            Math.Min(attempt * attempt, PauseMsMax) * (1 + Interlocked.Increment(ref _collisions) % PausesApart)
        );

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
