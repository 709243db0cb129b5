using Rondo.Kernel;
using Rondo.Pipelines;
using Rondo.Secrets;

namespace Rondo.Tests.Pipelines;

/// <summary>Secrets from the store to the attempt, and nowhere else.</summary>
public sealed class RunSecretsTests : IAsyncLifetime
{
    private const string Value = "open-sesame-and-more";

    private PipelineWorld _world = null!;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _world = await PipelineWorld.StartAsync();
        _server = _world.Server();
        var step = Manifests.Step("load") with
        {
            Secrets = new Dictionary<string, string> { ["TOKEN"] = "api-token", ["AGAIN"] = "api-token" },
        };
        await _world.DeployAsync(_server, Manifests.Pipeline("train", step));
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    [Trait("Requirement", "R249")]
    public async Task A_run_that_needs_a_secret_that_does_not_exist_is_refused_with_its_name_and_the_mend()
    {
        var refused = await Assert.ThrowsAsync<RondoException>(CreateAsync);

        Assert.Contains("Project 'transit' has no secret 'api-token' in production.", refused.Message);
        Assert.Contains("rondo secrets set api-token --project transit", refused.Message);
        Assert.Equal(0, await _world.CountAsync("select count(*) from pipelines_run"));
    }

    [Fact]
    [Trait("Requirement", "R249")]
    public async Task An_attempt_gets_the_value_and_everything_else_the_version()
    {
        await SetAsync(Value);
        var run = await RunAsync();

        Assert.Equal(RunStates.Succeeded, run.State);
        var attempt = Assert.Single(_world.Executor.Attempts);
        Assert.Equal([Value, Value], attempt.Secrets.Values);
        Assert.Equal(["AGAIN", "TOKEN"], attempt.Secrets.Keys.Order());
        Assert.DoesNotContain(Value, attempt.ToString());
        Assert.Equal(
            1,
            await _world.CountAsync("select count(*) from pipelines_step where record like '%api-token@1%'")
        );
        foreach (var file in Directory.EnumerateFiles(_world.Kernel.Folder, "*", SearchOption.AllDirectories))
        {
            using var stream = new FileStream(
                file,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete
            );
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            Assert.DoesNotContain(Value, await reader.ReadToEndAsync());
        }
    }

    [Fact]
    public async Task A_new_version_runs_the_step_again_and_the_same_value_does_not()
    {
        await SetAsync(Value);
        await RunAsync();
        await SetAsync(Value);
        Assert.True((await RunAsync()).Steps[0].Reused);

        await SetAsync("another");
        Assert.False((await RunAsync()).Steps[0].Reused);
        Assert.Equal("another", _world.Executor.Attempts.Last().Secrets["TOKEN"]);
    }

    [Fact]
    public async Task A_secret_that_is_deleted_after_the_run_was_made_fails_the_step_with_its_name()
    {
        await SetAsync(Value);
        var id = await CreateAsync();
        await _server.Get<SecretStore>().DeleteAsync(new(PipelineWorld.Project, "api-token", null), Actor.Local);

        var run = await _server.FinishAsync(id);

        Assert.Equal(RunStates.Failed, run.State);
        Assert.Contains("has no secret 'api-token'", run.Reason);
    }

    private Task<SecretSet> SetAsync(string value) =>
        _server.Get<SecretStore>().SetAsync(new(PipelineWorld.Project, "api-token", null), value, Actor.Local);

    private async Task<string> CreateAsync() => (await _server.Runs.CreateAsync(PipelineWorld.Wish("train"))).Id;

    private async Task<Run> RunAsync() => await _server.FinishAsync(await CreateAsync());
}
