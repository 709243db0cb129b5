using System.Collections.Concurrent;
using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Pipelines;
using Rondo.Pipelines.Executors;
using Rondo.Sdk.Wire;
using Rondo.Tests.Sdk;

namespace Rondo.Tests.Pipelines;

/// <summary>One package, compiled once, and what runs its steps in real processes.</summary>
public sealed class ExecutorFixture : IAsyncLifetime
{
    private const string Source = """
        using System.Runtime.InteropServices;
        using Rondo.Sdk;

        var app = MlApp.Create(args, "misfits");
        app.Pipeline("misfits", g =>
        {
            g.Nothing();
            g.Who();
            g.Heap();
            g.Native();
            g.Flood();
            g.Partial();
            g.ClosePipe();
            g.Garbage();
            g.Endless();
            g.Daemon("");
            g.Stop("");
            g.Variables();
            g.Tell();
            g.Exit();
            g.Sleep("");
            g.Command("sh -c 'echo out; echo err >&2; echo rondo: metric rmse 2.5; exit 7'").Named("seven");
            g.Command("python3 -c 'import time; x = bytearray(300 << 20); time.sleep(600)'").Named("hungry");
            g.Command("sh -c 'for i in $(seq 50); do sleep 600 & sleep 0.02; done; wait'").Named("many");
            g.Command("sh -c 'kill -9 $$'").Named("killed");
            g.Command("python3 tell.py").Named("tell-command");
            g.Command("python3 linger.py").Named("linger");
        });
        return await app.RunAsync();

        public sealed record Seen(int Process, string Text);

        public static class Steps
        {
            [Step] public static void Nothing() { }

            [Step] public static Seen Who() => new(Environment.ProcessId, Environment.ProcessorCount.ToString());

            [Step]
            public static Seen Heap()
            {
                var all = new List<byte[]>();
                while (true) { var some = new byte[1 << 20]; Array.Fill(some, (byte)1); all.Add(some); }
            }

            [Step]
            public static Seen Native()
            {
                while (true) { var p = Marshal.AllocHGlobal(1 << 20); for (var i = 0; i < 1 << 20; i += 4096) Marshal.WriteByte(p, i, 1); }
            }

            [Step]
            public static Seen Flood(StepContext context)
            {
                var line = new string('x', 500);
                for (var i = 0; i < 200_000; i++) Console.WriteLine(line);
                return new(1, "");
            }

            [Step]
            public static Seen Partial()
            {
                Console.Write("no end");
                Console.Error.Write("\n\n");
                return new(1, "");
            }

            [Step] public static Seen ClosePipe() { foreach (var fd in Sockets()) shutdown(fd, 2); Thread.Sleep(600_000); return new(1, ""); }

            [Step]
            public static Seen Garbage()
            {
                var bytes = "\u0000not json\n"u8.ToArray();
                foreach (var fd in Sockets()) write(fd, bytes, bytes.Length);
                Thread.Sleep(600_000);
                return new(1, "");
            }

            [Step]
            public static Seen Endless()
            {
                var bytes = new byte[1 << 20];
                while (true) foreach (var fd in Sockets()) write(fd, bytes, bytes.Length);
            }

            [Step]
            public static Seen Daemon(string file)
            {
                System.Diagnostics.Process.Start("sh", ["-c", $"setsid sh -c 'echo $$ > {file}.new; mv {file}.new {file}; exec sleep 600' & wait"]);
                while (!File.Exists(file)) Thread.Sleep(10);
                return new(Environment.ProcessId, "");
            }

            [Step]
            public static Seen Stop(string file)
            {
                File.WriteAllText(file + ".new", Environment.ProcessId.ToString());
                File.Move(file + ".new", file);
                for (var i = 0; i < 40; i++) Thread.Sleep(100);
                return new(Environment.ProcessId, "");
            }

            [Step]
            [Environment("PLAIN", "value")]
            public static Seen Variables() => new(
                Environment.ProcessId,
                string.Join(" ", new[] { "PLAIN", "TOKEN", "RONDO_SECRETS_KEY" }.Select(Environment.GetEnvironmentVariable))
            );

            [Step]
            [Secret("TOKEN", "api-token")]
            public static Seen Tell(StepContext context)
            {
                var token = Environment.GetEnvironmentVariable("TOKEN")!;
                Console.WriteLine(token);
                Console.Error.WriteLine($"the token is {token}!");
                context.Log(System.Text.Json.JsonSerializer.Serialize(new { token }));
                Console.WriteLine(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(token)));
                Console.WriteLine(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes("user:" + token)));
                Console.WriteLine(Uri.EscapeDataString(token));
                Console.WriteLine(Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(token)));
                Console.WriteLine(token[..8]);
                Console.WriteLine(token[8..]);
                context.Metric(token, 1);
                throw new InvalidOperationException($"{token} was refused", new ArgumentException(token));
            }

            [Step] public static Seen Exit() { Console.Error.WriteLine("last words"); Environment.Exit(3); return new(1, ""); }

            [Step] public static Seen Sleep(string file) { File.WriteAllText(file, ""); Thread.Sleep(600_000); return new(1, ""); }

            private static IEnumerable<int> Sockets() =>
                Directory.GetFiles("/proc/self/fd")
                    .Where(file => (File.ResolveLinkTarget(file, false)?.FullName ?? "").Contains("socket:"))
                    .Select(file => int.Parse(Path.GetFileName(file)));

            [DllImport("libc")] private static extern int shutdown(int fd, int how);

            [DllImport("libc")] private static extern nint write(int fd, byte[] bytes, nint count);
        }
        """;

    private const string TellScript = """
        import base64, os, sys
        token = os.environ["TOKEN"]
        print(token)
        print(base64.b64encode(token.encode()).decode(), file=sys.stderr)
        open("left-behind.txt", "w").write("nothing of it")
        raise SystemExit("refused: " + token)
        """;

    // The program, a child in a session of its own, and a daemon.
    private const string LingerScript = """
        import os, time
        def write(name):
            path = os.environ["MARKS"] + "." + name
            open(path + ".new", "w").write(str(os.getpid()))
            os.rename(path + ".new", path)
        write("program")
        if os.fork() == 0:
            os.setsid()
            write("daemon" if os.fork() == 0 else "child")
            time.sleep(600)
        time.sleep(600)
        """;

    private readonly TestFolder _folder = new();
    private string _package = "";
    private int _number;

    internal LocalExecutor Executor { get; private set; } = null!;

    internal string Folder => _folder.Path;

    public async ValueTask InitializeAsync()
    {
        var blobs = new FolderBlobStore(_folder.Of("blobs"));
        var app = Directory.CreateDirectory(_folder.Of("app")).FullName;
        await File.WriteAllTextAsync(Path.Combine(app, "tell.py"), TellScript);
        await File.WriteAllTextAsync(Path.Combine(app, "linger.py"), LingerScript);
        (_package, _) = await CompiledPackage.MakeAsync(blobs, app, Source);
        Executor = NewExecutor(new PipelinesOptions { LocalAttemptsMax = 4 });
    }

    public async ValueTask DisposeAsync()
    {
        await Executor.DisposeAsync();
        _folder.Dispose();
    }

    internal LocalExecutor NewExecutor(PipelinesOptions options) =>
        new(
            new PackageFolders(
                new FolderBlobStore(_folder.Of("blobs")),
                new ServerPaths(_folder.Path, ""),
                TimeProvider.System
            ),
            new(TimeProvider.System),
            options,
            TimeProvider.System
        );

    internal StepAttempt Attempt(string node, params (string Name, string Value)[] arguments)
    {
        var number = Interlocked.Increment(ref _number);
        return new(
            new StepRequest(
                "run_1",
                "misfits",
                "test",
                "misfits",
                node,
                1,
                1,
                _folder.Of("blobs"),
                Directory.CreateDirectory(_folder.Of($"staging-{number}")).FullName,
                new Dictionary<string, ArtifactRef>(),
                arguments.ToDictionary(pair => pair.Name, pair => JsonSerializer.SerializeToElement(pair.Value)),
                Seed: 1,
                Threads: 1,
                TimeoutMs: 120_000
            ),
            _package
        );
    }

    internal string FileFor(string name) => _folder.Of($"{name}-{Interlocked.Increment(ref _number)}");

    /// <summary>What the step returned.</summary>
    internal static JsonElement Value(StepAttempt attempt, StepResult result)
    {
        Assert.True(result.Outcome == StepOutcome.Succeeded, $"{result.ErrorType}: {result.Message}");
        return JsonDocument
            .Parse(File.ReadAllBytes(Path.Combine(attempt.Request.StagingFolder, result.Outputs["value"].File)))
            .RootElement;
    }
}

/// <summary>Keeps what an attempt prints.</summary>
internal sealed class KeptLog : IAttemptLog
{
    private readonly ConcurrentQueue<(string Stream, string Line)> _lines = [];

    public IReadOnlyList<(string Stream, string Line)> Lines => [.. _lines];

    public void Write(string stream, string line) => _lines.Enqueue((stream, line));
}
