using System.Diagnostics;
using System.Globalization;

namespace Rondo.Benchmarks;

/// <summary>
/// What the orchestrator costs: a flow of three steps from its creation to its end, many flows at once, large graphs, and taking up again
/// what a killed server had under way. Every commit is durable (<c>synchronous=FULL</c>); beside each figure stands the bare work in the same run.
/// </summary>
internal static class PipelineBenchmark
{
    private const int Flows = 300;
    private const int WarmUpFlows = 2_000;
    private const int StepsOfFlow = 3;

    // What a server does behind a run, such as telling its triggers that it has ended, is done before the next one begins.
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(10);

    private static readonly IReadOnlyDictionary<string, Func<Task>> s_parts = new Dictionary<string, Func<Task>>(
        StringComparer.Ordinal
    )
    {
        ["latency"] = LatencyAsync,
        ["throughput"] = ThroughputAsync,
        ["large"] = LargeAsync,
        ["recovery"] = RecoveryAsync,
    };

    /// <summary>All parts, or those that are named.</summary>
    public static async Task<int> RunAsync(IReadOnlyCollection<string> parts)
    {
        Console.WriteLine($"pipelines, every commit durable (synchronous=FULL); {Figures.Machine()}");
        foreach (var part in parts.Count == 0 ? s_parts.Keys : parts)
        {
            await s_parts[part]();
        }

        return 0;
    }

    public static bool HasPart(string name) => s_parts.ContainsKey(name);

    // One flow of each in turn, so that a busy neighbour spoils all figures alike.
    private static async Task LatencyAsync()
    {
        await using var nothing = await PipelineBench.StartAsync(new NothingExecutor(8));
        await using var workers = await PipelineBench.StartAsync(null);
        using var bare = new BareDatabase();
        var figures = new Dictionary<string, List<double>>(StringComparer.Ordinal)
        {
            ["bare"] = [],
            ["nothing"] = [],
            ["workers"] = [],
        };
        // A server runs for weeks: what it costs until its code is compiled for the machine is no part of the figure.
        await nothing.FlowsAsync(WarmUpFlows, 1);
        await workers.FlowsAsync(WarmUpFlows, 1);
        for (var flow = 0; flow < Flows; flow++)
        {
            await Task.Delay(s_rest, TimeProvider.System);
            figures["bare"].AddRange(Measure(1, () => bare.Flow(StepsOfFlow)));
            await Task.Delay(s_rest, TimeProvider.System);
            figures["nothing"].AddRange(await MeasureAsync(1, nothing.FlowAsync));
            await Task.Delay(s_rest, TimeProvider.System);
            figures["workers"].AddRange(await MeasureAsync(1, workers.FlowAsync));
        }

        Console.WriteLine();
        Console.WriteLine(
            $"flow of {StepsOfFlow} no-op steps, {Flows} flows in turn    p50 ms    p95 ms  ms/step  ratio to bare (aim 3)"
        );
        Print("bare SQLite, two transactions a step", figures["bare"], figures["bare"]);
        Print("orchestrator, steps that do nothing", figures["nothing"], figures["bare"]);
        Print("orchestrator, warm worker processes", figures["workers"], figures["bare"]);
    }

    private static async Task ThroughputAsync()
    {
        Console.WriteLine();
        Console.WriteLine(
            "steps a second       runs at once: 1       16      256   (bare: two transactions a step, one writer)"
        );
        using var bare = new BareDatabase();
        var one = Stopwatch.StartNew();
        const int bareFlows = 100;
        for (var flow = 0; flow < bareFlows; flow++)
        {
            bare.Flow(StepsOfFlow);
        }

        Console.WriteLine($"bare SQLite               {PerSecond(bareFlows * StepsOfFlow, one.Elapsed), 12}");
        var cells = new List<string>();
        foreach (var (runs, flows) in new[] { (1, 60), (16, 480), (256, 1024) })
        {
            await using var bench = await PipelineBench.StartAsync(new NothingExecutor(256));
            await bench.FlowAsync();
            var watch = Stopwatch.StartNew();
            await bench.FlowsAsync(flows, runs);
            cells.Add(PerSecond(flows * StepsOfFlow, watch.Elapsed));
        }

        Console.WriteLine($"orchestrator              {cells[0], 12} {cells[1], 8} {cells[2], 8}");
    }

    private static async Task LargeAsync()
    {
        await using var bench = await PipelineBench.StartAsync(new NothingExecutor(256));
        await bench.FlowAsync();
        Console.WriteLine();
        foreach (var pipeline in new[] { PipelineBench.Wide, PipelineBench.Loop })
        {
            var watch = Stopwatch.StartNew();
            var run = await bench.CreateAsync(pipeline);
            var created = watch.Elapsed;
            await bench.FinishAsync(run);
            var finished = watch.Elapsed;
            var pages = new List<double>();
            for (var page = 0; page < 5; page++)
            {
                pages.Add((await MeasureAsync(1, () => bench.PageAsync(run)))[0]);
            }

            Console.WriteLine(
                $"{PipelineBench.LargeSteps} steps ({pipeline}): created in {Ms(created)} ms, run in {Figures.Text(finished.TotalSeconds, 1)} s ({PerSecond(PipelineBench.LargeSteps, finished - created)} steps/s), a page of 100 in {Figures.Text(Figures.Median(pages), 1)} ms (aim 200)"
            );
        }
    }

    private static async Task RecoveryAsync()
    {
        const int underWay = PipelineBench.FlatSteps;
        var executor = new NothingExecutor(underWay) { Hangs = true };
        await using var bench = await PipelineBench.StartAsync(executor);
        var run = await bench.CreateAsync(PipelineBench.Flat);
        await bench.UntilRunningAsync(underWay);
        var after = new NothingExecutor(underWay) { Hangs = true };
        var watch = Stopwatch.StartNew();
        await bench.KillAsync(after);
        await after.BegunAsync(underWay);
        Console.WriteLine();
        Console.WriteLine(
            $"{underWay} attempts under way, server gone: the next one had taken up all of them after {Figures.Text(watch.Elapsed.TotalSeconds, 1)} s (run {run})"
        );
    }

    private static List<double> Measure(int count, Action flow)
    {
        var figures = new List<double>(count);
        for (var index = 0; index < count; index++)
        {
            var watch = Stopwatch.StartNew();
            flow();
            figures.Add(watch.Elapsed.TotalMilliseconds);
        }

        return figures;
    }

    private static async Task<List<double>> MeasureAsync(int count, Func<Task> flow)
    {
        var figures = new List<double>(count);
        for (var index = 0; index < count; index++)
        {
            var watch = Stopwatch.StartNew();
            await flow();
            figures.Add(watch.Elapsed.TotalMilliseconds);
        }

        return figures;
    }

    private static void Print(string name, List<double> figures, List<double> bare)
    {
        var p50 = Figures.Median(figures);
        var p95 = figures.Order().ElementAt((int)(figures.Count * 0.95));
        Console.WriteLine(
            $"{name, -44} {Figures.Text(p50, 2), 8}  {Figures.Text(p95, 2), 8}  {Figures.Text(p50 / StepsOfFlow, 2), 7}  {Figures.Text(p50 / Figures.Median(bare), 2), 6}"
        );
    }

    private static string PerSecond(int steps, TimeSpan time) =>
        (steps / time.TotalSeconds).ToString("F0", CultureInfo.InvariantCulture);

    private static string Ms(TimeSpan time) => Figures.Text(time.TotalMilliseconds);
}
