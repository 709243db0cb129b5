using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Rondo.Kernel.Ids;

namespace Rondo.Benchmarks;

/// <summary>The least that a durable point of a metric can cost on SQLite: its row, and the latest one of its key, in one transaction.</summary>
internal sealed class BareMetrics : IDisposable
{
    private static readonly string[] s_names = ["run", "key", "at", "step", "value", "nan"];

    private readonly TemporaryFolder _folder = new();
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _point;
    private readonly SqliteCommand _latest;
    private long _written;

    public BareMetrics()
    {
        _connection = new SqliteConnection($"Data Source={Path.Combine(_folder.Path, "bare.db")};Pooling=False");
        _connection.Open();
        Execute("pragma journal_mode=wal; pragma synchronous=full");
        const string columns =
            "run text, key text, logged_at integer, step integer, value real, is_nan integer, primary key";
        Execute($"create table point ({columns} (run, key, logged_at, step, value, is_nan)) without rowid");
        Execute($"create table latest ({columns} (run, key)) without rowid");
        _point = Prepare("insert into point values (@run, @key, @at, @step, @value, @nan) on conflict do nothing");
        _latest = Prepare("insert or replace into latest values (@run, @key, @at, @step, @value, @nan)");
    }

    /// <summary>Writes so many transactions, one after the other.</summary>
    public TrackingCost Write(int transactions, int points, int keys)
    {
        var run = new IdSource(TimeProvider.System).NewUuid();
        var walls = new List<double>();
        var before = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < transactions; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            using (var transaction = _connection.BeginTransaction())
            {
                Write(transaction, run, points, keys);
                transaction.Commit();
            }

            walls.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        var cpu = (Environment.CpuUsage.TotalTime - before).TotalMilliseconds;
        return new TrackingCost(cpu / transactions, Figures.Median(walls));
    }

    public void Dispose()
    {
        _point.Dispose();
        _latest.Dispose();
        _connection.Dispose();
        _folder.Dispose();
    }

    private void Write(SqliteTransaction transaction, string run, int points, int keys)
    {
        _point.Transaction = transaction;
        _latest.Transaction = transaction;
        for (var key = 0; key < keys; key++)
        {
            object[] row = [run, string.Create(CultureInfo.InvariantCulture, $"metric-{key}"), 0L, 0L, 0.0, 0L];
            for (var step = 0; step < points / keys; step++)
            {
                row[2] = row[3] = _written++;
                row[4] = Math.Sin(step);
                Run(_point, row);
            }

            Run(_latest, row);
        }
    }

    private static void Run(SqliteCommand command, object[] row)
    {
        for (var i = 0; i < row.Length; i++)
        {
            command.Parameters[i].Value = row[i];
        }

        command.ExecuteNonQuery();
    }

    private SqliteCommand Prepare(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in s_names)
        {
            command.Parameters.AddWithValue("@" + name, 0L);
        }

        command.Prepare();
        return command;
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
