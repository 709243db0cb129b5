using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Rondo.EndToEnd;

/// <summary>Data folders that are full, that nobody may write, and whose bytes change.</summary>
[Collection(nameof(ReleasedWorkbench))]
public sealed class StorageTests(ReleasedWorkbench released) : IDisposable
{
    private const long RoomBytes = 48 << 20;
    private const int RequestsMax = 500;

    // A lost attempt is begun again when its lease has run out.
    private static readonly ServerSetting s_shortLease = new([], ["--lease", "8"]);

    private readonly TestFolder _folder = new();

    private string Data => _folder.Of(".rondo");

    [Fact]
    [Trait("Requirement", "R92")]
    public async Task A_run_stands_still_while_the_disk_is_full_and_goes_on_without_a_restart_when_there_is_space()
    {
        await using var disk = await SmallDisk.MountAsync(released.Bytes + RoomBytes);
        await using var server = await released.StartAsync(disk.Folder, s_shortLease);
        var run = await HoldAsync(server);

        disk.Fill();
        await LetGoAsync();
        var kept = await AppendUntilRefusedAsync(server);
        var refused = await PushAsync(server);
        await UntilAttemptIsOverAsync(server, run);
        Assert.Equal("running", (await server.GetAsync($"/api/v1/runs/{run}")).GetProperty("state").GetString());

        disk.Free();
        await CheckEndAsync(server, run);
        AssertUnavailable(refused, disk.Folder);
        Assert.Equal(kept, await AppendedAsync(server));
        await server.KillAsync();
        await server.RestartAsync();
        Assert.Equal(kept, await AppendedAsync(server));
        await CheckEndAsync(server, run);
    }

    [Fact]
    [Trait("Requirement", "R92")]
    public async Task A_run_stands_still_while_nobody_may_write_its_folders_and_goes_on_when_somebody_may()
    {
        await using var server = await released.StartAsync(_folder.Path, s_shortLease);
        var run = await HoldAsync(server);
        await using (await ReadOnlyPlace.MakeAsync(Path.Combine(Data, "blobs")))
        await using (await ReadOnlyPlace.MakeAsync(Path.Combine(Data, "staging")))
        {
            await LetGoAsync();
            AssertUnavailable(await PushAsync(server), Data);
            await Wait.UntilAsync(() => LogOf(server).Contains($"Attempt 1 of hold in {run} was given up"));
            Assert.Equal("running", (await server.GetAsync($"/api/v1/runs/{run}")).GetProperty("state").GetString());
        }

        await CheckEndAsync(server, run);
    }

    [Theory]
    [InlineData("")]
    [InlineData("blobs")]
    [InlineData("staging")]
    public async Task A_server_does_not_start_where_it_may_not_write_and_names_the_folder(string part)
    {
        await released.CopyToAsync(_folder.Path);
        var folder = Path.Combine(Data, part).TrimEnd('/');
        Directory.CreateDirectory(folder);
        var before = Files();
        Shell.Result refused;
        await using (await ReadOnlyPlace.MakeAsync(folder))
        {
            // Should it start, it ends with its input, which is empty.
            refused = await Shell.RondoAsync(_folder.Path, "up", "--listen", "http://127.0.0.1:0", "--end-with-input");
        }

        Assert.True(refused.ExitCode == 6, refused.ToString());
        Assert.Contains($"The folder {folder} cannot be written", refused.Error);
        Assert.Equal(before, Files());
        await using var server = await RunningServer.StartAsync(_folder.Path);
        Assert.Equal("succeeded", await EndOfAsync(server, await server.StartRunAsync("held", new { folder = "" })));
    }

    [Fact]
    [Trait("Requirement", "R114")]
    [Trait("Requirement", "R93")]
    public async Task Bytes_that_changed_on_the_disk_are_refused_by_who_reads_them_and_never_used_again()
    {
        await using var server = await released.StartAsync(_folder.Path);
        var run = await HoldAsync(server);
        var first = await OutputAsync(server, run, "first");
        var file = Path.Combine(Data, "blobs", first[..2], first);
        var good = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);

        await LetGoAsync();
        await CheckEndAsync(server, run);
        var held = await OutputAsync(server, run, "hold");
        await ChangeAsync(held);
        await ChangeAsync(first);

        // What nobody has read is taken over; who reads it refuses it, and from then on it is made again.
        await RefuseAsync(server, "other", held);
        await RefuseAsync(server, "hold", first);
        var ended = await server.FinishedAsync(await SpoiltAsync(server));

        Assert.True(ended.GetProperty("state").GetString() == "succeeded", ended.GetRawText());
        Assert.All(NodesOf(ended), step => Assert.False(step.GetProperty("reused").GetBoolean()));
        Assert.Equal(good, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
    }

    public void Dispose() => _folder.Dispose();

    // A run in which a node refuses its input, which names the bytes, where they stand, and what to do.
    private async Task RefuseAsync(RunningServer server, string node, string digest)
    {
        var ended = await server.FinishedAsync(await SpoiltAsync(server));
        Assert.Equal("failed", ended.GetProperty("state").GetString());
        var refused = Step(ended, node);
        Assert.Equal("failed", refused.GetProperty("state").GetString());
        Assert.Contains($"The bytes of {digest} in {Data}", refused.GetProperty("message").GetString());
        Assert.Contains("'count'", refused.GetProperty("message").GetString());
        Assert.Contains("run again", refused.GetProperty("mend").GetString());
        Assert.Empty(refused.GetProperty("outputs").EnumerateArray());
    }

    private Task<string> SpoiltAsync(RunningServer server) =>
        server.StartRunAsync("spoilt", new { folder = _folder.Of("marks") });

    private async Task ChangeAsync(string digest)
    {
        var file = Path.Combine(Data, "blobs", digest[..2], digest);
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
    }

    // A run whose second step waits for a file.
    private async Task<string> HoldAsync(RunningServer server)
    {
        var folder = Directory.CreateDirectory(_folder.Of("marks")).FullName;
        var run = await server.StartRunAsync("held", new { folder });
        await Wait.UntilAsync(() => Ran.Contains("hold"));
        return run;
    }

    private Task LetGoAsync() => File.WriteAllTextAsync(_folder.Of("marks/go"), "");

    private string[] Ran =>
        File.Exists(_folder.Of("marks/ran.txt")) ? File.ReadAllLines(_folder.Of("marks/ran.txt")) : [];

    // Until the attempt has ended, so that nothing of it is there any more: where nothing can be written, nothing else tells.
    private static Task UntilAttemptIsOverAsync(RunningServer server, string run) =>
        Wait.UntilAsync(() => !Directory.Exists(Path.Combine(server.Folder, ".rondo", "staging", $"{run}~hold~1")));

    private static string LogOf(RunningServer server)
    {
        var file = Path.Combine(server.Folder, ".rondo", "server.log");
        return File.Exists(file) ? File.ReadAllText(file) : "";
    }

    private async Task CheckEndAsync(RunningServer server, string run)
    {
        var ended = await server.FinishedAsync(run);
        Assert.True(ended.GetProperty("state").GetString() == "succeeded", ended.GetRawText());
        Assert.Equal("first", Ran[0]);
        Assert.Single(Ran, "first");
        Assert.Single(Ran, "last");
        Assert.InRange(Ran.Length, 3, 10);
        var published = await server.GetAsync($"/api/v1/events?limit=1000&type=step.published&subject={run}");
        Assert.Equal(
            ["first", "hold", "last"],
            published
                .GetProperty("items")
                .EnumerateArray()
                .Select(e => e.GetProperty("data").GetProperty("nodeId").GetString())
        );
    }

    private static async Task<string?> EndOfAsync(RunningServer server, string run) =>
        (await server.FinishedAsync(run)).GetProperty("state").GetString();

    private static async Task<string> OutputAsync(RunningServer server, string run, string node) =>
        Step(await server.GetAsync($"/api/v1/runs/{run}"), node)
            .GetProperty("outputs")
            .EnumerateArray()
            .Single()
            .GetProperty("artifact")
            .GetProperty("digest")
            .GetString()!;

    private static JsonElement Step(JsonElement run, string node) =>
        NodesOf(run).Single(step => step.GetProperty("nodeId").GetString() == node);

    private static IEnumerable<JsonElement> NodesOf(JsonElement run) => run.GetProperty("steps").EnumerateArray();

    // What the server said it keeps, until it says that it cannot.
    private static async Task<IReadOnlyList<int>> AppendUntilRefusedAsync(RunningServer server)
    {
        var kept = new List<int>();
        for (var number = 0; number < RequestsMax; number++)
        {
            var answer = await server.Http.PostAsJsonAsync(
                "/api/v1/projects/workbench/events",
                new { type = "orders.closed", data = new { number, much = new string('x', 60_000) } }
            );
            if (!answer.IsSuccessStatusCode)
            {
                AssertUnavailable(
                    (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>()),
                    server.Folder
                );
                return kept;
            }

            kept.Add(number);
        }

        throw new InvalidOperationException("The database never was full.");
    }

    private static async Task<IReadOnlyList<int>> AppendedAsync(RunningServer server) =>
        [
            .. (await server.GetAsync("/api/v1/events?limit=1000&type=orders.closed"))
                .GetProperty("items")
                .EnumerateArray()
                .Select(e => e.GetProperty("data").GetProperty("number").GetInt32()),
        ];

    private static async Task<(HttpStatusCode Status, JsonElement Problem)> PushAsync(RunningServer server)
    {
        var answer = await server.Http.PostAsync(
            "/api/v1/projects/workbench/datasets/readings/files/a.csv?environment=production",
            new StringContent("Day,Value\n2024-01-01,1\n" + new string('\n', 1_000_000), Encoding.UTF8)
        );
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    private static void AssertUnavailable((HttpStatusCode Status, JsonElement Problem) answer, string place)
    {
        var problem = answer.Problem.GetRawText();
        Assert.True(answer.Status == HttpStatusCode.ServiceUnavailable, problem);
        Assert.Equal("unavailable", answer.Problem.GetProperty("code").GetString());
        Assert.Contains("free space", answer.Problem.GetProperty("detail").GetString());
        Assert.Contains(place, problem);
    }

    private IReadOnlyList<string> Files() =>
        [
            .. Directory
                .EnumerateFiles(Data, "*", SearchOption.AllDirectories)
                .Select(file => $"{file} {new FileInfo(file).Length} {File.GetLastWriteTimeUtc(file):O}")
                .Order(StringComparer.Ordinal),
        ];
}
