using System.Diagnostics;

namespace Rondo.Benchmarks;

/// <summary>pandas on the same columns, one after the other; reading them is not counted.</summary>
internal static class PandasPeer
{
    // Debian's, whatever other Python comes first on the path.
    private const string Python = "/usr/bin/python3";

    private const string Script = """
        import glob, resource, sys, time
        import pandas

        cpu = wall = 0.0
        for path in sorted(glob.glob(sys.argv[1] + '/*.column.csv')):
            column = pandas.read_csv(path).iloc[:, 0]
            began, used = time.perf_counter(), time.process_time()
            column.describe()
            column.value_counts()
            wall += time.perf_counter() - began
            cpu += time.process_time() - used
            del column
        print(cpu, wall, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
        """;

    public static bool IsThere { get; } = Succeeds();

    public static async Task<DataOutcome> RunAsync(string folder)
    {
        using var process = Start(Script, folder);
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return DataOutcome.Parse(text);
    }

    private static bool Succeeds()
    {
        if (!File.Exists(Python))
        {
            return false;
        }

        using var process = Start("import pandas", "");
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private static Process Start(string script, string folder) =>
        Process.Start(
            new ProcessStartInfo(Python, ["-c", script, folder])
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
                RedirectStandardError = true,
            }
        )!;
}
