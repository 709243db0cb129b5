using Rondo.Kernel;
using Rondo.Pipelines;
using Rondo.Pipelines.Executors;
using Rondo.Pipelines.Logs;

namespace Rondo.Tests.Pipelines;

/// <summary>Attempts in real worker processes.</summary>
public sealed class LocalExecutorTests : IAsyncLifetime
{
    private const string Source = """
        using Rondo.Sdk;

        var kill = Path.Combine(Path.GetTempPath(), "rondo-test-kill-next-worker");
        if (args.Contains("worker") && File.Exists(kill))
        {
            File.Delete(kill);
            System.Diagnostics.Process.GetCurrentProcess().Kill();
        }

        var app = MlApp.Create(args, "transit");
        app.Pipeline("hello", g => { var f = g.Parameter("folder", ""); g.Second(g.First(f), f); });
        app.Pipeline("crash", g => g.Crash(g.Parameter("folder", "")));
        app.Pipeline("slow", g => g.Slow(g.Parameter("folder", "")));
        app.Pipeline("hang", g => g.Hang(g.Parameter("folder", "")));
        app.Pipeline("broken", g => g.Broken(g.Parameter("folder", "")));
        return await app.RunAsync();

        public sealed record Seen(int Process);

        public static class Steps
        {
            [Step]
            public static Seen First(string folder, StepContext context)
            {
                Console.WriteLine("printed");
                Console.Error.WriteLine("complained");
                context.Log("logged");
                context.Metric("rmse", 2.5);
                return new Seen(Environment.ProcessId);
            }

            [Step]
            public static Seen Second(Seen first, string folder) =>
                first.Process == Environment.ProcessId ? first : throw new InvalidOperationException("another process");

            [Step(MaxAttempts = 2)]
            public static Seen Crash(string folder)
            {
                var mark = Path.Combine(folder, "crashed");
                if (!File.Exists(mark))
                {
                    File.WriteAllText(mark, "");
                    Console.Error.WriteLine("about to die");
                    Environment.Exit(3);
                }

                return new Seen(1);
            }

            [Step(TimeoutSeconds = 1)]
            public static Seen Slow(string folder)
            {
                Thread.Sleep(600_000);
                return new Seen(1);
            }

            [Step]
            public static Seen Hang(string folder)
            {
                var child = System.Diagnostics.Process.Start("sleep", "600");
                File.WriteAllText(Path.Combine(folder, "new"), $"{Environment.ProcessId} {child.Id}");
                File.Move(Path.Combine(folder, "new"), Path.Combine(folder, "pids"));
                Thread.Sleep(600_000);
                return new Seen(1);
            }

            [Step]
            public static Seen Broken(string folder) => throw new InvalidOperationException("no such column");
        }
        """;

    private PipelineWorld _world = null!;
    private LocalExecutor _executor = null!;
    private TestServer _server = null!;
    private string _folder = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        _folder = Directory.CreateDirectory(Path.Combine(_world.Kernel.Folder, "shared")).FullName;
        var (digest, manifest) = await CompiledPackage.MakeAsync(
            _world.Kernel.Blobs,
            Path.Combine(_world.Kernel.Folder, "app"),
            Source
        );
        _executor = new LocalExecutor(
            new PackageFolders(_world.Kernel.Blobs, new ServerPaths(_world.Kernel.Folder, ""), TimeProvider.System),
            new(TimeProvider.System),
            new PipelinesOptions { LocalAttemptsMax = 2 },
            TimeProvider.System
        );
        _server = _world.Server(executor: _executor);
        await _world.Kernel.Database.WriteAsync(async t =>
            await _server
                .Get<PipelineCatalog>()
                .DeployAsync(
                    t,
                    new DeployedPackage(
                        PipelineWorld.Project,
                        PipelineWorld.Production,
                        digest,
                        "c0ffee",
                        manifest,
                        Actor.Local
                    )
                )
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _executor.DisposeAsync();
        await _world.DisposeAsync();
    }

    [Fact]
    [Trait("Requirement", "warm-worker")]
    public async Task Steps_run_in_one_warm_process_and_what_they_print_is_kept()
    {
        var run = await RunAsync("hello");

        Assert.True(run.State == RunStates.Succeeded, run.Reason);
        Assert.Equal(run.Steps[0].Outputs[0].Artifact.Digest, run.Steps[1].Outputs[0].Artifact.Digest);
        Assert.Equal(2.5, run.Steps[0].Metrics["rmse"]);
        var log = await _server.Get<LogStore>().ReadAsync(new(run.Id, "first", 0, TimeSpan.Zero), default);
        Assert.Equal(["complained", "logged", "printed"], log.Lines.Select(line => line.Text).Order());
    }

    [Fact]
    public async Task A_worker_that_dies_is_a_failed_attempt_and_the_next_one_gets_a_new_worker()
    {
        var run = await RunAsync("crash");

        Assert.True(run.State == RunStates.Succeeded, run.Reason);
        var first = run.Steps[0].Attempts[0];
        Assert.Equal((StepStates.Failed, "crash"), (first.State, first.ErrorType));
        Assert.Contains("exit code 3", first.Message);
        Assert.Contains("about to die", first.Message);
        Assert.Equal(2, run.Steps[0].Attempt);
    }

    [Fact]
    [Trait("Requirement", "R92")]
    public async Task A_worker_that_is_killed_while_it_starts_is_a_crash_and_the_next_attempt_gets_another()
    {
        var mark = Path.Combine(Path.GetTempPath(), "rondo-test-kill-next-worker");
        await File.WriteAllTextAsync(mark, "");

        var run = await RunAsync("crash");

        Assert.False(File.Exists(mark));
        var first = run.Steps[0].Attempts[0];
        Assert.Equal((StepStates.Failed, "crash"), (first.State, first.ErrorType));
        Assert.Contains("SIGKILL", first.Message);
        Assert.True(run.Steps[0].Attempts.Count > 1);
    }

    [Fact]
    public async Task A_step_that_takes_too_long_is_ended_and_fails()
    {
        var run = await RunAsync("slow");

        Assert.Equal(RunStates.Failed, run.State);
        Assert.Equal("timeout", run.Steps[0].Attempts[0].ErrorType);
    }

    [Fact]
    public async Task An_exception_of_a_step_is_its_message_and_leaves_the_worker_warm()
    {
        var run = await RunAsync("broken");

        Assert.Equal((RunStates.Failed, "Step 'broken' failed: no such column"), (run.State, run.Reason));
        Assert.Equal("System.InvalidOperationException", run.Steps[0].Attempts[0].ErrorType);
        Assert.Equal(RunStates.Succeeded, (await RunAsync("hello")).State);
    }

    [Fact]
    public async Task Cancelling_a_run_ends_the_worker_and_all_that_it_started()
    {
        var id = await CreateAsync("hang");
        await _server.OrchestrateAsync();
        var file = Path.Combine(_folder, "pids");
        await UntilAsync(() => File.Exists(file));
        var pids = (await File.ReadAllTextAsync(file)).Split(' ').Select(int.Parse).ToList();

        await _server.Runs.CancelAsync(id, Actor.Local);
        await _server.OrchestrateAsync();
        await _server.SettleAsync();

        await UntilAsync(() => pids.TrueForAll(Gone));
        Assert.Equal(RunStates.Succeeded, (await RunAsync("hello")).State);
    }

    private async Task<string> CreateAsync(string pipeline) =>
        (await _server.Runs.CreateAsync(PipelineWorld.Wish(pipeline, ("folder", _folder)))).Id;

    private async Task<Run> RunAsync(string pipeline)
    {
        var id = await CreateAsync(pipeline);
        for (; ; )
        {
            await _server.OrchestrateAsync();
            await UntilAsync(() => _server.Get<Rondo.Pipelines.Orchestration.Orchestrator>().UnderWay == 0);
            if (await _server.Runs.GetAsync(id) is { FinishedAt: not null } run)
            {
                return run;
            }

            _world.Kernel.Time.Advance(TimeSpan.FromSeconds(2));
        }
    }

    private static async Task UntilAsync(Func<bool> fits)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!fits())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, late.Token);
        }
    }

    // A process that nobody has waited for is gone as well.
    private static bool Gone(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }
}
