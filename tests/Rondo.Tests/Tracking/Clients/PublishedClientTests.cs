namespace Rondo.Tests.Tracking.Clients;

public sealed class PublishedClientTests
{
    [Fact]
    [Trait("Category", "Slow")]
    public async Task The_published_client_for_node_is_at_home()
    {
        await using var server = await TrackingHarness.StartAsync();
        var folder = Directory.CreateDirectory(Path.Combine(server.Kernel.Folder, "node")).FullName;
        foreach (var file in Directory.GetFiles(Path.Combine(ClientProcess.Folder, "node")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        await ClientProcess.RunAsync(
            "npm",
            folder,
            "ci",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--fetch-retries=5"
        );
        var output = await ClientProcess.RunAsync("node", folder, "walk.js", server.Address.ToString().TrimEnd('/'));

        Assert.EndsWith("ok\n", output, StringComparison.Ordinal);
    }
}
