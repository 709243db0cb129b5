using System.Text;
using Rondo.Delivery.Builds;
using Rondo.Delivery.Releases;
using Rondo.Delivery.Repositories;
using Rondo.Kernel;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Leases;

namespace Rondo.Tests.Delivery;

/// <summary>What a server finds when it starts again, step by step: the loops are at rest here.</summary>
public sealed class RecoveryTests : IAsyncLifetime
{
    private static readonly Lease s_lease = new("test", "test", 1, DateTimeOffset.MaxValue);

    private DeliveryServer _server = null!;
    private GitClient _git = null!;
    private string _commit = "";
    private string _repository = "";

    public async ValueTask InitializeAsync()
    {
        _server = await DeliveryServer.StartAsync(loops: false);
        _git = await GitClient.CreateAsync(Path.Combine(_server.Folder, "work"), [("README.md", "Hello\n")]);
        _commit = (await _git.RunAsync("rev-parse", "HEAD")).Trim();
        _repository = await _server.Get<GitRepositories>().OpenAsync("transit");
        await _git.RunAsync("push", new Uri(_server.Address, "/git/transit.git").ToString(), "main:topic");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_push_whose_server_was_killed_ends_when_the_next_server_takes_its_folder_away()
    {
        var push = _git.TryAsync("push", new Uri(_server.Address, "/git/transit.git").ToString(), "main");
        await _server.EventAsync("build.queued", _ => true);

        Directory.Delete(Path.Combine(_server.Get<ServerPaths>().DataFolder, "pushes"), recursive: true);

        var (exit, _, said) = await push;
        Assert.NotEqual(0, exit);
        Assert.Contains("The server has ended", said);
        Assert.Equal("", await _git.RunAsync("--git-dir", _repository, "branch", "--list", "main"));
    }

    [Fact]
    public async Task A_build_that_was_interrupted_is_failed_with_the_reason()
    {
        var build = await QueueAsync();
        await _server.Get<BuildStore>().StartAsync(build);

        await _server.Get<BuildReconciler>().ReconcileAsync(s_lease, CancellationToken.None);

        var failed = await _server.Get<BuildStore>().GetAsync(build.Id);
        Assert.Equal((BuildStates.Failed, Landings.Lost), (failed.State, failed.Landing));
        Assert.Contains("ended while it was building", failed.Reason);
        Assert.Equal(0, await _server.Get<BuildReconciler>().PendingAsync());
        Assert.Single(await _server.EventsAsync("repository.push.refused"));
    }

    [Fact]
    public async Task A_push_that_took_effect_before_the_crash_is_released_after_it()
    {
        var build = await SucceedAsync();
        await _git.RunAsync("--git-dir", _repository, "update-ref", "refs/heads/main", _commit);

        await _server.Get<BuildReconciler>().ReconcileAsync(s_lease, CancellationToken.None);
        await _server.Get<BuildReconciler>().ReconcileAsync(s_lease, CancellationToken.None);

        Assert.Equal(Landings.Landed, (await _server.Get<BuildStore>().GetAsync(build.Id)).Landing);
        Assert.Single(await _server.EventsAsync("repository.pushed"), e => e.Subject == build.Id);
        var release = Assert.Single(await _server.Get<ReleaseStore>().OpenAsync());
        Assert.Equal((Environments.Test, build.Id), (release.Environment, release.BuildId));
    }

    [Fact]
    public async Task A_push_that_did_not_take_effect_before_the_crash_is_lost()
    {
        var build = await SucceedAsync();

        await _server.Get<BuildReconciler>().ReconcileAsync(s_lease, CancellationToken.None);

        Assert.Equal(Landings.Lost, (await _server.Get<BuildStore>().GetAsync(build.Id)).Landing);
        Assert.Empty(await _server.Get<ReleaseStore>().OpenAsync());
    }

    [Fact]
    public async Task A_package_goes_to_test_and_by_policy_on_to_production()
    {
        await SucceedAsync();
        await _git.RunAsync("--git-dir", _repository, "update-ref", "refs/heads/main", _commit);
        await _server.Get<BuildReconciler>().ReconcileAsync(s_lease, CancellationToken.None);
        var releases = _server.Get<ReleaseReconciler>();

        while (await releases.ReconcileAsync(s_lease, CancellationToken.None)) { }

        var deployed = await _server.EventsAsync("release.deployed");
        Assert.Equal(["test", "production"], deployed.Select(e => e.Data.GetProperty("environment").GetString()));
        var promoted = Assert.Single(await _server.EventsAsync("release.promoted"));
        Assert.Equal(promoted.Position, deployed[1].Cause);
        Assert.Equal(0, await releases.PendingAsync());
    }

    [Fact]
    public async Task Without_a_policy_a_person_promotes_once()
    {
        await SucceedAsync("manual");
        await _git.RunAsync("--git-dir", _repository, "update-ref", "refs/heads/main", _commit);
        await _server.Get<BuildReconciler>().ReconcileAsync(s_lease, CancellationToken.None);
        var promotion = _server.Get<Promotion>();
        var early = await Assert.ThrowsAsync<RondoException>(() => PromoteAsync(promotion));
        var releases = _server.Get<ReleaseReconciler>();
        while (await releases.ReconcileAsync(s_lease, CancellationToken.None)) { }

        await PromoteAsync(promotion);
        while (await releases.ReconcileAsync(s_lease, CancellationToken.None)) { }

        Assert.Equal(ErrorCode.FailedPrecondition, early.Code);
        var current = await _server.Get<ReleaseStore>().CurrentAsync("transit", "production");
        Assert.Equal(_commit, current!.Commit);
        Assert.Equal(
            ErrorCode.Conflict,
            (await Assert.ThrowsAsync<RondoException>(() => PromoteAsync(promotion))).Code
        );
    }

    private static Task<Release> PromoteAsync(Promotion promotion) =>
        promotion.PromoteAsync("transit", "test", "production", Actor.Local);

    private async Task<Build> QueueAsync()
    {
        var builds = _server.Get<BuildStore>();
        var build = builds.Draft("transit", "main", _commit, Actor.Local);
        await builds.QueueAsync(build);
        return build;
    }

    private async Task<Build> SucceedAsync(string promotion = "automatic")
    {
        var build = await QueueAsync();
        await _server.Get<BuildStore>().StartAsync(build);
        var manifest = await PutAsync(TinyProject.Manifest);
        var zip = await PutAsync("not read, because the manifest names no sample");
        var package = new BuiltPackage(zip.Digest, zip.Size, manifest.Digest, promotion, new TestCounts(1, 0, null));
        await _server.Get<BuildStore>().SucceedAsync(build, package);
        return build;
    }

    private Task<BlobId> PutAsync(string text) =>
        _server.Get<IBlobStore>().PutAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)));
}
