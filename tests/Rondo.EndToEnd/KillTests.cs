namespace Rondo.EndToEnd;

/// <summary>Servers and workers that are killed, again and again, or stand still, while runs are under way.</summary>
[Collection(nameof(ReleasedWorkbench))]
public sealed class KillTests(ReleasedWorkbench released) : IDisposable
{
    private const int Seed = 20240229;
    private const int SilenceSeconds = 12;

    private readonly TestFolder _folder = new();

    private static int Rounds => Environment.GetEnvironmentVariable("RONDO_TEST_FULL") is { Length: > 0 } ? 100 : 8;

    [Fact]
    [Trait("Requirement", "R92")]
    public async Task However_often_server_and_workers_are_killed_every_run_succeeds_and_every_step_is_published_once()
    {
        await using var server = await released.StartAsync(_folder.Path);
        var marks = new List<(RunMarks Marks, string Run)>();
        var random = new Random(Seed);
        for (var round = 0; round < Rounds; round++)
        {
            // Of two runs of one folder the second may take over what the first has made.
            var folder = Directory.CreateDirectory(_folder.Of($"marks-{round / 2}")).FullName;
            marks.Add((new RunMarks(folder), await server.StartRunAsync("mortal", new { folder })));
            await Task.Delay(
                TimeSpan.FromMilliseconds(random.Next(900)),
                TimeProvider.System,
                TestContext.Current.CancellationToken
            );
            await KillAsync(server, random.Next(3));
        }

        foreach (var (mark, run) in marks)
        {
            await mark.CheckAsync(server, run);
        }
    }

    [Fact]
    [Trait("Requirement", "R92")]
    [Trait("Requirement", "R94")]
    public async Task The_step_of_a_worker_that_stands_still_for_too_long_is_published_once_by_another_attempt()
    {
        var silence = new ServerSetting([("RONDO_WORKER_SILENCE", $"{SilenceSeconds}"), ("RONDO_ATTEMPTS", "1")], []);
        await using var server = await released.StartAsync(_folder.Path, silence);
        var marks = new RunMarks(Directory.CreateDirectory(_folder.Of("marks")).FullName);
        var run = await server.StartRunAsync("mortal", new { folder = marks.Folder });
        await Wait.UntilAsync(() => marks.Lines.Length >= 1);

        // It has begun the first step, or already waits for the second: either way it does not hear of another.
        var worker = Assert.Single(WorkerProcesses.Of(server));
        await WorkerProcesses.SignalAsync(worker, "STOP");
        var ended = await server.FinishedAsync(run);
        await WorkerProcesses.SignalAsync(worker, "CONT");

        await marks.CheckAsync(server, run);
        Assert.Single(
            ended
                .GetProperty("steps")
                .EnumerateArray()
                .SelectMany(step => step.GetProperty("attempts").EnumerateArray()),
            attempt =>
                attempt.GetProperty("state").GetString() == "failed"
                && attempt.GetProperty("message").GetString()!.Contains($"said nothing for {SilenceSeconds} s")
        );
        await Wait.UntilAsync(() => !WorkerProcesses.IsAlive(worker));
    }

    [Fact]
    [Trait("Requirement", "R92")]
    public async Task A_stopped_worker_does_not_outlive_its_server_and_says_nothing_more_when_it_may_go_on()
    {
        await using var server = await released.StartAsync(_folder.Path);
        var marks = new RunMarks(Directory.CreateDirectory(_folder.Of("marks")).FullName);
        var run = await server.StartRunAsync("mortal", new { folder = marks.Folder });
        await Wait.UntilAsync(() => marks.Lines.Length > 0);
        var workers = WorkerProcesses.Of(server);
        Assert.NotEmpty(workers);
        foreach (var worker in workers)
        {
            await WorkerProcesses.SignalAsync(worker, "STOP");
        }

        await server.KillAsync();
        await server.RestartAsync();
        await server.FinishedAsync(run);
        foreach (var worker in workers)
        {
            await WorkerProcesses.SignalAsync(worker, "CONT");
        }

        await Wait.UntilAsync(() => !workers.Any(WorkerProcesses.IsAlive));
        await marks.CheckAsync(server, run);
    }

    public void Dispose() => _folder.Dispose();

    // 0: the server; 1: its workers; 2: both.
    private static async Task KillAsync(RunningServer server, int which)
    {
        var workers = which > 0 ? WorkerProcesses.Of(server) : [];
        if (which != 1)
        {
            await server.KillAsync();
        }

        foreach (var worker in workers)
        {
            await WorkerProcesses.SignalAsync(worker, "KILL");
        }

        if (which != 1)
        {
            await server.RestartAsync();
        }
    }
}
