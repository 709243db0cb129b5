using Microsoft.Extensions.Time.Testing;
using Rondo.Conformance;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Kernel.Leases;
using Rondo.Providers.Postgres;

namespace Rondo.Tests.Kernel;

/// <summary>
/// A real database and blob store in a folder of their own, on a clock that the test moves. The database is SQLite, or PostgreSQL
/// where <c>RONDO_TEST_DATABASE=postgres</c>: the same tests hold on both.
/// </summary>
public sealed class TestKernel : IAsyncDisposable
{
    private readonly string? _schema;

    private TestKernel(string folder, Database database, string? schema)
    {
        _schema = schema;
        Folder = folder;
        Database = database;
        Blobs = new FolderBlobStore(Path.Combine(folder, "blobs"), Time);
        Ids = new IdSource(Time, new Random(1));
        Log = new EventLog(Database, Ids, Time);
        Leases = new LeaseStore(Database, Time);
    }

    /// <summary>Whether these tests run on PostgreSQL.</summary>
    public static bool OnPostgres { get; } = Environment.GetEnvironmentVariable("RONDO_TEST_DATABASE") == "postgres";

    public string Folder { get; }
    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero));
    public Database Database { get; }
    public FolderBlobStore Blobs { get; }
    public IdSource Ids { get; }
    public EventLog Log { get; }
    public LeaseStore Leases { get; }

    /// <summary>Opens a fresh folder with the kernel's tables and those of the given modules.</summary>
    public static async Task<TestKernel> StartAsync(params ModuleSchema[] modules)
    {
        var folder = Directory.CreateTempSubdirectory("rondo-test-").FullName;
        var schema = OnPostgres ? await (await PostgresCluster.SharedAsync()).NewSchemaAsync() : null;
        Database database = schema is null
            ? SqliteDatabase.Open(Path.Combine(folder, "rondo.db"))
            : await PostgresDatabase.OpenAsync(PostgresAddress.Parse(schema));
        var kernel = new TestKernel(folder, database, schema);
        await Migrations.ApplyAsync(kernel.Database, [KernelModule.Schema, .. modules], kernel.Time);
        return kernel;
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        if (_schema is not null)
        {
            await (await PostgresCluster.SharedAsync()).DropSchemaAsync(_schema);
        }

        Directory.Delete(Folder, recursive: true);
    }
}
