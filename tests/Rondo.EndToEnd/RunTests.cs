using System.Text.Json;

namespace Rondo.EndToEnd;

/// <summary>Runs on a real server, real workers and real processes that die.</summary>
[Collection(nameof(ReleasedWorkbench))]
public sealed class RunTests(ReleasedWorkbench released) : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("Requirement", "R92")]
    public async Task A_server_killed_in_the_middle_of_a_run_finishes_it_without_running_finished_steps_again()
    {
        await using var server = await released.StartAsync(_folder.Path);
        var folder = Directory.CreateDirectory(Path.Combine(server.Folder, "held")).FullName;
        var run = await server.StartRunAsync("held", new { folder });
        await server.UntilAsync($"/api/v1/runs/{run}", answer => StateOf(answer, "hold") == "running");
        await UntilAsync(() => Ran(folder).Contains("hold"));

        await server.KillAsync();
        await server.RestartAsync();
        await File.WriteAllTextAsync(Path.Combine(folder, "go"), "", TestContext.Current.CancellationToken);
        var ended = await server.FinishedAsync(run);

        Assert.Equal("succeeded", ended.GetProperty("state").GetString());
        var ran = Ran(folder);
        Assert.Equal(1, ran.Count(step => step == "first"));
        Assert.InRange(ran.Count(step => step == "hold"), 1, 2);
        Assert.Equal(1, ran.Count(step => step == "last"));
        var published = (await server.EventsAsync())
            .Where(e => e.GetProperty("type").GetString() == "step.published")
            .Where(e => e.GetProperty("data").GetProperty("runId").GetString() == run)
            .Select(e => e.GetProperty("data").GetProperty("nodeId").GetString())
            .ToList();
        Assert.Equal(["first", "hold", "last"], published);
    }

    [Fact]
    [Trait("Requirement", "R12")]
    [Trait("Requirement", "R77")]
    public async Task Steps_in_python_and_sh_run_with_files_in_and_files_out()
    {
        await using var server = await released.StartAsync(_folder.Path);
        await server.PushFileAsync(
            "/api/v1/projects/workbench/datasets/readings/files/a.csv?environment=production",
            "Day,Value\n2024-01-01,1\n2024-01-02,2\n2024-01-03,6\n2024-01-04,7\n"
        );

        var run = await server.StartRunAsync("languages", new { });
        var ended = await server.FinishedAsync(run);

        Assert.True(ended.GetProperty("state").GetString() == "succeeded", ended.GetRawText());
        Assert.Equal(4, Step(ended, "mean").GetProperty("metrics").GetProperty("mean").GetDouble());
        var log = await server.GetAsync($"/api/v1/runs/{run}/logs?after=0");
        Assert.Contains(
            log.GetProperty("lines").EnumerateArray(),
            line => line.GetProperty("text").GetString() == "4 values"
        );

        var again = await server.FinishedAsync(await server.StartRunAsync("languages", new { }));
        Assert.True(Step(again, "mean").GetProperty("reused").GetBoolean());
    }

    private static JsonElement Step(JsonElement run, string node) =>
        run.GetProperty("steps").EnumerateArray().Single(step => step.GetProperty("nodeId").GetString() == node);

    private static string? StateOf(JsonElement run, string node) => Step(run, node).GetProperty("state").GetString();

    private static string[] Ran(string folder) =>
        File.Exists(Path.Combine(folder, "ran.txt")) ? File.ReadAllLines(Path.Combine(folder, "ran.txt")) : [];

    private static async Task UntilAsync(Func<bool> fits)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(240));
        while (!fits())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, timeout.Token);
        }
    }
}
