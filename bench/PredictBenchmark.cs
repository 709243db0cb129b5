using System.Net.Http.Json;
using System.Text.Json;

namespace Rondo.Benchmarks;

/// <summary>
/// Predictions of a real server (routes, callers, prediction log and monitors on the embedded database, each request logged) beside
/// a constant answer from the same web server to the same bytes. The turns alternate, and each ratio is between neighbours.
/// </summary>
internal static class PredictBenchmark
{
    private const int Rounds = 7;
    private const int WarmUpRequests = 60_000;
    private const int RequestsPerTurn = 40_000;
    private const string Id = "bench-00000000";
    private const string IdDigits = "00000000";

    private static readonly string[] s_endpoints = ["linear", "trees"];

    public static async Task<int> RunAsync()
    {
        using var folder = new TemporaryFolder();
        var model = await PreparedFolder.FillAsync(folder.Path);
        using var constant = await ServerProcess.StartConstantAsync();
        using var rondo = await ServerProcess.StartRondoAsync(folder.Path);
        await PreparedFolder.DeployAsync(rondo.Address);
        var body = model.Request(Id);
        List<Contestant> contestants =
        [
            new("constant answer", constant, new LoadClient(constant.Address, "/constant", body, IdDigits)),
            .. s_endpoints.Select(name => new Contestant(
                name,
                rondo,
                new LoadClient(rondo.Address, $"/v2/models/{name}/infer", body, IdDigits)
            )),
        ];
        foreach (var contestant in contestants)
        {
            await contestant.TakeTurnAsync(WarmUpRequests);
            contestant.Turns.Clear();
        }

        for (var round = 0; round < Rounds; round++)
        {
            foreach (var contestant in contestants)
            {
                await contestant.TakeTurnAsync(RequestsPerTurn);
            }
        }

        Print(contestants, body.Length);
        await PrintDroppedAsync(rondo.Address);
        return 0;
    }

    private static void Print(List<Contestant> contestants, int bodyBytes)
    {
        Console.WriteLine(
            $"{Rounds} rounds in turn of {RequestsPerTurn} requests ({bodyBytes} bytes, one row of 53 inputs), {LoadClient.Connections} connections, medians"
        );
        Console.WriteLine($"{Figures.Machine()}; client and both servers share the cores");
        Console.WriteLine("                    req/s   CPU µs/req   p50 µs   p99 µs   ratio req/s   ratio CPU");
        var constant = contestants[0];
        foreach (var contestant in contestants)
        {
            var throughput = Ratio(contestant, constant, turn => turn.Load.PerSecond);
            var cpu = 1 / Ratio(contestant, constant, turn => turn.CpuMicroseconds);
            Console.WriteLine(
                $"{contestant.Name, -16} {contestant.Median(turn => turn.Load.PerSecond), 8} {contestant.Median(turn => turn.CpuMicroseconds, 1), 12} {contestant.Median(turn => turn.Load.Quantile(0.5)), 8} {contestant.Median(turn => turn.Load.Quantile(0.99)), 8} {Figures.Text(throughput, 2), 13} {Figures.Text(cpu, 2), 11}"
            );
        }

        Console.WriteLine(
            "ratio: median over the rounds of endpoint / constant (CPU: constant / endpoint); aim: 0.5, later 0.7. CPU counts what the server does after the answer, such as writing the prediction log."
        );
    }

    private static double Ratio(Contestant a, Contestant b, Func<Turn, double> figure) =>
        Figures.Median(a.Turns.Zip(b.Turns, (mine, its) => figure(mine) / figure(its)));

    private static async Task PrintDroppedAsync(Uri server)
    {
        using var http = new HttpClient { BaseAddress = server };
        foreach (var name in s_endpoints)
        {
            var endpoint = await http.GetFromJsonAsync<JsonElement>($"/api/v1/endpoints/{name}");
            Console.WriteLine(
                $"{name}: {endpoint.GetProperty("requests")} requests, {endpoint.GetProperty("dropped")} of them not in the prediction log"
            );
        }
    }

    private sealed record Turn(LoadResult Load, double CpuMicroseconds);

    private sealed class Contestant(string name, ServerProcess server, LoadClient client)
    {
        public string Name { get; } = name;

        public List<Turn> Turns { get; } = [];

        public async Task TakeTurnAsync(int requests)
        {
            var before = server.Cpu;
            var load = client.Run(requests);
            var cpu = await server.SettledCpuAsync() - before;
            Turns.Add(new Turn(load, cpu.TotalMicroseconds / load.Answers));
        }

        public string Median(Func<Turn, double> figure, int decimals = 0) =>
            Figures.Text(Figures.Median(Turns.Select(figure)), decimals);
    }
}
