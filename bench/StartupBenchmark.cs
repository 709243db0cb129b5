namespace Rondo.Benchmarks;

/// <summary>From process start to the first answer, and resident memory when idle, beside an empty web server of the same framework.</summary>
internal static class StartupBenchmark
{
    private const int Runs = 5;

    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync()
    {
        var rondo = new List<Start>();
        var empty = new List<Start>();
        for (var run = 0; run < Runs; run++)
        {
            rondo.Add(await MeasureRondoAsync());
            empty.Add(await MeasureEmptyAsync());
        }

        Console.WriteLine(
            $"startup to first answer, {Runs} runs in turn, median (release build, tiered compilation, embedded database, fresh folder); {Figures.Machine()}"
        );
        Print("rondo", rondo);
        Print("empty web server", empty);
        Console.WriteLine(
            $"ratio: time {Figures.Text(Ratio(rondo, empty, run => run.Milliseconds), 2)}, memory {Figures.Text(Ratio(rondo, empty, run => run.Megabytes), 2)} (aim: 1000 ms, 150 MB)"
        );
        return 0;
    }

    private static async Task<Start> MeasureRondoAsync()
    {
        using var folder = new TemporaryFolder();
        using var server = await ServerProcess.StartRondoAsync(folder.Path);
        await Task.Delay(s_idle, TimeProvider.System);
        return Start.Of(server);
    }

    private static async Task<Start> MeasureEmptyAsync()
    {
        using var server = await ServerProcess.StartConstantAsync();
        await Task.Delay(s_idle, TimeProvider.System);
        return Start.Of(server);
    }

    private static void Print(string name, List<Start> runs) =>
        Console.WriteLine(
            $"{name, -18} {Figures.Text(Figures.Median(runs.Select(run => run.Milliseconds))), 6} ms  {Figures.Text(Figures.Median(runs.Select(run => run.CpuMilliseconds))), 6} ms CPU  {Figures.Text(Figures.Median(runs.Select(run => run.Megabytes))), 6} MB"
        );

    private static double Ratio(List<Start> a, List<Start> b, Func<Start, double> figure) =>
        Figures.Median(a.Select(figure)) / Figures.Median(b.Select(figure));

    private sealed record Start(double Milliseconds, double CpuMilliseconds, double Megabytes)
    {
        public static Start Of(ServerProcess server) =>
            new(server.Startup.TotalMilliseconds, server.StartupCpu.TotalMilliseconds, server.ResidentMegabytes);
    }
}
