using System.Diagnostics;
using System.Globalization;

namespace Rondo.Benchmarks;

/// <summary>
/// What statistics cost: those of a Parquet file of twenty columns beside only decoding it, beside DuckDB's <c>SUMMARIZE</c> and pandas'
/// <c>describe</c> and <c>value_counts</c>. Each part is a process of its own, and they take turns.
/// </summary>
internal static class DataBenchmark
{
    private const int Rounds = 3;
    private const long RowsUsual = 10_000_000;
    private const long RowsOfDay = 1_000_000;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var rows = arguments.Count > 0 ? long.Parse(arguments[0], CultureInfo.InvariantCulture) : RowsUsual;
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "rows.parquet");
        Console.WriteLine($"data: {rows} rows of 20 columns in Parquet; {Figures.Machine()}");
        DataParts.Make(file, rows);
        Console.WriteLine($"file of {Figures.Text(new FileInfo(file).Length / 1e6)} MB");
        var peers = new List<DataPeer>
        {
            new("decode", "decoding alone"),
            new("describe", "Rondo statistics"),
            new("duck-decode", "DuckDB, decoding alone"),
            new("summarize", "DuckDB SUMMARIZE"),
        };
        var day = Path.Combine(folder.Path, "day.parquet");
        DataParts.Make(day, Math.Min(rows, RowsOfDay));
        var daily = new List<DataPeer> { new("decode", "decoding the day alone"), new("day", "validation and drift") };
        if (PandasPeer.IsThere)
        {
            DataParts.MakeColumns(file, folder.Path);
            peers.Add(new("pandas", "pandas describe + value_counts"));
        }

        for (var round = 0; round < Rounds; round++)
        {
            foreach (var peer in peers)
            {
                peer.Outcomes.Add(
                    peer.Part == "pandas" ? await PandasPeer.RunAsync(folder.Path) : await RunPartAsync(peer.Part, file)
                );
            }
        }

        Print(peers, "2");
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var peer in daily)
            {
                peer.Outcomes.Add(await RunPartAsync(peer.Part, day));
            }
        }

        Print(daily, "2");
        if (!PandasPeer.IsThere)
        {
            Console.WriteLine("pandas is not installed: apt-get install python3-pandas");
        }

        return 0;
    }

    private static void Print(List<DataPeer> peers, string aim)
    {
        var decode = Figures.Median(peers[0].Outcomes.Select(outcome => outcome.Cpu));
        Console.WriteLine();
        Console.WriteLine(
            $"                                 CPU s   wall s  peak MB  CPU, ratio to decoding (aim {aim})"
        );
        foreach (var peer in peers)
        {
            var cpu = Figures.Median(peer.Outcomes.Select(outcome => outcome.Cpu));
            var wall = Figures.Median(peer.Outcomes.Select(outcome => outcome.Wall));
            var peak = peer.Outcomes.Max(outcome => outcome.PeakMegabytes);
            Console.WriteLine(
                $"{peer.Name, -32}{Figures.Text(cpu, 1), 6}{Figures.Text(wall, 1), 9}{Figures.Text(peak), 9}{Figures.Text(cpu / decode, 2), 9}"
            );
        }
    }

    private static async Task<DataOutcome> RunPartAsync(string part, string file)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["data-part", part, file])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? DataOutcome.Parse(text)
            : throw new InvalidOperationException($"The part '{part}' failed.");
    }

    private sealed record DataPeer(string Part, string Name)
    {
        public List<DataOutcome> Outcomes { get; } = [];
    }
}
