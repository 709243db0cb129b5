using Microsoft.Data.Sqlite;
using Rondo.Kernel.Db;

namespace Rondo.Tests.Simulation.Store;

/// <summary>
/// The tables that the servers of a simulation share: one connection to a database in memory. A seed works inside one transaction that
/// is rolled back in the end, so that the next one finds the tables as they were made.
/// </summary>
internal sealed class SimulatedStore : IDisposable
{
    private const int StatementsKeptMax = 2000;

    private readonly SqliteConnection _connection = new("Data Source=:memory:;Pooling=False");
    private readonly Dictionary<string, SqliteCommand> _statements = new(StringComparer.Ordinal);

    private SimulatedStore(Mutation? mutation)
    {
        Mutation = mutation;
        _connection.Open();
        // Else a statement is prepared anew each time that its limit is bound.
        SQLitePCL.raw.sqlite3_db_config(_connection.Handle!, SQLitePCL.raw.SQLITE_DBCONFIG_ENABLE_QPSG, 1, out _);
        Run("pragma foreign_keys=on");
    }

    /// <summary>The words of a database that several servers share. Transactions run one after the other: there is nothing to lock.</summary>
    public static Dialect Shared { get; } = new("simulated");

    /// <summary>A mistake in what is said to the database; null: none.</summary>
    public Mutation? Mutation { get; }

    /// <summary>Makes the tables.</summary>
    public static SimulatedStore Open(IEnumerable<ModuleSchema> modules, Mutation? mutation)
    {
        var store = new SimulatedStore(mutation);
        // It ends at once: nothing here waits for anything.
        Migrations.ApplyAsync(new PlainDatabase(store), modules, TimeProvider.System).GetAwaiter().GetResult();
        return store;
    }

    /// <summary>The seed begins.</summary>
    public void Begin() => Run("savepoint seed");

    /// <summary>The seed has ended: everything it wrote is gone.</summary>
    public void End()
    {
        Run("rollback to seed");
        Run("release seed");
    }

    public void BeginTransaction() => Run("savepoint piece");

    public void Commit() => Run("release piece");

    public void Rollback()
    {
        Run("rollback to piece");
        Run("release piece");
    }

    /// <summary>A statement that was prepared before, with other arguments.</summary>
    public SqliteCommand Prepared(string sql)
    {
        if (_statements.TryGetValue(sql, out var known))
        {
            known.Parameters.Clear();
            return known;
        }

        if (_statements.Count >= StatementsKeptMax)
        {
            foreach (var old in _statements.Values)
            {
                old.Dispose();
            }

            _statements.Clear();
        }

        var made = _connection.CreateCommand();
        made.CommandText = Mutation?.Rewrite(sql) ?? sql;
        _statements[sql] = made;
        return made;
    }

    /// <summary>Runs a statement of the simulation itself.</summary>
    public void Run(string sql) => Prepared(sql).ExecuteNonQuery();

    /// <summary>Reads rows for the simulation itself: nothing goes wrong, and nobody notices.</summary>
    public List<T> Rows<T>(string sql, Func<SqliteDataReader, T> row, params (string Name, object Value)[] arguments)
    {
        var command = Prepared(sql);
        foreach (var (name, value) in arguments)
        {
            command.Parameters.AddWithValue(name, value);
        }

        var rows = new List<T>();
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    public long Number(string sql, params (string Name, object Value)[] arguments) =>
        Rows(sql, row => row.IsDBNull(0) ? 0 : row.GetInt64(0), arguments).FirstOrDefault();

    public void Dispose()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    /// <summary>The store without servers: makes the tables.</summary>
    private sealed class PlainDatabase(SimulatedStore store) : Database
    {
        public override Dialect Dialect => Dialect.Sqlite;

        public override async Task<T> WriteAsync<T>(Func<Transaction, Task<T>> work, CancellationToken cancellation) =>
            await work(NewTransaction(store._connection, null));

        public override async Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellation) =>
            await work(NewSession(store._connection, null));

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
