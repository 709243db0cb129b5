using System.Diagnostics;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Tracking;

public sealed class PythonClientTests
{
    [Fact]
    public async Task A_client_in_python_walks_through_every_route()
    {
        await using var server = await TrackingHarness.StartAsync();
        var script = Path.Combine(Repository.Root, "tests", "Rondo.Tests", "Tracking", "mlflow_client.py");
        using var python = Process.Start(
            new ProcessStartInfo("python3", [script, server.Address.ToString()])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var output = python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = python.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(python.ExitCode == 0, await output + await errors);
        Assert.EndsWith("ok\n", await output, StringComparison.Ordinal);
    }
}
