using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;

namespace Rondo.Kernel.Db;

/// <summary>
/// SQLite in write-ahead mode with <c>synchronous=FULL</c>. One writer at a time takes whatever work is waiting, runs each piece
/// under its own savepoint, and commits them together: many concurrent writers share one fsync, and a piece that fails takes only
/// itself back. Whoever comes while nobody writes does so himself: to wake another thread costs as much as a statement.
/// </summary>
public sealed class SqliteDatabase : Database
{
    private const int QueuedWritesMax = 4096;
    private const int WritesPerCommitMax = 256;
    private const int IdleReadersMax = 16;

    // A thousand keys are as many pages: what one batch touches fits in, and several go to the log before it is carried over.
    private const int CacheKilobytes = 16 * 1024;
    private const int CheckpointPages = 4000;

    private readonly string _path;
    private readonly string _connectionString;
    private readonly Channel<PendingWrite> _writes = Channel.CreateBounded<PendingWrite>(
        new BoundedChannelOptions(QueuedWritesMax)
    );
    private readonly ConcurrentBag<PreparedConnection> _readers = [];
    private readonly PreparedConnection _writer;
    private readonly SemaphoreSlim _writing = new(1, 1);

    private SqliteDatabase(string path)
    {
        _path = path;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false,
            DefaultTimeout = 30,
        }.ToString();
        _writer = Open();
        using var command = _writer.CreateCommand();
        command.CommandText = $"pragma cache_size=-{CacheKilobytes}; pragma wal_autocheckpoint={CheckpointPages};";
        command.ExecuteNonQuery();
    }

    public override Dialect Dialect => Dialect.Sqlite;

    /// <summary>Opens or creates the database file.</summary>
    public static SqliteDatabase Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return new SqliteDatabase(path);
    }

    public override async Task<T> WriteAsync<T>(
        Func<Transaction, Task<T>> work,
        CancellationToken cancellation = default
    )
    {
        var pending = new PendingWrite<T>(work);
        await _writes.Writer.WriteAsync(pending, cancellation);
        if (_writing.Wait(0, CancellationToken.None))
        {
            await CommitWaitingAsync();
            // Who has come meanwhile does not wait for this one's caller.
            if (_writes.Reader.Count > 0)
            {
                _ = Task.Run(CommitAllAsync, CancellationToken.None);
            }
        }

        return await pending.Result.Task;
    }

    public override async Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!_readers.TryTake(out var connection))
        {
            connection = Open();
        }

        try
        {
            connection.Say("begin");
            try
            {
                return await work(NewSession(connection, null));
            }
            finally
            {
                connection.RollBack();
            }
        }
        finally
        {
            if (_readers.Count < IdleReadersMax)
            {
                _readers.Add(connection);
            }
            else
            {
                await connection.DisposeAsync();
            }
        }
    }

    public override async ValueTask DisposeAsync()
    {
        _writes.Writer.TryComplete();
        await _writing.WaitAsync();
        while (_writes.Reader.Count > 0)
        {
            await CommitWaitingAsync();
            await _writing.WaitAsync();
        }

        await _writer.DisposeAsync();
        while (_readers.TryTake(out var reader))
        {
            await reader.DisposeAsync();
        }
    }

    private PreparedConnection Open()
    {
        var connection = new PreparedConnection(_connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText =
            "pragma journal_mode=wal; pragma synchronous=full; pragma foreign_keys=on; pragma busy_timeout=30000;";
        command.ExecuteNonQuery();
        return connection;
    }

    private async Task CommitAllAsync()
    {
        while (_writes.Reader.Count > 0 && _writing.Wait(0))
        {
            await CommitWaitingAsync();
        }
    }

    // Who queues up and finds somebody writing leaves: so the writer looks once more after he has given up his place.
    private async Task CommitWaitingAsync()
    {
        try
        {
            var group = new List<PendingWrite>();
            while (group.Count < WritesPerCommitMax && _writes.Reader.TryRead(out var write))
            {
                group.Add(write);
            }

            if (group.Count > 0)
            {
                await CommitTogetherAsync(group);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task CommitTogetherAsync(List<PendingWrite> group)
    {
        var begun = false;
        try
        {
            _writer.Say("begin immediate");
            begun = true;
            // Alone, it needs no savepoint: the transaction is its own.
            if (group.Count > 1)
            {
                await RunEachAsync(group);
                _writer.Say("commit");
            }
            else
            {
                var worked = await group[0].RunAsync(NewTransaction(_writer, null));
                group[0].ThrowIfNotWritten();
                _writer.Say(worked ? "commit" : "rollback");
            }
        }
        // Whatever went wrong here must reach those who wait, and must not end the loop that everybody behind them needs.
        catch (Exception e)
        {
            if (begun)
            {
                _writer.RollBack();
            }

            var error = NotWritten(e);
            group.ForEach(write => write.Fail(error));
            return;
        }

        group.ForEach(write => write.Complete());
    }

    private async Task RunEachAsync(List<PendingWrite> group)
    {
        foreach (var write in group)
        {
            _writer.Say("savepoint piece");
            if (!await write.RunAsync(NewTransaction(_writer, null)))
            {
                write.ThrowIfNotWritten();
                _writer.Say("rollback to piece");
            }

            _writer.Say("release piece");
        }
    }

    private RondoException NotWritten(Exception e) =>
        new(
            ErrorCode.Unavailable,
            $"The database {_path} could not commit: {e.Message.TrimEnd('.')}.",
            "Check the free space and the permissions of the data folder.",
            e
        );

    private abstract class PendingWrite
    {
        /// <summary>Runs the work; false when it threw and its savepoint must go.</summary>
        public abstract Task<bool> RunAsync(Transaction transaction);

        /// <summary>Throws where it was the database that could not write: it takes back the whole group.</summary>
        public abstract void ThrowIfNotWritten();

        public abstract void Complete();

        public abstract void Fail(Exception error);
    }

    private sealed class PendingWrite<T>(Func<Transaction, Task<T>> work) : PendingWrite
    {
        // Read-only, I/O error, full, cannot be opened.
        private static readonly int[] s_notWritten = [8, 10, 13, 14];

        private T _value = default!;
        private Exception? _error;
        private Transaction? _transaction;

        public TaskCompletionSource<T> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override async Task<bool> RunAsync(Transaction transaction)
        {
            _transaction = transaction;
            try
            {
                _value = await work(transaction);
                return true;
            }
            catch (Exception e)
            {
                _error = e;
                return false;
            }
        }

        public override void ThrowIfNotWritten()
        {
            if (_error is SqliteException { SqliteErrorCode: var code } && s_notWritten.Contains(code))
            {
                var error = _error;
                _error = null;
                ExceptionDispatchInfo.Throw(error);
            }
        }

        public override void Complete()
        {
            if (_error is not null)
            {
                Result.TrySetException(_error);
                return;
            }

            // An action that throws has a mistake; others of the same commit must not wait for their answer for ever because of it.
            try
            {
                NotifyCommitted(_transaction!);
                Result.TrySetResult(_value);
            }
            catch (Exception e)
            {
                Result.TrySetException(e);
            }
        }

        public override void Fail(Exception error) => Result.TrySetException(_error ?? error);
    }
}
