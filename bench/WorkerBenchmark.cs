using System.Diagnostics;
using System.IO.Pipes;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Db;
using Rondo.Pipelines;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Secrets;

namespace Rondo.Benchmarks;

/// <summary>
/// What an attempt costs besides its work: in a warm worker, in a process of its own, and as a command; beside the bare work of each, which
/// is one line there and one back on the same kind of pipe, and the start of the same program.
/// </summary>
internal static class WorkerBenchmark
{
    private const int Warm = 2000;
    private const int Attempts = 3000;
    private const int Processes = 20;
    private const string Package = "bench";

    /// <summary>The steps that are run; the package is this program again.</summary>
    public static void Declare(MlApp app) =>
        app.Pipeline(
            "attempts",
            g =>
            {
                g.Nothing();
                g.Number();
                g.Command("true");
            }
        );

    public static async Task<int> RunAsync()
    {
        using var folder = new TemporaryFolder();
        await using var database = SqliteDatabase.Open(Path.Combine(folder.Path, "rondo.db"));
        var paths = new ServerPaths(folder.Path, "");
        DescribePackage(paths);
        await using var services = new ServiceCollection()
            .AddSingleton(paths)
            .AddLogging()
            .AddKernel(database, new FolderBlobStore(paths.BlobsFolder))
            .AddSecrets()
            .AddPipelines()
            .BuildServiceProvider();
        var executor = services.GetRequiredService<IExecutor>();
        Console.WriteLine($"what an attempt costs besides its work; {Figures.Machine()}");
        var bare = await RoundTripsAsync();
        Print("line there and back (bare)", bare, bare);
        Print("step without output, warm", await MeasureAsync(executor, folder, "nothing", (Warm, Attempts)), bare);
        Print(
            "step with one record, warm",
            await MeasureAsync(executor, folder, "number", (Warm / 4, Attempts / 4)),
            bare
        );
        var start = await StartsAsync();
        Print("start of 'true' (bare)", start, start);
        Print("command 'true', warm", await MeasureAsync(executor, folder, "true", (5, 10 * Processes)), start);
        var own = await StartsAsync("dotnet", typeof(WorkerBenchmark).Assembly.Location, "manifest");
        Print("start of the package (bare)", own, own);
        Print(
            "step in its own process",
            await MeasureAsync(executor, folder, "nothing", (2, Processes), isolated: true),
            own
        );
        return 0;
    }

    /// <summary>The other end of the bare round trips.</summary>
    public static async Task<int> EchoAsync(string pipeName)
    {
        await using var pipe = new NamedPipeClientStream(".", pipeName, PipeDirection.InOut, PipeOptions.None);
        pipe.Connect();
        var buffer = new byte[4096];
        int read;
        while ((read = pipe.Read(buffer)) > 0)
        {
            pipe.Write(buffer.AsSpan(0, read));
        }

        return 0;
    }

    private static void DescribePackage(ServerPaths paths)
    {
        var package = Directory.CreateDirectory(Path.Combine(paths.PackagesFolder, Package)).FullName;
        var entry = JsonSerializer.Serialize(new { entry = typeof(WorkerBenchmark).Assembly.Location });
        File.WriteAllText(Path.Combine(package, "rondo-package.json"), entry);
    }

    private static async Task<List<double>> MeasureAsync(
        IExecutor executor,
        TemporaryFolder folder,
        string node,
        (int Warm, int Measured) attempts,
        bool isolated = false
    )
    {
        var figures = new List<double>(attempts.Measured);
        var nowhere = new Nowhere();
        for (var i = 0; i < attempts.Warm + attempts.Measured; i++)
        {
            var staging = Directory.CreateDirectory(Path.Combine(folder.Path, "staging", $"{node}-{i}")).FullName;
            var attempt = new StepAttempt(Request(folder, staging, node), Package) { Isolated = isolated };
            var begun = Stopwatch.GetTimestamp();
            var result = await executor.RunAsync(attempt, nowhere, CancellationToken.None);
            if (i >= attempts.Warm)
            {
                figures.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }

            if (result.Outcome != StepOutcome.Succeeded)
            {
                throw new InvalidOperationException(result.Message);
            }
        }

        return figures;
    }

    private static StepRequest Request(TemporaryFolder folder, string staging, string node) =>
        new(
            "run_bench",
            "bench",
            "test",
            "attempts",
            node,
            1,
            1,
            Path.Combine(folder.Path, "blobs"),
            staging,
            new Dictionary<string, ArtifactRef>(StringComparer.Ordinal),
            new Dictionary<string, JsonElement>(StringComparer.Ordinal),
            1,
            1,
            60_000
        );

    private static async Task<List<double>> RoundTripsAsync()
    {
        var name = "rondo-bench-" + Environment.ProcessId;
        await using var pipe = new NamedPipeServerStream(
            name,
            PipeDirection.InOut,
            1,
            PipeTransmissionMode.Byte,
            PipeOptions.Asynchronous
        );
        using var echo = Process.Start("dotnet", [typeof(WorkerBenchmark).Assembly.Location, "echo", name]);
        await pipe.WaitForConnectionAsync();
        var (line, buffer) = (new byte[700], new byte[700]);
        var figures = new List<double>(Attempts);
        for (var i = 0; i < Warm + Attempts; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            await pipe.WriteAsync(line);
            await pipe.ReadExactlyAsync(buffer);
            if (i >= Warm)
            {
                figures.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }
        }

        pipe.Disconnect();
        await echo.WaitForExitAsync();
        return figures;
    }

    private static async Task<List<double>> StartsAsync(string program = "true", params string[] arguments)
    {
        var figures = new List<double>(Processes);
        for (var i = 0; i < Processes; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            var start = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
            };
            using var process = Process.Start(start)!;
            await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            figures.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        return figures;
    }

    private static void Print(string name, List<double> figures, List<double> bare)
    {
        var median = Figures.Median(figures);
        var high = figures.Order().ElementAt((int)(figures.Count * 0.95));
        Console.WriteLine(
            $"{name, -28} p50 {Figures.Text(median, 3), 8} ms   p95 {Figures.Text(high, 3), 8} ms   {Figures.Text(median / Figures.Median(bare), 1), 5} × bare"
        );
    }

    private sealed class Nowhere : IAttemptLog
    {
        public void Write(string stream, string line) { }
    }
}

/// <summary>A number.</summary>
public sealed record BenchNumber(int Value);

/// <summary>A step that makes something.</summary>
public static class BenchMakers
{
    /// <summary>Makes a record.</summary>
    [Step(Cache = false)]
    public static BenchNumber Number() => new(42);
}
