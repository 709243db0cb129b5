namespace Rondo.Tests.Tracking.Clients;

public sealed class PythonClientTests
{
    [Fact]
    public async Task A_client_in_python_walks_through_every_route()
    {
        await using var server = await TrackingHarness.StartAsync();

        var output = await ClientProcess.RunAsync(
            "python3",
            ClientProcess.Folder,
            "mlflow_client.py",
            server.Address.ToString()
        );

        Assert.EndsWith("ok\n", output, StringComparison.Ordinal);
    }
}
