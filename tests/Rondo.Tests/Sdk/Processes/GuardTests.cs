using System.Globalization;
using Rondo.Sdk.Processes;
using Rondo.Tests.Pipelines;

namespace Rondo.Tests.Sdk.Processes;

/// <summary>A process that is killed takes all that it has started with it: a local run, killed while its commands run.</summary>
public sealed class GuardTests
{
    private const string Source = """
        using Rondo.Sdk;

        var app = MlApp.Create(args, "guarded");
        app.Pipeline("wait", g => g.Command("python3 linger.py").OutputFile("never"));
        return await app.RunAsync();
        """;

    // The program, a child in a session of its own, and a daemon.
    private const string Linger = """
        import os, time
        def write(name):
            open(os.environ["SHARED"] + "/" + name + ".new", "w").write(str(os.getpid()))
            os.rename(os.environ["SHARED"] + "/" + name + ".new", os.environ["SHARED"] + "/" + name)
        write("program")
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                write("daemon")
            else:
                write("child")
            time.sleep(600)
        time.sleep(600)
        """;

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    [Trait("Requirement", "R77")]
    public async Task A_killed_process_leaves_nothing_that_it_started(string controlGroups)
    {
        using var folder = new TestFolder();
        var app = Path.Combine(folder.Path, "app");
        folder.Write("linger.py", Linger);
        Directory.CreateDirectory(app);
        File.Copy(folder.Of("linger.py"), Path.Combine(app, "linger.py"));
        await CompiledPackage.MakeAsync(app, Source);
        using var parent = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("dotnet", [Path.Combine(app, "App.dll"), "run"])
            {
                WorkingDirectory = folder.Path,
                Environment = { ["SHARED"] = folder.Path, [ControlGroups.Switch] = controlGroups },
            }
        )!;
        var names = new[] { "program", "child", "daemon" };
        await UntilAsync(() => names.All(name => File.Exists(folder.Of(name))));
        var started = names.Select(name =>
            ProcessEntry.Find(int.Parse(File.ReadAllText(folder.Of(name)), CultureInfo.InvariantCulture))!
        );
        var alive = started.ToList();
        Assert.All(alive, entry => Assert.True(entry.IsAlive));

        parent.Kill();

        await UntilAsync(() => alive.TrueForAll(IsGone));
    }

    private static bool IsGone(ProcessEntry entry) =>
        ProcessEntry.Find(entry.Id) is not { IsAlive: true } now || now.StartTime != entry.StartTime;

    private static async Task UntilAsync(Func<bool> fits)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (!fits())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, late.Token);
        }
    }
}
