using Microsoft.Extensions.Time.Testing;
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
    // Tests hold transactions open, and share the machine with others.
    private static readonly PostgresOptions s_patient = new() { RestInTransactionMax = TimeSpan.FromMinutes(2) };

    private readonly string? _schema;
    private readonly string _modules;

    private TestKernel(string folder, Database database, string? schema, string modules)
    {
        _schema = schema;
        _modules = modules;
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
    public static Task<TestKernel> StartAsync(params ModuleSchema[] modules) => StartAsync("", modules);

    /// <summary>The same; sessions of PostgreSQL have settings of their own, as its <c>options</c> name them.</summary>
    public static async Task<TestKernel> StartAsync(string postgresOptions, ModuleSchema[] modules)
    {
        var folder = Directory.CreateTempSubdirectory("rondo-test-").FullName;
        var names = string.Join(' ', modules.Select(module => module.Module));
        var (schema, isNew) = OnPostgres ? await EmptiedSchemas.TakeAsync(names) : (null, true);
        Database database = schema is null
            ? SqliteDatabase.Open(Path.Combine(folder, "rondo.db"))
            : await PostgresDatabase.OpenAsync(PostgresAddress.Parse($"{schema};Options={postgresOptions}"), s_patient);
        var kernel = new TestKernel(folder, database, schema, names);
        if (isNew)
        {
            await Migrations.ApplyAsync(kernel.Database, [KernelModule.Schema, .. modules], kernel.Time);
            if (schema is not null)
            {
                await EmptiedSchemas.RememberAsync(schema);
            }
        }

        return kernel;
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        if (_schema is not null)
        {
            await EmptiedSchemas.GiveBackAsync(_modules, _schema);
        }

        Directory.Delete(Folder, recursive: true);
    }
}
