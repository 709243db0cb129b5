namespace Rondo.EndToEnd;

/// <summary>The data folder of a server to which the workbench was released, to be copied: each test has a server of its own, and one build is enough for all.</summary>
[CollectionDefinition(nameof(ReleasedWorkbench))]
public sealed class ReleasedWorkbench : IAsyncLifetime, ICollectionFixture<ReleasedWorkbench>
{
    private string _folder = "";

    private string Data => Path.Combine(_folder, ".rondo");

    /// <summary>How much a copy takes.</summary>
    internal long Bytes =>
        new DirectoryInfo(Data).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    public async ValueTask InitializeAsync()
    {
        _folder = Directory.CreateTempSubdirectory("rondo-e2e-").FullName;
        await using var server = await RunningServer.StartAsync(_folder);
        await WorkbenchServer.ReleaseAsync(server);
        await server.KillAsync();
        // What builds needed is nothing that runs need.
        Directory.Delete(Path.Combine(Data, "builds"), recursive: true);
    }

    /// <summary>Puts the data of the server into a folder.</summary>
    internal async Task CopyToAsync(string folder)
    {
        var copied = await Shell.RunAsync(_folder, "cp", "-a", Data, folder);
        Assert.True(copied.ExitCode == 0, copied.ToString());
        File.Delete(Path.Combine(folder, ".rondo", "server.json"));
    }

    /// <summary>A server of its own on a copy.</summary>
    internal async Task<RunningServer> StartAsync(string folder, ServerSetting? setting = null)
    {
        await CopyToAsync(folder);
        return await RunningServer.StartAsync(folder, setting ?? ServerSetting.Usual);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
