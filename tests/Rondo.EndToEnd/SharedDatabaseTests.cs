using System.Text.Json;

namespace Rondo.EndToEnd;

/// <summary>Two real servers on one PostgreSQL database, one of which dies or stands still.</summary>
public sealed class SharedDatabaseTests(SharedWorkbench workbench) : IClassFixture<SharedWorkbench>
{
    private static readonly string[] s_nodes = ["first", "hold", "last"];

    [Fact]
    [Trait("Requirement", "R92")]
    public async Task When_one_of_two_servers_is_killed_the_other_finishes_every_run_and_nothing_is_published_twice()
    {
        await using var one = await workbench.StartAsync();
        await using var other = await workbench.StartAsync();
        var folder = Directory.CreateDirectory(Path.Combine(other.Folder, "held")).FullName;
        var runs = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < 8; i++)
        {
            var own = Directory.CreateDirectory(Path.Combine(folder, $"{i}")).FullName;
            runs[await (i % 2 == 0 ? one : other).StartRunAsync("held", new { folder = own })] = own;
        }

        // Both are full of steps that wait.
        await UntilAsync(async () => await OwnersAsync() == 2 && await HeldAsync() == 2 * SharedState.Attempts);
        await one.KillAsync();
        foreach (var own in runs.Values)
        {
            await File.WriteAllTextAsync(Path.Combine(own, "go"), "", TestContext.Current.CancellationToken);
        }

        foreach (var (run, own) in runs)
        {
            var ended = await other.FinishedAsync(run);
            Assert.True(ended.GetProperty("state").GetString() == "succeeded", ended.GetRawText());
            var ran = await File.ReadAllLinesAsync(Path.Combine(own, "ran.txt"), TestContext.Current.CancellationToken);
            Assert.InRange(ran.Length, 3, 5);
        }

        foreach (var run in runs.Keys)
        {
            Assert.Equal(s_nodes, await PublishedAsync(other, run));
        }

        var ofThese = $"run_id in ({string.Join(", ", runs.Keys.Select(run => $"'{run}'"))})";
        Assert.InRange(
            await workbench.CountAsync($"select count(*) from pipelines_attempt where state = 'lost' and {ofThese}"),
            1,
            SharedState.Attempts
        );
        Assert.Equal(
            runs.Count * s_nodes.Length,
            await workbench.CountAsync($"select count(*) from lineage_execution where {ofThese}")
        );
    }

    [Fact]
    [Trait("Requirement", "R92")]
    public async Task A_server_that_stood_still_past_its_lease_publishes_nothing_and_goes_on_as_one_of_two()
    {
        await using var stopped = await workbench.StartAsync();
        var folder = Directory.CreateDirectory(Path.Combine(stopped.Folder, "held")).FullName;
        var run = await stopped.StartRunAsync("held", new { folder });
        await stopped.UntilAsync($"/api/v1/runs/{run}", answer => Ran(folder).Contains("hold"));
        await using var other = await workbench.StartAsync();

        // Its worker goes on, and ends the step; the other server sees only that it is silent.
        await stopped.PauseAsync();
        await File.WriteAllTextAsync(Path.Combine(folder, "go"), "", TestContext.Current.CancellationToken);
        var ended = await other.FinishedAsync(run);
        await stopped.ContinueAsync();

        Assert.True(ended.GetProperty("state").GetString() == "succeeded", ended.GetRawText());
        var attempts = Step(ended, "hold").GetProperty("attempts").EnumerateArray().ToList();
        Assert.Equal(["lost", "succeeded"], attempts.Select(attempt => attempt.GetProperty("state").GetString()));
        Assert.Equal(["first", "hold", "hold", "last"], Ran(folder));

        // It takes part again, and what it had in hand has been thrown away.
        await stopped.UntilAsync(
            "/api/v1/status",
            status => status.GetProperty("busy").EnumerateObject().Any() is false
        );
        Assert.Equal(s_nodes, await PublishedAsync(stopped, run));
        Assert.Equal(
            s_nodes.Length,
            await workbench.CountAsync($"select count(*) from lineage_execution where run_id = '{run}'")
        );
        Assert.Equal(ended.GetRawText(), (await stopped.GetAsync($"/api/v1/runs/{run}")).GetRawText());
        await other.KillAsync();
        var next = await stopped.FinishedAsync(await stopped.StartRunAsync("held", new { folder = "" }));
        Assert.True(next.GetProperty("state").GetString() == "succeeded", next.GetRawText());
    }

    [Fact]
    public async Task An_event_of_one_server_is_seen_at_once_by_who_waits_on_the_other()
    {
        await using var one = await workbench.StartAsync();
        await using var other = await workbench.StartAsync();
        var head = (await one.GetAsync("/api/v1/status")).GetProperty("position").GetInt64();

        var waiting = other.GetAsync($"/api/v1/events?after={head}&type=project.created&wait=30");
        await one.PostAsync("/api/v1/projects", new { name = "seen" });

        // It waits for half a minute, or until it is woken; then it looks once.
        Assert.Single((await waiting).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_folder_that_belongs_to_another_database_is_refused_and_no_message_shows_the_password()
    {
        var elsewhere = Directory.CreateTempSubdirectory("rondo-e2e-").FullName;
        var password = new Npgsql.NpgsqlConnectionStringBuilder(workbench.State.Database).Password!;

        var refused = await Shell.RondoAsync(
            elsewhere,
            ["up", "--listen", "http://127.0.0.1:0", "--database", workbench.State.Database, "--shared", elsewhere]
        );

        Assert.Equal(4, refused.ExitCode);
        Assert.Contains("--shared", refused.Error);
        Assert.DoesNotContain(password, refused.Error + refused.Out);
        foreach (var file in Directory.EnumerateFiles(elsewhere, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(password, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        }

        Directory.Delete(elsewhere, recursive: true);
    }

    private Task<long> OwnersAsync() =>
        workbench.CountAsync("select count(distinct owner) from pipelines_step where state = 'running'");

    private Task<long> HeldAsync() =>
        workbench.CountAsync("select count(*) from pipelines_step where state = 'running' and node_id = 'hold'");

    private static async Task<IReadOnlyList<string?>> PublishedAsync(RunningServer server, string run) =>
        [
            .. (await server.GetAsync($"/api/v1/events?limit=1000&type=step.published&subject={run}"))
                .GetProperty("items")
                .EnumerateArray()
                .Select(e => e.GetProperty("data").GetProperty("nodeId").GetString()),
        ];

    private static JsonElement Step(JsonElement run, string node) =>
        run.GetProperty("steps").EnumerateArray().Single(step => step.GetProperty("nodeId").GetString() == node);

    private static string[] Ran(string folder) =>
        File.Exists(Path.Combine(folder, "ran.txt")) ? File.ReadAllLines(Path.Combine(folder, "ran.txt")) : [];

    private static async Task UntilAsync(Func<Task<bool>> fits)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(300));
        while (!await fits())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, timeout.Token);
        }
    }
}
