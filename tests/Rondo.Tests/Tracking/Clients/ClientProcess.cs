using System.Diagnostics;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Tracking.Clients;

/// <summary>A client of MLflow in another language, run as a process against a server.</summary>
internal static class ClientProcess
{
    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "Rondo.Tests", "Tracking", "Clients");

    /// <summary>Runs a program to its end and returns what it printed; fails where it does.</summary>
    public static async Task<string> RunAsync(string program, string folder, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = folder,
            }
        )!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await output + await errors);
        return await output;
    }
}
