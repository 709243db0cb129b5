using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rondo.Sdk;
using Rondo.Tests.Pipelines;

namespace Rondo.Tests.Sdk.Tracking;

/// <summary>Real programs, killed with a signal that they cannot see, and the command that sends what they have left.</summary>
public sealed class TrackedKillTests
{
    private const int ExitKept = 5;
    private const int Aborted = 134;

    // It ends by itself where nobody kills it.
    private const string Source = """
        using Rondo.Sdk;

        var run = TrackedRun.Start("demand", "killed");
        run.Artifact(args[0]);
        for (var step = 0; step < 100_000; step++)
        {
            run.Metric("loss", step, step);
            Thread.Sleep(1);
        }
        """;

    // Another thread goes on telling while it ends.
    private const string Forgetful = """
        using Rondo.Sdk;

        var run = TrackedRun.Start("demand", "forgotten");
        for (var step = 0; step < 1000; step++)
        {
            run.Metric("loss", step, step);
        }

        new Thread(() => { while (true) { run.Metric("other", 1); Thread.Sleep(1); } }) { IsBackground = true }.Start();
        Console.WriteLine(run.Id);

        """;

    [Fact]
    public async Task What_a_killed_program_has_written_is_sent_once_also_by_commands_that_flush_at_once()
    {
        await using var place = await TrackedPlace.StartAsync();
        await CompiledPackage.MakeAsync(place.Of("app"), Source);
        var file = place.Write("model.txt", "weights");
        using (var program = Start(place, "dotnet", Path.Combine(place.Of("app"), "App.dll"), file))
        {
            await UntilAsync(() => HasSentSome(place) || program.HasExited);
            program.Kill();
            await program.WaitForExitAsync();
        }

        var id = Path.GetFileNameWithoutExtension(Assert.Single(place.Kept(), name => name.EndsWith(".jsonl")));
        var text = place.Lines(id);
        var points = text[..(text.LastIndexOf('\n') + 1)].Split('\n').Count(line => line.StartsWith("{\"metric\""));
        Assert.Equal("RUNNING", await place.StatusAsync(id));

        var flushed = await Task.WhenAll(
            Enumerable.Range(0, 2).Select(_ => RunAsync(place, "tracking", "flush", "--output", "json"))
        );

        Assert.All(flushed, one => Assert.Equal(0, one.Exit));
        Assert.Equal(1, flushed.Sum(one => JsonElement.Parse(one.Out).GetProperty("sent").GetInt32()));
        Assert.Equal("KILLED", await place.StatusAsync(id));
        Assert.Equal(
            Enumerable.Range(0, points).Select(step => ((long)step, $"{step}")),
            await place.PointsAsync(id, "loss")
        );
        var info = (await place.RunAsync(id)).GetProperty("info");
        var root = info.GetProperty("artifact_uri").GetString()!["mlflow-artifacts:/".Length..];
        Assert.Equal(
            "weights",
            await place.Server.Client.GetStringAsync($"/api/2.0/mlflow-artifacts/artifacts/{root}/model.txt")
        );
        Assert.Empty(place.Kept());
    }

    [Theory]
    [InlineData("", 0, "FINISHED")]
    [InlineData("return 3;", 3, "FAILED")]
    [InlineData("Environment.Exit(4);", 4, "FAILED")]
    [InlineData("throw new InvalidOperationException(run.Id);", Aborted, "FAILED")]
    public async Task A_run_that_nobody_has_ended_ends_with_its_program(string last, int exitCode, string status)
    {
        await using var place = await TrackedPlace.StartAsync();
        await CompiledPackage.MakeAsync(place.Of("app"), Forgetful + last);

        using var program = Start(place, "dotnet", Path.Combine(place.Of("app"), "App.dll"));
        await program.WaitForExitAsync();

        Assert.True(exitCode == program.ExitCode, await program.StandardError.ReadToEndAsync());
        var id = (await program.StandardOutput.ReadToEndAsync()).Trim();
        // A busy machine may not have sent all of it in the time that a program has for its end.
        await RunAsync(place, "tracking", "flush");
        Assert.Equal(status, await place.StatusAsync(id));
        Assert.Equal(1000, (await place.PointsAsync(id, "loss")).Count);
        Assert.Equal(
            exitCode != 0,
            (await place.RunAsync(id))
                .GetRawText()
                .Contains(
                    exitCode == Aborted
                        ? "System.InvalidOperationException: " + id
                        : $"The program ended with exit code {exitCode}."
                )
        );
        Assert.Empty(place.Kept());
    }

    [Fact]
    public async Task The_command_says_what_it_has_sent_what_it_keeps_and_what_is_for_others()
    {
        // Nothing answers at port 1.
        const string Away = "http://127.0.0.1:1";
        await using var place = await TrackedPlace.StartAsync();
        await using (TrackedRun.Start("demand", null, place.Settings with { Server = new Uri(Away) })) { }

        place.Line.IsCut = true;
        await using (place.Run()) { }

        var first = await RunAsync(place, "tracking", "flush");
        Assert.Equal("1 run sent, 0 kept for later. 1 run of other servers: name them with --server.", first.Out);
        Assert.Equal(0, first.Exit);
        var second = await RunAsync(place, "tracking", "flush", "--server", "http://me:secret@127.0.0.1:1");
        Assert.Equal("0 runs sent, 1 kept for later.", second.Out);
        Assert.Equal(ExitKept, second.Exit);
        Assert.Contains(Away + " cannot take the run now", second.Error);
        Assert.DoesNotContain("secret", second.Error);
        var third = await RunAsync(place, "tracking", "flush", "--server", "http://me:secret@127.0.0.1:1/rondo");
        Assert.NotEqual(0, third.Exit);
        Assert.Contains("(--server) has a path", third.Error);
        Assert.DoesNotContain("secret", third.Error);
    }

    // Whether the server has more of a run than that it is.
    private static bool HasSentSome(TrackedPlace place)
    {
        var mark = place.Kept().FirstOrDefault(name => name.EndsWith(".sent"));
        if (mark is null)
        {
            return false;
        }

        using var stream = Open(Path.Combine(place.Spool, mark));
        using var reader = new StreamReader(stream);
        var isNumber = long.TryParse(reader.ReadToEnd(), NumberStyles.None, CultureInfo.InvariantCulture, out var sent);
        using var lines = new StreamReader(Open(Path.Combine(place.Spool, Path.ChangeExtension(mark, ".jsonl"))));
        return isNumber && sent > lines.ReadLine()!.Length + 1;
    }

    private static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private static async Task<(int Exit, string Out, string Error)> RunAsync(
        TrackedPlace place,
        params string[] arguments
    )
    {
        using var process = Start(place, Path.Combine(AppContext.BaseDirectory, "rondo"), arguments);
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output.Trim(), await error);
    }

    private static Process Start(TrackedPlace place, string program, params string[] arguments) =>
        Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = place.Of("."),
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["RONDO_SERVER"] = place.Server.Address.AbsoluteUri,
                    ["RONDO_SPOOL"] = place.Spool,
                    ["RONDO_TOKEN"] = "",
                    ["MLFLOW_TRACKING_TOKEN"] = "",
                },
            }
        )!;

    private static async Task UntilAsync(Func<bool> fits)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!fits())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, late.Token);
        }
    }
}
