using Microsoft.Data.Sqlite;

namespace Rondo.Benchmarks;

/// <summary>The least that a durable step can cost on SQLite: one transaction that claims it, and one that writes its end.</summary>
internal sealed class BareDatabase : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteConnection _connection;
    private long _run;

    public BareDatabase()
    {
        _connection = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "bare.db")};Pooling=False");
        _connection.Open();
        Execute("pragma journal_mode=wal");
        Execute("pragma synchronous=full");
        Execute("create table step (run integer, node integer, state text, fence integer, primary key (run, node))");
    }

    /// <summary>So many steps, one after the other.</summary>
    public void Flow(int steps)
    {
        _run++;
        for (var node = 0; node < steps; node++)
        {
            using (var claim = _connection.BeginTransaction())
            {
                Execute($"insert into step values ({_run}, {node}, 'running', 1)", claim);
                claim.Commit();
            }

            using var end = _connection.BeginTransaction();
            Execute($"update step set state = 'succeeded' where run = {_run} and node = {node} and fence = 1", end);
            end.Commit();
        }
    }

    public void Dispose()
    {
        _connection.Dispose();
        _folder.Dispose();
    }

    private void Execute(string sql, SqliteTransaction? transaction = null)
    {
        using var command = _connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
