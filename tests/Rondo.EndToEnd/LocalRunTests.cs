using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Rondo.EndToEnd;

/// <summary>A program that runs its pipeline by itself, as a process: killed, interrupted, twice at once.</summary>
public sealed class LocalRunTests : IDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(5);
    private static readonly IReadOnlyList<(string, string)> s_word = [("RONDO_SECRET_WORD", "open-sesame-42")];

    private readonly string _folder = Directory.CreateTempSubdirectory("rondo-e2e-").FullName;

    private static string Program =>
        Path.Combine(Checkout.Root, "tests", "Rondo.EndToEnd", "Projects", "killed", "killed.cs");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    [Trait("Requirement", "R11")]
    [Trait("Requirement", "R92")]
    public async Task A_run_that_is_killed_goes_on_where_it_was()
    {
        File.WriteAllText(Of("hold"), "");
        using (var first = Start("dotnet", "run", Program))
        {
            // Two at a time, of which one waits: the fourth begins when the first three are kept.
            await UntilAsync(first, () => Lines("calls").Contains("4"));
            first.Kill(entireProcessTree: true);
            await first.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        File.Delete(Of("hold"));

        var resumed = await RunAsync("dotnet", "run", Program, "--", "run", "--resume", "latest", "--output", "json");
        var explained = await RunAsync("dotnet", "run", Program, "--", "explain");

        Assert.True(resumed.ExitCode == 0, resumed.ToString());
        using var run = JsonDocument.Parse(resumed.Out);
        Assert.Equal("local-0001", run.RootElement.GetProperty("resumes").GetString());
        Assert.Equal(0 + 1 + 4 + 9 + 16 + 25, Total(run.RootElement));
        Assert.All(["0", "1", "2"], number => Assert.Single(Lines("calls"), number));
        Assert.All(["3", "4", "5"], number => Assert.InRange(Lines("calls").Count(line => line == number), 1, 2));
        Assert.Equal(["succeeded"], Lines("ends"));
        Assert.Contains("local-0001 had computed it", explained.Out);

        await KilledAtEveryCallTheNextRunWorksAsync();
    }

    [Fact]
    public async Task Interrupted_a_run_ends_cleanly_and_its_exit_handlers_run()
    {
        File.WriteAllText(Of("hold"), "");
        // Tests that run in the background of a shell have been told to ignore interrupts, and hand that down.
        using var run = Start("env", "--default-signal=INT", "dotnet", "run", Program);
        await UntilAsync(run, () => Lines("calls").Contains("3"));

        using (var interrupt = Process.Start("kill", ["-INT", Lines("process")[0].Split(' ')[0]]))
        {
            await interrupt.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        await UntilAsync(run, () => run.HasExited);
        var output = await run.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.True(run.ExitCode == 130, output);
        Assert.Equal(["cancelled"], Lines("ends"));
        Assert.Contains("exit handlers still run", output);
        Assert.Contains("cancelled", output);
    }

    [Fact]
    public async Task Two_runs_at_once_in_one_folder_both_end_well_and_no_secret_is_printed()
    {
        using var first = Start("dotnet", "run", Program);
        await UntilAsync(first, () => Lines("process").Count > 0);
        var second = await RunAsync("dotnet", Lines("process")[0].Split(' ', 2)[1], "--set", "count=5");
        await first.WaitForExitAsync(TestContext.Current.CancellationToken);
        var output = await first.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.True(first.ExitCode == 0, output);
        Assert.True(second.ExitCode == 0, second.ToString());
        Assert.Contains("the word is ***", output);
        Assert.Contains("and again ***", output);
        Assert.DoesNotContain("open-sesame", output + second.Out + second.Error);
        Assert.Equal(["local-0001", "local-0002"], Runs());
        Assert.All(
            Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories),
            file => Assert.DoesNotContain("open-sesame", File.ReadAllText(file))
        );
    }

    // Each time the process dies a little later; then what is left is run to its end.
    private async Task KilledAtEveryCallTheNextRunWorksAsync()
    {
        var program = Lines("process")[0].Split(' ', 2)[1];
        for (var call = 1; call <= 5; call++)
        {
            File.WriteAllText(Of("calls"), "");
            using var run = Start("dotnet", program, "--fresh");
            await UntilAsync(run, () => Lines("calls").Count >= call || run.HasExited);
            run.Kill();
            await run.WaitForExitAsync(TestContext.Current.CancellationToken);
            var resumed = await RunAsync("dotnet", program, "--resume", "latest", "--output", "json");
            Assert.True(resumed.ExitCode == 0, resumed.ToString());
            using var json = JsonDocument.Parse(resumed.Out);
            Assert.Equal(55, Total(json.RootElement));
            Assert.All(
                Enumerable.Range(0, 6),
                number =>
                    Assert.InRange(
                        Lines("calls").Count(line => line == number.ToString(CultureInfo.InvariantCulture)),
                        1,
                        2
                    )
            );
        }
        var again = await RunAsync("dotnet", program);
        Assert.True(again.ExitCode == 0, again.ToString());
        Assert.Empty(
            Directory.EnumerateDirectories(
                Path.Combine(_folder, ".rondo", "local", "runs"),
                "staging",
                SearchOption.AllDirectories
            )
        );
    }

    private Process Start(string program, params string[] arguments) =>
        Shell.Start(_folder, s_word, program, arguments);

    private async Task<Shell.Result> RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new(process.ExitCode, await output, await error);
    }

    private static async Task UntilAsync(Process process, Func<bool> holds)
    {
        using var timeout = new CancellationTokenSource(s_timeout);
        while (!holds())
        {
            if (process.HasExited && !holds())
            {
                Assert.Fail(
                    $"It ended early: {await process.StandardOutput.ReadToEndAsync()} {await process.StandardError.ReadToEndAsync()}"
                );
            }
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, timeout.Token);
        }
    }

    private static int Total(JsonElement run) =>
        (int)
            run.GetProperty("nodes")
                .EnumerateArray()
                .Single(node => node.GetProperty("id").GetString() == "total")
                .GetProperty("metrics")
                .GetProperty("total")
                .GetDouble();

    private IReadOnlyList<string> Runs() =>
        [
            .. Directory
                .EnumerateDirectories(Path.Combine(_folder, ".rondo", "local", "runs"))
                .Select(path => Path.GetFileName(path)!)
                .Order(StringComparer.Ordinal),
        ];

    private IReadOnlyList<string> Lines(string file)
    {
        try
        {
            return File.ReadAllText(Of(file)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (IOException)
        {
            return [];
        }
    }

    private string Of(string file) => Path.Combine(_folder, file);
}
