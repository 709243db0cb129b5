using System.Text;

namespace Rondo.EndToEnd;

/// <summary>A secret on a real server: it reaches the step, and nothing that can be read; and a killed server, which takes its programs along.</summary>
public sealed class SecretTests
{
    private const string Secret = "Sesam-0effne/dich+99";

    // C# and Python, each with the secret in its environment and no manners.
    private const string Pipelines = """"
        app.Pipeline(
            "indiscreet",
            g =>
            {
                var rude = g.Parameter("rude", false);
                g.Blurt(rude);
                g.Command("python3 scripts/blurt.py").Secret("TOKEN", "api-token").Argument("rude", rude).Named("blurt-python");
            }
        ).FailSlow();
        app.Pipeline("lingering", g => g.Command("python3 scripts/linger.py").Argument("folder", g.Parameter("folder", "")).OutputFile("done"));

        """";

    private const string Step = """"
        [Step(Cache = false)]
                [Secret("TOKEN", "api-token")]
                public static Count Blurt(bool rude, StepContext context)
                {
                    var token = Environment.GetEnvironmentVariable("TOKEN")!;
                    Console.WriteLine(token);
                    Console.Error.WriteLine($"token={token};");
                    context.Log(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("ada:" + token)));
                    context.Log(Uri.EscapeDataString(token));
                    context.Metric(token, 1);
                    return rude ? throw new InvalidOperationException($"401 for {token}") : new Count(1);
                }

                /// <summary>Writes down that it ran, so that a test can count.</summary>
        """";

    private const string BlurtScript = """
        import base64, json, os, urllib.parse
        token = os.environ["TOKEN"]
        print(token)
        print(json.dumps({"token": token}))
        print(base64.b64encode(token.encode()).decode())
        print(urllib.parse.quote(token, safe=""))
        print(token[:9]); print(token[9:])
        print("rondo: metric " + token + " 1")
        open(token.replace("/", "_") + ".txt", "w").write(token)
        if json.load(open(os.environ["RONDO_STEP"]))["arguments"]["rude"]:
            raise SystemExit("401 for " + token)
        """;

    private const string LingerScript = """
        import json, os, time
        folder = json.load(open(os.environ["RONDO_STEP"]))["arguments"]["folder"]
        open("done", "w").close()
        def write(name):
            open(os.path.join(folder, name + ".new"), "w").write(str(os.getpid()))
            os.rename(os.path.join(folder, name + ".new"), os.path.join(folder, name))
        if folder:
            write("program")
            if os.fork() == 0:
                os.setsid()
                write("daemon" if os.fork() == 0 else "child")
            time.sleep(600)
        """;

    [Fact]
    [Trait("Requirement", "R249")]
    [Trait("Requirement", "R77")]
    public async Task A_secret_reaches_its_steps_and_stands_nowhere_and_a_killed_server_leaves_no_program()
    {
        await using var server = await RunningServer.StartAsync();
        await server.PostAsync("/api/v1/projects", new { name = "workbench" });
        var set = await SetAsync(server, Secret);
        Assert.True(set.ExitCode == 0 && set.Out.Contains("version 1"), set.ToString());
        await WorkbenchServer.ReleaseAsync(server, ChangeAsync);

        var run = await server.StartRunAsync("indiscreet", new { rude = true });
        var ended = await server.FinishedAsync(run);
        Assert.Equal("failed", ended.GetProperty("state").GetString());
        Assert.Contains("401 for ***", ended.GetRawText());
        await RequireNowhereAsync(server, run);

        await KillAsync(server);
    }

    private static async Task ChangeAsync(GitClone clone)
    {
        var program = Path.Combine(clone.Folder, "src", "Workbench", "Program.cs");
        var source = (await File.ReadAllTextAsync(program))
            .Replace("return await app.RunAsync();", Pipelines + "return await app.RunAsync();")
            .Replace("/// <summary>Writes down that it ran, so that a test can count.</summary>", Step.Trim());
        await File.WriteAllTextAsync(program, source);
        await File.WriteAllTextAsync(Path.Combine(clone.Folder, "scripts", "blurt.py"), BlurtScript);
        await File.WriteAllTextAsync(Path.Combine(clone.Folder, "scripts", "linger.py"), LingerScript);
        await clone.CommitAsync("Be indiscreet");
    }

    private static Task<Shell.Result> SetAsync(RunningServer server, string value) =>
        Shell.RunAsync(
            server.Folder,
            "sh",
            "-c",
            $"printf %s '{value}' | dotnet {Path.Combine(Checkout.Artifacts, "bin", "Cli", "release", "rondo.dll")} secrets set api-token"
        );

    // Every file of the data folder, the database among them, and every answer about the run.
    private static async Task RequireNowhereAsync(RunningServer server, string run)
    {
        byte[][] forms =
        [
            Encoding.UTF8.GetBytes(Secret),
            Encoding.UTF8.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(Secret)).TrimEnd('=')),
            Encoding.UTF8.GetBytes(Uri.EscapeDataString(Secret)),
        ];
        foreach (
            var file in Directory.EnumerateFiles(
                Path.Combine(server.Folder, ".rondo"),
                "*",
                SearchOption.AllDirectories
            )
        )
        {
            if (Path.GetFileName(file) == "server.lock")
            {
                // Nobody but the server may open it; it is empty.
                continue;
            }

            using var bytes = new MemoryStream();
            try
            {
                using var stream = new FileStream(
                    file,
                    FileMode.Open,
                    FileAccess.Read,
                    FileShare.ReadWrite | FileShare.Delete
                );
                await stream.CopyToAsync(bytes);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // What an attempt has left is removed beside this.
                continue;
            }

            Assert.All(forms, form => Assert.True(bytes.ToArray().AsSpan().IndexOf(form) < 0, file));
        }

        string[] paths =
        [
            $"/api/v1/runs/{run}",
            $"/api/v1/runs/{run}/logs?after=0",
            $"/api/v1/lineage/{run}",
            "/api/v1/events?limit=1000",
            "/api/v1/projects/workbench/secrets",
            "/api/v1/projects/workbench/pipelines",
            "/api/v1/status",
        ];
        foreach (var path in paths)
        {
            var answer = (await server.GetAsync(path)).GetRawText();
            Assert.All(forms, form => Assert.DoesNotContain(Encoding.UTF8.GetString(form), answer));
        }

        var secrets = (await server.GetAsync("/api/v1/projects/workbench/secrets")).GetProperty("items");
        Assert.Equal("api-token", Assert.Single(secrets.EnumerateArray()).GetProperty("name").GetString());
        var log = (await server.GetAsync($"/api/v1/runs/{run}/logs?after=0")).GetProperty("lines");
        Assert.Contains(log.EnumerateArray(), line => line.GetProperty("text").GetString() == "***");
    }

    private static async Task KillAsync(RunningServer server)
    {
        var folder = Directory.CreateDirectory(Path.Combine(server.Folder, "lingering")).FullName;
        await server.StartRunAsync("lingering", new { folder });
        var files = new[] { "program", "child", "daemon" }.Select(name => Path.Combine(folder, name)).ToList();
        await UntilAsync(() => files.TrueForAll(File.Exists));
        var processes = files.ConvertAll(file => int.Parse(File.ReadAllText(file)));
        Assert.All(processes, process => Assert.False(IsGone(process)));

        await server.KillAsync();

        await UntilAsync(() => processes.TrueForAll(IsGone));
    }

    private static bool IsGone(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static async Task UntilAsync(Func<bool> fits)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(300));
        while (!fits())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, timeout.Token);
        }
    }
}
