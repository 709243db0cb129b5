using System.Text.Json;
using Rondo.Delivery.Releases;
using Rondo.Kernel;

namespace Rondo.Tests.Delivery;

/// <summary>Whole builds, by the real compiler: from push to production.</summary>
[Trait("Category", "Slow")]
public sealed class BuildTests : IAsyncLifetime
{
    private DeliveryServer _server = null!;
    private string _remote = "";

    public async ValueTask InitializeAsync()
    {
        _server = await DeliveryServer.StartAsync();
        _remote = new Uri(_server.Address, "/git/transit.git").ToString();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R145")]
    [Trait("Requirement", "R147")]
    [Trait("Requirement", "R155")]
    [Trait("Requirement", "R164")]
    public async Task A_broken_test_refuses_the_push_and_the_mended_one_is_released_to_production()
    {
        var git = await GitClient.CreateAsync(Path.Combine(_server.Folder, "work"), TinyProject.Files(expected: 13));

        var (exit, _, said) = await git.TryAsync("push", _remote, "main");

        Assert.NotEqual(0, exit);
        Assert.Contains("Tests: 0 passed, 1 failed. LagTests.The_lag_is_two_weeks: Assert.Equal() Failure", said);
        Assert.Equal("", await git.RunAsync("ls-remote", _remote));

        var commit = await git.CommitAsync(TinyProject.Files(expected: 14));
        (exit, _, said) = await git.TryAsync("push", _remote, "main");

        Assert.True(exit == 0, said);
        Assert.Contains("remote: Tests: 1 passed, 0 failed", said);
        Assert.StartsWith(commit, await git.RunAsync("ls-remote", _remote, "refs/heads/main"));
        var deployed = await _server.EventAsync(
            "release.deployed",
            e => e.Data.GetProperty("environment").GetString() == "production"
        );
        var release = await _server.Get<ReleaseStore>().CurrentAsync("transit", "production");
        Assert.Equal(release!.Package, deployed.Data.GetProperty("package").GetString());
        Assert.Equal(commit, release.Commit);
        await FollowLogAsync(release.BuildId);
        Assert.Empty(Directory.EnumerateDirectories(_server.Get<ServerPaths>().BuildsFolder));
    }

    [Fact]
    public async Task The_same_commit_gives_the_same_package_on_another_server()
    {
        var git = await GitClient.CreateAsync(Path.Combine(_server.Folder, "work"), TinyProject.Files(expected: 14));
        await git.RunAsync("push", _remote, "main");
        await using var second = await DeliveryServer.StartAsync();

        await git.RunAsync("push", new Uri(second.Address, "/git/transit.git").ToString(), "main");

        Assert.Equal(await PackageAsync(_server), await PackageAsync(second));
    }

    [Fact]
    public async Task What_does_not_compile_is_refused_with_file_and_line()
    {
        var git = await GitClient.CreateAsync(
            Path.Combine(_server.Folder, "work"),
            [.. TinyProject.Files(expected: 14), ("src/Tiny/Wrong.cs", "class Wrong { int x = \"1\"; }")]
        );

        var (exit, _, said) = await git.TryAsync("push", _remote, "main");

        Assert.NotEqual(0, exit);
        Assert.Contains("It does not compile: src/Tiny/Wrong.cs(1,23): error CS0029", said);
    }

    [Fact]
    public async Task A_build_ends_when_its_pusher_goes_away()
    {
        var git = await GitClient.CreateAsync(Path.Combine(_server.Folder, "work"), TinyProject.Files(expected: 14));
        using var kill = new CancellationTokenSource();
        var push = git.TryAsync(kill.Token, "push", _remote, "main");
        await _server.EventAsync("build.started", _ => true);

        await kill.CancelAsync();
        await push;

        var failed = await _server.EventAsync("build.failed", _ => true);
        Assert.Equal("The pusher went away.", failed.Data.GetProperty("reason").GetString());
        Assert.Equal("", await git.RunAsync("ls-remote", _remote));
    }

    private static async Task<string?> PackageAsync(DeliveryServer server) =>
        (await server.EventsAsync("build.succeeded"))[0].Data.GetProperty("package").GetString();

    private async Task FollowLogAsync(string build)
    {
        long after = 0;
        var text = "";
        while (true)
        {
            var uri = new Uri(_server.Address, $"/api/v1/builds/{build}/log?after={after}&wait=5");
            var part = JsonDocument.Parse(await _server.Client.GetStringAsync(uri)).RootElement;
            text += string.Join('\n', part.GetProperty("lines").EnumerateArray());
            after = part.GetProperty("next").GetInt64();
            if (part.GetProperty("ended").GetBoolean())
            {
                break;
            }
        }

        Assert.Contains("Compiled in", text);
        Assert.DoesNotContain(_server.Folder, text);
    }
}
