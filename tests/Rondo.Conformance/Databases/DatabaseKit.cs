using Rondo.Kernel.Db;

namespace Rondo.Conformance.Databases;

/// <summary>What the kits stand on: a database for each test, and its servers taken in turn.</summary>
public abstract class DatabaseKit(Func<Task<TestedDatabase>> start) : IAsyncLifetime
{
    private TestedDatabase _tested = null!;

    protected IReadOnlyList<Database> Servers => _tested.Servers;

    protected Database Database => Servers[0];

    /// <summary>The server that the n-th of many writers talks to.</summary>
    protected Database Server(int n) => Servers[n % Servers.Count];

    public async ValueTask InitializeAsync() => _tested = await start();

    public async ValueTask DisposeAsync()
    {
        await _tested.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected Task MakeAsync(string sql) => Database.WriteAsync(async t => await t.ExecuteAsync(sql));

    protected Task<IReadOnlyList<T>> RowsAsync<T>(string sql, object? arguments = null) =>
        Database.ReadAsync(async session => await session.QueryAsync<T>(sql, arguments));

    protected Task<long> CountAsync(string table) =>
        Database.ReadAsync(async session => await session.ScalarAsync<long>($"select count(*) from {table}"));
}
