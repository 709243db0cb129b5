using System.Globalization;
using Rondo.Pipelines;
using Rondo.Pipelines.Executors;
using Rondo.Sdk.Processes;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>Attempts in real processes that break, hang, flood and lie. Each is a clean failure of a class that a retry can name.</summary>
public sealed class WorkerMisfitTests(ExecutorFixture fixture) : IClassFixture<ExecutorFixture>
{
    private const long Mebibyte = 1 << 20;

    private readonly KeptLog _log = new();

    [Fact]
    [Trait("Requirement", "R77")]
    public async Task An_isolated_attempt_has_a_process_of_its_own_and_the_cores_that_it_asked_for()
    {
        var first = await WhoAsync(isolated: false);
        var own = await WhoAsync(isolated: true);
        var second = await WhoAsync(isolated: false);

        Assert.Equal(first.Process, second.Process);
        Assert.NotEqual(first.Process, own.Process);
        Assert.Equal("1", own.Cores);
        Assert.False(IsAlive(own.Process));
    }

    [Theory]
    [InlineData("heap")]
    [InlineData("native")]
    [Trait("Requirement", "R77")]
    public async Task A_step_that_takes_more_memory_than_its_limit_fails_for_its_memory(string node)
    {
        var attempt = WithResources(fixture.Attempt(node), new(0, 200 * Mebibyte, null, 0)) with { Isolated = true };

        var result = await RunAsync(attempt);

        Assert.Equal((StepOutcome.Failed, FailureClasses.Memory), (result.Outcome, result.ErrorType));
    }

    [Theory]
    [InlineData("seven", "exit:7", "ended with exit code 7. It said: err")]
    [InlineData("hungry", FailureClasses.Memory, "its limit is 100 MiB")]
    [InlineData("many", FailureClasses.Processes, "its limit is 20")]
    [InlineData("killed", "exit:137", "SIGKILL")]
    [Trait("Requirement", "R77")]
    [Trait("Requirement", "R12")]
    public async Task A_command_is_held_to_limits_of_its_own_in_a_warm_worker(string node, string type, string message)
    {
        var attempt = WithResources(fixture.Attempt(node), new(0, 100 * Mebibyte, null, 0, ProcessesMax: 20));

        var result = await RunAsync(attempt);

        Assert.Equal((StepOutcome.Failed, type), (result.Outcome, result.ErrorType));
        Assert.Contains(message, result.Message);
        if (node == "seven")
        {
            Assert.Equal(2.5, result.Metrics["rmse"]);
            Assert.Contains(("out", "rmse = 2.5"), _log.Lines);
            Assert.Contains(("err", "err"), _log.Lines);
        }
    }

    [Fact]
    public async Task A_worker_that_floods_its_output_is_read_to_the_end()
    {
        await SucceedAsync(fixture.Attempt("flood"));

        Assert.Equal(200_000, _log.Lines.Count(line => line.Line.Length == 500));
    }

    [Fact]
    public async Task What_is_printed_without_a_line_end_belongs_to_the_attempt_and_nothing_is_added()
    {
        await SucceedAsync(fixture.Attempt("partial"));
        var next = new KeptLog();
        await fixture.Executor.RunAsync(fixture.Attempt("who"), next, default);

        Assert.Equal([("out", "no end")], _log.Lines.Where(line => line.Stream == "out"));
        Assert.Equal([("err", ""), ("err", "")], _log.Lines.Where(line => line.Stream == "err"));
        Assert.Empty(next.Lines);
    }

    [Theory]
    [InlineData("close-pipe", "closed its pipe")]
    [InlineData("garbage", "talked nonsense")]
    [InlineData("endless", "longer than 64 MiB")]
    [InlineData("exit", "exit code 3 during the attempt. last words")]
    public async Task A_worker_that_breaks_the_pipe_has_crashed(string node, string message)
    {
        var result = await RunAsync(fixture.Attempt(node));

        Assert.Equal((StepOutcome.Failed, FailureClasses.Crash), (result.Outcome, result.ErrorType));
        Assert.Contains(message, result.Message);
    }

    [Fact]
    public async Task What_a_step_leaves_behind_is_ended_and_its_worker_stays_warm()
    {
        var file = fixture.FileFor("daemon");
        var attempt = fixture.Attempt("daemon", ("file", file));
        var worker = ExecutorFixture.Value(attempt, await RunAsync(attempt)).GetProperty("process").GetInt32();

        Assert.False(IsAlive(int.Parse(await File.ReadAllTextAsync(file), CultureInfo.InvariantCulture)));
        Assert.Equal(worker, (await WhoAsync(isolated: false)).Process);
    }

    [Fact]
    public async Task A_worker_that_is_stopped_for_long_has_crashed_and_one_that_goes_on_in_time_has_not()
    {
        await using var executor = fixture.NewExecutor(new() { WorkerSilence = TimeSpan.FromSeconds(8) });
        var (patient, forever) = (fixture.FileFor("stop"), fixture.FileFor("stop"));

        var first = executor.RunAsync(fixture.Attempt("stop", ("file", patient)), _log, default);
        var process = await ProcessInAsync(patient);
        Signal(process, "STOP");
        Signal(process, "CONT");
        var result = await first;
        Assert.True(result.Outcome == StepOutcome.Succeeded, result.Message);

        var second = executor.RunAsync(fixture.Attempt("stop", ("file", forever)), _log, default);
        process = await ProcessInAsync(forever);
        Signal(process, "STOP");
        result = await second;
        Assert.Equal(FailureClasses.Crash, result.ErrorType);
        Assert.Contains("said nothing for 8 s", result.Message);
        Assert.False(IsAlive(process));
    }

    [Fact]
    public async Task A_stopped_worker_is_ended_when_its_time_is_over()
    {
        var file = fixture.FileFor("stop");
        var attempt = fixture.Attempt("stop", ("file", file));
        attempt = attempt with { Request = attempt.Request with { TimeoutMs = 500 } };

        var running = RunAsync(attempt);
        var process = await ProcessInAsync(file);
        Signal(process, "STOP");

        Assert.Equal(FailureClasses.Timeout, (await running).ErrorType);
        Assert.False(IsAlive(process));
    }

    [Fact]
    [Trait("Requirement", "R77")]
    public async Task A_worker_that_is_killed_takes_its_command_and_all_daemons_of_it_along()
    {
        var marks = fixture.FileFor("marks");
        var attempt = fixture.Attempt("linger");
        attempt = attempt with
        {
            Request = attempt.Request with { Variables = new Dictionary<string, string> { ["MARKS"] = marks } },
        };
        var running = RunAsync(attempt);
        var program = await ProcessInAsync(marks + ".program");
        var child = await ProcessInAsync(marks + ".child");
        var daemon = await ProcessInAsync(marks + ".daemon");

        Signal(ProcessEntry.Find(program)!.Parent, "KILL");

        var result = await running;
        Assert.Equal(FailureClasses.Crash, result.ErrorType);
        Assert.Contains("SIGKILL", result.Message);
        Assert.All([program, child, daemon], process => Assert.False(IsAlive(process)));
    }

    [Fact]
    public async Task A_cancelled_attempt_leaves_no_process()
    {
        using var cancel = new CancellationTokenSource();
        var file = fixture.FileFor("sleep");
        var running = fixture.Executor.RunAsync(fixture.Attempt("sleep", ("file", file)), _log, cancel.Token);
        await UntilAsync(() => File.Exists(file));

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    [Trait("Requirement", "R249")]
    public async Task A_step_sees_its_variables_and_secrets_and_nothing_of_the_servers()
    {
        // A real one: servers of other tests may read it meanwhile.
        Environment.SetEnvironmentVariable("RONDO_SECRETS_KEY", Convert.ToBase64String(new byte[32]));
        var plain = new Dictionary<string, string> { ["PLAIN"] = "value" };
        var attempt = fixture.Attempt("variables");
        attempt = attempt with
        {
            Request = attempt.Request with { Variables = plain },
            Secrets = new Dictionary<string, string> { ["TOKEN"] = "open-sesame" },
        };

        Assert.Equal(
            "value open-sesame ",
            ExecutorFixture.Value(attempt, await RunAsync(attempt)).GetProperty("text").GetString()
        );
        attempt = fixture.Attempt("variables");
        Assert.Equal("  ", ExecutorFixture.Value(attempt, await RunAsync(attempt)).GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("tell")]
    [InlineData("tell-command")]
    [Trait("Requirement", "R249")]
    public async Task A_secret_that_a_step_tells_stands_in_no_line_no_result_and_no_file(string node)
    {
        const string secret = "sw0rd-of/Damocles+42";
        var attempt = fixture.Attempt(node) with { Secrets = new Dictionary<string, string> { ["TOKEN"] = secret } };

        var result = await RunAsync(attempt);

        Assert.Equal(StepOutcome.Failed, result.Outcome);
        Assert.Contains("***", result.Message);
        Assert.Contains(_log.Lines, line => line.Line.Contains("***"));
        var told =
            string.Join('\n', _log.Lines.Select(line => line.Line)) + result + string.Join(' ', result.Metrics.Keys);
        Assert.All(Rondo.Sdk.SecretForms.Of(secret), form => Assert.DoesNotContain(form, told));
        Assert.DoesNotContain(secret[..8], told);
        foreach (var file in Directory.EnumerateFiles(fixture.Folder, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(secret, await File.ReadAllTextAsync(file));
        }
    }

    private async Task<(int Process, string Cores)> WhoAsync(bool isolated)
    {
        var attempt = WithResources(fixture.Attempt("who"), new(1, 0, null, 0)) with { Isolated = isolated };
        var value = ExecutorFixture.Value(attempt, await RunAsync(attempt));
        return (value.GetProperty("process").GetInt32(), value.GetProperty("text").GetString()!);
    }

    private async Task SucceedAsync(StepAttempt attempt)
    {
        var result = await RunAsync(attempt);
        Assert.True(result.Outcome == StepOutcome.Succeeded, $"{result.ErrorType}: {result.Message}");
    }

    private Task<StepResult> RunAsync(StepAttempt attempt) => fixture.Executor.RunAsync(attempt, _log, default);

    private static StepAttempt WithResources(StepAttempt attempt, ResourcesManifest resources) =>
        attempt with
        {
            Request = attempt.Request with { Resources = resources },
        };

    private static void Signal(int process, string signal)
    {
        using var kill = System.Diagnostics.Process.Start(
            "kill",
            ["-" + signal, process.ToString(CultureInfo.InvariantCulture)]
        );
        kill.WaitForExit();
    }

    private static async Task<int> ProcessInAsync(string file)
    {
        await UntilAsync(() => File.Exists(file));
        return int.Parse(await File.ReadAllTextAsync(file), CultureInfo.InvariantCulture);
    }

    private static bool IsAlive(int process) => ProcessEntry.Find(process) is { IsAlive: true };

    private static async Task UntilAsync(Func<bool> fits)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!fits())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, late.Token);
        }
    }
}
