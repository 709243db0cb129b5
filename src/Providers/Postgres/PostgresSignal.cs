using Npgsql;

namespace Rondo.Providers.Postgres;

/// <summary>
/// Tells other servers that something has changed, and hears it from them. The word is sent after the commit, by one connection
/// of its own and once for all that came meanwhile: inside the transactions it would make their commits wait for each other.
/// A word that is lost costs time only, because every loop also looks by itself.
/// </summary>
internal sealed class PostgresSignal : IAsyncDisposable
{
    // Only servers on the same tables have anything to tell each other: one database may hold several systems, a schema each.
    private const string ChannelSql = "select 'rondo_changed_' || md5(current_schema())";

    // A word needs no disk: it is worth nothing after a crash.
    private const string TellSql = "select set_config('synchronous_commit', 'off', true), pg_notify($1, $2)";

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_pauseAfterError = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _source;
    private readonly Action _hear;
    private readonly TimeProvider _time;
    private readonly string _self = Path.GetRandomFileName();
    private readonly SemaphoreSlim _wanted = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _telling;
    private readonly Task _hearing;

    public PostgresSignal(NpgsqlDataSource source, Action hear, TimeProvider time)
    {
        _source = source;
        _hear = hear;
        _time = time;
        _telling = Task.Run(() => RepeatAsync(TellAsync));
        _hearing = Task.Run(() => RepeatAsync(HearAsync));
    }

    /// <summary>
    /// Ends when it listens for the first time, or could not: whoever reads the database only afterwards misses nothing, and need not be told to
    /// look again.
    /// </summary>
    public Task Ready => _ready.Task;

    /// <summary>Never waits.</summary>
    public void Tell()
    {
        try
        {
            _wanted.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is wanted already.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_telling, _hearing);
        _stop.Dispose();
        _wanted.Dispose();
    }

    // The database may be away for a while: then it is tried again, until this server ends.
    private async Task RepeatAsync(Func<CancellationToken, Task> work)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await work(_stop.Token);
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception)
            {
                _ready.TrySetResult();
                await Task.Delay(s_pauseAfterError, _time, _stop.Token)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task TellAsync(CancellationToken cancellation)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellation);
        await using var command = new NpgsqlCommand(TellSql, connection)
        {
            Parameters =
            {
                new NpgsqlParameter { Value = await ChannelAsync(connection, cancellation) },
                new NpgsqlParameter { Value = _self },
            },
        };
        while (true)
        {
            await _wanted.WaitAsync(cancellation);
            await command.ExecuteNonQueryAsync(cancellation);
            await Task.Delay(s_pause, _time, cancellation);
        }
    }

    private async Task HearAsync(CancellationToken cancellation)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellation);
        connection.Notification += (_, word) =>
        {
            if (word.Payload != _self)
            {
                _hear();
            }
        };
        await using (
            var listen = new NpgsqlCommand("listen " + await ChannelAsync(connection, cancellation), connection)
        )
        {
            await listen.ExecuteNonQueryAsync(cancellation);
        }

        if (!_ready.TrySetResult())
        {
            // Whatever was said since it last listened was missed.
            _hear();
        }

        while (true)
        {
            await connection.WaitAsync(cancellation);
        }
    }

    private static async Task<string> ChannelAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(ChannelSql, connection);
        return (string)(await command.ExecuteScalarAsync(cancellation))!;
    }
}
