using System.Diagnostics;

namespace Rondo.Benchmarks;

/// <summary>A server in a process of its own, so that its time, memory and CPU are its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    private const int LooksMax = 200;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_rest = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;

    private ServerProcess(Process process, Uri address, TimeSpan startup)
    {
        _process = process;
        StartupCpu = Cpu;
        Address = address;
        Startup = startup;
    }

    public Uri Address { get; }

    /// <summary>From the start of the process to its first answer.</summary>
    public TimeSpan Startup { get; }

    /// <summary>Processor time until then: steadier than time where others use the machine.</summary>
    public TimeSpan StartupCpu { get; }

    /// <summary>Processor time of the process so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Processor time once the process has come to rest, so that work left for later is counted too.</summary>
    public async Task<TimeSpan> SettledCpuAsync()
    {
        var before = Cpu;
        for (var look = 0; look < LooksMax; look++)
        {
            await Task.Delay(s_look, TimeProvider.System);
            var now = Cpu;
            if (now - before <= s_rest)
            {
                return now;
            }

            before = now;
        }

        throw new InvalidOperationException("The server does not come to rest.");
    }

    /// <summary>Resident memory in MB, as the operating system counts it.</summary>
    public double ResidentMegabytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64 / 1e6;
        }
    }

    /// <summary>The server that people start, on a free port of loopback.</summary>
    public static Task<ServerProcess> StartRondoAsync(string dataFolder) =>
        StartAsync(
            typeof(Rondo.Server.ServerHost).Assembly.Location,
            "/v2/health/ready",
            "--data",
            dataFolder,
            "--listen",
            "http://127.0.0.1:0"
        );

    /// <summary>The web server that answers with constant bytes.</summary>
    public static Task<ServerProcess> StartConstantAsync() =>
        StartAsync(typeof(ServerProcess).Assembly.Location, "/constant", "constant-server");

    /// <summary>Starts a .NET program that prints its address as the last word of its first line, and waits until a path of it answers.</summary>
    private static async Task<ServerProcess> StartAsync(string assembly, string readyPath, params string[] arguments)
    {
        var info = new ProcessStartInfo("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.ArgumentList.Add(assembly);
        foreach (var argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        var clock = Stopwatch.StartNew();
        var process = Process.Start(info)!;
        var line = await process.StandardOutput.ReadLineAsync();
        if (line is null)
        {
            throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
        }

        var address = new Uri(line.Split(' ')[^1]);
        using var http = new HttpClient { BaseAddress = address };
        (await http.GetAsync(readyPath)).EnsureSuccessStatusCode();
        return new ServerProcess(process, address, clock.Elapsed);
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
