using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Cli.Commands;

namespace Rondo.Cli.Demo;

/// <summary>A server in a process and a folder of its own, on a free port. It ends with the demo unless it is to be kept.</summary>
internal sealed class DemoServer : IAsyncDisposable
{
    private static readonly TimeSpan s_startTimeout = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    private DemoServer(Process process, string folder, Uri address)
    {
        _process = process;
        Folder = folder;
        Api = new RondoApi(address, token: null);
    }

    public string Folder { get; }

    public RondoApi Api { get; }

    public int ProcessId => _process.Id;

    /// <summary>Whether the server goes on when the demo ends.</summary>
    public bool Keep { get; private init; }

    public static async Task<DemoServer> StartAsync(
        string folder,
        bool keep,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        var data = Path.Combine(folder, ".rondo");
        var info = new ProcessStartInfo(Environment.ProcessPath!)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        string[] arguments = ["up", "--data", data, "--listen", "http://127.0.0.1:0"];
        if (!keep)
        {
            arguments = [.. arguments, UpCommand.EndWithInput];
        }

        var own = Assembly.GetEntryAssembly()!.Location;
        foreach (var argument in own.Length > 0 && IsDotnet() ? [own, .. arguments] : arguments)
        {
            info.ArgumentList.Add(argument);
        }

        info.Environment["RONDO_FEED"] = UpCommand.FeedFolder;
        info.Environment["OMP_WAIT_POLICY"] = "passive";
        var process = Process.Start(info)!;
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        _ = process.StandardOutput.ReadToEndAsync(cancellation);
        var announcement = Path.Combine(data, "server.json");
        var deadline = time.GetUtcNow() + s_startTimeout;
        while (!File.Exists(announcement))
        {
            if (process.HasExited || time.GetUtcNow() > deadline)
            {
                process.Kill();
                throw new RondoException(
                    ErrorCode.Unavailable,
                    "The demo's server did not start: " + (await errors).Trim()
                );
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellation);
        }

        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(announcement, cancellation));
        return new DemoServer(process, folder, new Uri(json.RootElement.GetProperty("url").GetString()!))
        {
            Keep = keep,
        };
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        if (!Keep)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            Directory.Delete(Folder, recursive: true);
        }

        _process.Dispose();
    }

    private static bool IsDotnet() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath!).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
}
