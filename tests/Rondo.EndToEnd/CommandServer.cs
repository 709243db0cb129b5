using System.Net.Http.Json;
using System.Text.Json;

namespace Rondo.EndToEnd;

/// <summary>One server for all tests of commands: the workbench is released, has data, and has run.</summary>
[CollectionDefinition(nameof(CommandServer))]
public sealed class CommandServer : IAsyncLifetime, ICollectionFixture<CommandServer>
{
    private RunningServer _server = null!;

    /// <summary>A run that succeeded.</summary>
    public string Run { get; private set; } = "";

    /// <summary>The folder of the server, where commands find it.</summary>
    public string Folder => _server.Folder;

    public async ValueTask InitializeAsync()
    {
        _server = await WorkbenchServer.StartAsync();
        await _server.PushFileAsync(
            "/api/v1/projects/workbench/datasets/readings/files/a.csv?environment=production",
            "Day,Value\n2024-01-01,1\n2024-01-02,2\n2024-01-03,6\n"
        );
        await HadAModelOfAClientAsync();
        Run = await _server.StartRunAsync("languages", new { });
        await _server.FinishedAsync(Run);
    }

    // Its project stays: every command is tested beside it, whichever test comes first.
    private async Task HadAModelOfAClientAsync()
    {
        await _server.PostAsync("/api/2.0/mlflow/registered-models/create", new { name = "passing" });
        using var deletion = new HttpRequestMessage(HttpMethod.Delete, "/api/2.0/mlflow/registered-models/delete")
        {
            Content = JsonContent.Create(new { name = "passing" }),
        };
        using var deleted = await _server.Http.SendAsync(deletion);
        deleted.EnsureSuccessStatusCode();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    // Without the launcher, which looks every time whether there is something to build.
    internal Task<Shell.Result> RondoAsync(params string[] arguments) =>
        Shell.RunAsync(
            Folder,
            "dotnet",
            [Path.Combine(Checkout.Artifacts, "bin", "Cli", "release", "rondo.dll"), .. arguments]
        );

    /// <summary>Waits until an event of a type has happened.</summary>
    internal async Task EventAsync(string type)
    {
        for (var round = 0; round < 60; round++)
        {
            var page = await _server.GetAsync($"/api/v1/events?after=0&limit=1&wait=1&type={type}");
            if (page.GetProperty("items").GetArrayLength() > 0)
            {
                return;
            }
        }

        Assert.Fail($"No event {type} has happened.");
    }

    /// <summary>Waits until what runs have made is in its datasets.</summary>
    internal async Task AddedAsync()
    {
        for (var round = 0; round < 600; round++)
        {
            var status = await _server.GetAsync("/api/v1/status");
            if (!status.GetProperty("busy").TryGetProperty("datasets.arrivals", out _))
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Assert.Fail("What has arrived was not added.");
    }

    internal async Task<string> TableAsync(params string[] arguments)
    {
        var result = await RondoAsync(arguments);
        Assert.True(result.ExitCode == 0, string.Join(' ', arguments) + ": " + result);
        return result.Out;
    }

    internal async Task<JsonElement> JsonAsync(params string[] arguments) =>
        JsonDocument.Parse(await TableAsync([.. arguments, "--output", "json"])).RootElement;
}
