namespace Rondo.Benchmarks;

/// <summary>Processor time of a server that nobody asks anything, beside an empty web server at the same moment.</summary>
internal static class IdleBenchmark
{
    // Code that runs once a second is compiled a second time after thirty calls: that is start, not idling.
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(30);

    public static async Task<int> RunAsync()
    {
        using var folder = new TemporaryFolder();
        using var rondo = await ServerProcess.StartRondoAsync(folder.Path);
        using var empty = await ServerProcess.StartConstantAsync();
        await Task.Delay(s_settling, TimeProvider.System);
        var (rondoBefore, emptyBefore) = (rondo.Cpu, empty.Cpu);
        await Task.Delay(s_idle, TimeProvider.System);
        Console.WriteLine($"processor time over {s_idle.TotalSeconds} idle seconds; {Figures.Machine()}");
        Print("rondo", (rondo.Cpu - rondoBefore).TotalMilliseconds, rondo.ResidentMegabytes);
        Print("empty web server", (empty.Cpu - emptyBefore).TotalMilliseconds, empty.ResidentMegabytes);
        return 0;
    }

    private static void Print(string name, double milliseconds, double megabytes) =>
        Console.WriteLine(
            $"{name, -18} {Figures.Text(milliseconds), 6} ms ({Figures.Text(milliseconds / s_idle.TotalMilliseconds * 100, 2)} % of a core)  {Figures.Text(megabytes), 4} MB resident"
        );
}
