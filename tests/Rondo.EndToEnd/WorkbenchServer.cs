using System.Text.Json;

namespace Rondo.EndToEnd;

/// <summary>A server to which the workbench project was pushed, and which released it to production.</summary>
internal static class WorkbenchServer
{
    public static async Task<RunningServer> StartAsync()
    {
        var server = await RunningServer.StartAsync();
        try
        {
            await ReleaseAsync(server);
            return server;
        }
        catch
        {
            // Nobody else has it yet: it would stay behind.
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Pushes the project, and waits until it is in production.</summary>
    public static async Task ReleaseAsync(RunningServer server)
    {
        await server.PostAsync("/api/v1/projects", new { name = "workbench" });
        await ReleaseAsync(server, _ => Task.CompletedTask);
    }

    /// <summary>The same for a server that has the project already, with a change of it.</summary>
    public static async Task ReleaseAsync(RunningServer server, Func<GitClone, Task> change)
    {
        var project = Path.Combine(Checkout.Root, "tests", "Rondo.EndToEnd", "Projects", "workbench");
        var clone = await GitClone.CreateAsync(project, server, "workbench");
        await change(clone);
        var push = await clone.PushAsync();
        Assert.True(push.ExitCode == 0, push.ToString());
        await server.UntilAsync(
            "/api/v1/events?limit=1000&type=release.deployed",
            page =>
                page.GetProperty("items")
                    .EnumerateArray()
                    .Any(e => e.GetProperty("data").GetProperty("environment").GetString() == "production"),
            timeoutSeconds: 600
        );
    }

    public static async Task<string> StartRunAsync(this RunningServer server, string pipeline, object parameters)
    {
        var run = await server.PostAsync(
            $"/api/v1/projects/workbench/pipelines/{pipeline}/runs",
            new { environment = "production", parameters }
        );
        return run.GetProperty("id").GetString()!;
    }

    public static Task<JsonElement> FinishedAsync(this RunningServer server, string run) =>
        server.UntilAsync(
            $"/api/v1/runs/{run}",
            answer => answer.GetProperty("state").GetString() is "succeeded" or "failed" or "stopped" or "cancelled"
        );
}
