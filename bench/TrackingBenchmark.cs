using System.Diagnostics;
using System.Globalization;

namespace Rondo.Benchmarks;

/// <summary>
/// What a real server takes for what MLflow's clients ask of it, beside given figures of a real MLflow 3.11 server (one worker, SQLite)
/// and, for what is written, beside bare SQLite with the same rows in each transaction and a web server that does nothing. Processor time is that of the server's process,
/// with what it does after the answer; each figure is the median of rounds after others in which the code was compiled.
/// </summary>
internal static class TrackingBenchmark
{
    private const int RunsUsual = 10_000;
    private const int HistoryPoints = 100_000;
    private const int HistoryPage = 25_000;
    private const int OtherRuns = 100;
    private const int Rounds = 3;
    private const int Starts = 3;
    private const string Durable = "durable: SQLite, synchronous=FULL, group commit";

    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(2);

    // The whole server compiles what it runs often for about a minute; until then that is a twentieth of the processor.
    private const int SinglesWarm = 100_000;
    private const int SinglesMeasured = 1000;
    private const int SinglesTurns = 15;

    private static readonly (int Warm, int Measured) s_batches = (200, 60);

    // Asked 400 times, a tenth of what a search takes is still the compiler.
    private static readonly (int Warm, int Measured) s_pages = (3000, 200);
    private static readonly (int Warm, int Measured) s_largePages = (200, 40);

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var runs = arguments.Count > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : RunsUsual;
        Console.WriteLine($"tracking: {runs} runs with 5 params, 5 tags and 10 metrics each; {Figures.Machine()}");
        var starts = await StartsAsync();
        using var folder = new TemporaryFolder();
        using var server = await ServerProcess.StartRondoAsync(folder.Path);
        using var client = new TrackingClient(server.Address);
        var clock = Stopwatch.StartNew();
        await client.FillAsync(runs);
        Console.WriteLine(
            $"filled in {Figures.Text(clock.Elapsed.TotalSeconds, 1)} s by {TrackingClient.FillersMax} clients"
        );
        var figures = new List<TrackingFigure>();
        await WritesAsync(figures, server, client);
        await ReadsAsync(figures, server, client, runs);
        Print(figures);
        PrintStart(starts, server.ResidentMegabytes);
        return 0;
    }

    private static async Task WritesAsync(List<TrackingFigure> figures, ServerProcess server, TrackingClient client)
    {
        using var bare = new BareMetrics();
        await SinglesAsync(figures, server, client, bare);
        foreach (var keys in new[] { 10, 1000 })
        {
            var many = await client.CreateRunAmongAsync(OtherRuns, keys);
            var batch = await MeasureAsync(server, s_batches, i => client.LogBatchAsync(many, i, keys));
            var rate = TrackingClient.BatchMetrics / batch.CpuMilliseconds * 1000;
            figures.Add(
                new($"log-batch, 1,000 metrics of {keys} keys", "144–300", 144, 3, batch)
                {
                    Note =
                        $"{Figures.Text(rate / 1000)}k metrics a CPU second (aim 200k); slowest of all {Figures.Text(batch.SlowestMilliseconds)} ms; {Durable}",
                }
            );
            figures.Add(
                Limit(
                    $"1,000 points of {keys} keys a transaction",
                    bare,
                    (TrackingClient.BatchMetrics, keys),
                    s_batches
                )
            );
        }
    }

    // Beside it what cannot be less: the durable point by itself, and the same request read and answered with constant bytes by the
    // same web server. They take turns, so that a slow minute of the machine is in all of them.
    private static async Task SinglesAsync(
        List<TrackingFigure> figures,
        ServerProcess server,
        TrackingClient client,
        BareMetrics bare
    )
    {
        using var empty = await ServerProcess.StartConstantAsync();
        using var emptyClient = new TrackingClient(empty.Address);
        var run = await client.CreateRunAsync("writes", []);
        var nobody = new string('0', 32);
        var number = 0;
        Func<int, Task<TrackingCost>>[] parts =
        [
            count => RoundAsync(server, count, () => client.LogMetricAsync(run, number++)),
            count => Task.FromResult(bare.Write(count, 1, 1)),
            count => RoundAsync(empty, count, () => emptyClient.LogMetricAsync(nobody, number++)),
        ];
        foreach (var part in parts)
        {
            await part(SinglesWarm);
        }

        var rounds = parts.Select(_ => new List<TrackingCost>()).ToArray();
        for (var turn = 0; turn < SinglesTurns; turn++)
        {
            for (var part = 0; part < parts.Length; part++)
            {
                rounds[part].Add(await parts[part](SinglesMeasured));
            }
        }

        var (single, least, asked) = (Among(rounds[0]), Among(rounds[1]), Among(rounds[2]));
        var ratio = Figures.Text(single.CpuMilliseconds / (least.CpuMilliseconds + asked.CpuMilliseconds), 2);
        figures.Add(
            new("log-metric, one client", "8–13", 8, 0.2, single) { Note = $"{ratio} of the next two; {Durable}" }
        );
        figures.Add(new("  bare SQLite, one point a transaction", "", null, null, least));
        figures.Add(new("  a web server that does nothing, asked the same", "", null, null, asked));
    }

    private static async Task ReadsAsync(
        List<TrackingFigure> figures,
        ServerProcess server,
        TrackingClient client,
        int runs
    )
    {
        var hundred = await MeasureAsync(server, s_pages, _ => client.SearchAsync(100));
        figures.Add(new($"search {runs} runs, max 100", "127–204", 127, 2, hundred));
        var thousand = await MeasureAsync(server, s_largePages, _ => client.SearchAsync(1000));
        figures.Add(new($"search {runs} runs, max 1,000", "1,000–1,300", 1000, 20, thousand));
        var ordered = await MeasureAsync(server, s_pages, _ => client.SearchAsync(100, "metrics.m3 desc"));
        figures.Add(new("order by one metric, max 100", "6,100–7,300", 6100, 5, ordered));
        var run = await client.CreateRunAsync("history", []);
        for (var i = 0; i < HistoryPoints / TrackingClient.BatchMetrics; i++)
        {
            await client.LogBatchAsync(run, i, keys: 1);
        }

        var history = await MeasureAsync(
            server,
            (10, 5),
            _ => client.ReadHistoryAsync(run, HistoryPoints, HistoryPage)
        );
        figures.Add(new("history of 100,000 points, paged", "5,700–6,800", 5700, 150, history));
    }

    private static async Task<TrackingCost> MeasureAsync(
        ServerProcess server,
        (int Warm, int Measured) requests,
        Func<int, Task> request
    )
    {
        var number = 0;
        var rounds = new List<TrackingCost>();
        await RoundAsync(server, requests.Warm, () => request(number++));
        for (var round = 0; round < Rounds; round++)
        {
            rounds.Add(await RoundAsync(server, requests.Measured, () => request(number++)));
        }

        return Among(rounds);
    }

    private static async Task<TrackingCost> RoundAsync(ServerProcess server, int requests, Func<Task> request)
    {
        var walls = new List<double>(requests);
        var before = await server.SettledCpuAsync();
        for (var i = 0; i < requests; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            await request();
            walls.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
        }

        var cpu = await server.SettledCpuAsync() - before;
        return new TrackingCost(cpu.TotalMilliseconds / requests, Figures.Median(walls))
        {
            SlowestMilliseconds = walls.Max(),
        };
    }

    private static TrackingCost Among(IReadOnlyList<TrackingCost> rounds) =>
        new(
            Figures.Median(rounds.Select(round => round.CpuMilliseconds)),
            Figures.Median(rounds.Select(round => round.WallMilliseconds))
        )
        {
            SlowestMilliseconds = rounds.Max(round => round.SlowestMilliseconds),
        };

    private static TrackingFigure Limit(
        string what,
        BareMetrics bare,
        (int Points, int Keys) each,
        (int Warm, int Measured) transactions
    )
    {
        bare.Write(transactions.Warm, each.Points, each.Keys);
        var rounds = Enumerable
            .Range(0, Rounds)
            .Select(_ => bare.Write(transactions.Measured, each.Points, each.Keys))
            .ToList();
        return new($"  bare SQLite, {what}", "", null, null, Among(rounds));
    }

    private static async Task<List<(double Wall, double Cpu, double Megabytes)>> StartsAsync()
    {
        var starts = new List<(double, double, double)>();
        for (var i = 0; i < Starts; i++)
        {
            using var folder = new TemporaryFolder();
            using var server = await ServerProcess.StartRondoAsync(folder.Path);
            await Task.Delay(s_idle, TimeProvider.System);
            starts.Add(
                (server.Startup.TotalMilliseconds, server.StartupCpu.TotalMilliseconds, server.ResidentMegabytes)
            );
        }

        return starts;
    }

    private static void Print(List<TrackingFigure> figures)
    {
        Console.WriteLine(
            $"{"ms", -48} {"MLflow", 12} {"CPU", 9} {"wall p50", 9} {"aim", 6} {"holds", 6} {"MLflow's least / ours", 22}"
        );
        foreach (var figure in figures)
        {
            var holds = figure.Aim is { } aim ? (figure.Cost.CpuMilliseconds <= aim ? "yes" : "NO") : "";
            var ratio = figure.Given is { } given ? Figures.Text(given / figure.Cost.CpuMilliseconds) + " ×" : "";
            Console.WriteLine(
                $"{figure.Name, -48} {figure.GivenText, 12} {Figures.Text(figure.Cost.CpuMilliseconds, 3), 9} {Figures.Text(figure.Cost.WallMilliseconds, 3), 9} {figure.Aim, 6} {holds, 6} {ratio, 22}  {figure.Note}"
            );
        }
    }

    private static void PrintStart(List<(double Wall, double Cpu, double Megabytes)> starts, double loaded)
    {
        var wall = Figures.Median(starts.Select(start => start.Wall));
        var cpu = Figures.Median(starts.Select(start => start.Cpu));
        var fresh = Figures.Median(starts.Select(start => start.Megabytes));
        Console.WriteLine(
            $"start to healthy: {Figures.Text(wall)} ms, {Figures.Text(cpu)} ms CPU (MLflow 9,000 ms CPU; aim 1,000: {(cpu <= 1000 ? "yes" : "NO")}; {Figures.Text(9000 / cpu)} ×)"
        );
        Console.WriteLine(
            $"resident: {Figures.Text(fresh)} MB when fresh (MLflow 356–1,198; aim 150: {(fresh <= 150 ? "yes" : "NO")}), {Figures.Text(loaded)} MB after all of this"
        );
    }

    private sealed record TrackingFigure(string Name, string GivenText, double? Given, double? Aim, TrackingCost Cost)
    {
        public string Note { get; init; } = "";
    }
}

/// <summary>What one request, or one transaction, takes.</summary>
internal sealed record TrackingCost(double CpuMilliseconds, double WallMilliseconds)
{
    /// <summary>The wall time of the slowest.</summary>
    public double SlowestMilliseconds { get; init; }
}
