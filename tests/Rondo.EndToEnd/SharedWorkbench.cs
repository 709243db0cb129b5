using Rondo.Conformance;

namespace Rondo.EndToEnd;

/// <summary>A database and a folder to which the workbench project was released by a server that is gone since.</summary>
public sealed class SharedWorkbench : IAsyncLifetime
{
    // Long enough for a busy machine, short enough to wait for.
    private const int LeaseSeconds = 8;

    private string _folder = "";

    internal SharedState State { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _folder = Directory.CreateTempSubdirectory("rondo-e2e-").FullName;
        var database = await (await PostgresCluster.SharedAsync()).NewDatabaseAsync();
        State = new SharedState(database, Path.Combine(_folder, "shared"), LeaseSeconds);
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        // A push is built by the server it comes to, whichever of them holds which lease.
        await WorkbenchServer.ReleaseAsync(second);
    }

    /// <summary>A server on what is shared, with a data folder of its own.</summary>
    internal Task<RunningServer> StartAsync() => RunningServer.StartAsync(folder: null, State);

    /// <summary>What stands in the database.</summary>
    internal async Task<long> CountAsync(string sql) =>
        (long)(await PostgresCluster.ExecuteAsync(State.Database, sql))!;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
