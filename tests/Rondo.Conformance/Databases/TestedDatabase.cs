using Rondo.Kernel.Db;
using Rondo.Providers.Postgres;

namespace Rondo.Conformance.Databases;

/// <summary>One empty database, and the servers that use it together: as many as it can serve.</summary>
public sealed class TestedDatabase : IAsyncDisposable
{
    private readonly Func<Task> _remove;

    private TestedDatabase(IReadOnlyList<Database> servers, Func<Task> remove)
    {
        Servers = servers;
        _remove = remove;
    }

    public IReadOnlyList<Database> Servers { get; }

    /// <summary>The embedded database serves one.</summary>
    public static Task<TestedDatabase> SqliteAsync()
    {
        var folder = Directory.CreateTempSubdirectory("rondo-test-").FullName;
        var database = SqliteDatabase.Open(Path.Combine(folder, "rondo.db"));
        return Task.FromResult(
            new TestedDatabase(
                [database],
                () =>
                {
                    Directory.Delete(folder, recursive: true);
                    return Task.CompletedTask;
                }
            )
        );
    }

    /// <summary>Two servers, each with connections of its own.</summary>
    public static async Task<TestedDatabase> PostgresAsync()
    {
        var cluster = await PostgresCluster.SharedAsync();
        var schema = await cluster.NewSchemaAsync();
        var address = PostgresAddress.Parse(schema);
        return new TestedDatabase(
            [await PostgresDatabase.OpenAsync(address), await PostgresDatabase.OpenAsync(address)],
            () => cluster.DropSchemaAsync(schema)
        );
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Servers)
        {
            await server.DisposeAsync();
        }

        await _remove();
    }
}
