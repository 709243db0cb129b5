using Microsoft.Extensions.Time.Testing;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Ids;
using Rondo.Kernel.Leases;

namespace Rondo.Tests.Kernel;

/// <summary>A real database and blob store in a folder of their own, on a clock that the test moves.</summary>
public sealed class TestKernel : IAsyncDisposable
{
    private TestKernel(string folder)
    {
        Folder = folder;
        Database = SqliteDatabase.Open(Path.Combine(folder, "rondo.db"));
        Blobs = new FolderBlobStore(Path.Combine(folder, "blobs"), Time);
        Ids = new IdSource(Time, new Random(1));
        Log = new EventLog(Database, Ids, Time);
        Leases = new LeaseStore(Database, Time);
    }

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
        var kernel = new TestKernel(folder);
        await Migrations.ApplyAsync(kernel.Database, [KernelModule.Schema, .. modules], kernel.Time);
        return kernel;
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
