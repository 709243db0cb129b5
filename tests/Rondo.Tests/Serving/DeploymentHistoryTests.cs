using System.Net.Http.Json;
using System.Text.Json;
using Rondo.Cli.Api;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Registry.Governance;
using Rondo.Sdk.Wire;
using Rondo.Serving;
using Rondo.Tests.Registry;

namespace Rondo.Tests.Serving;

/// <summary>Where and when each version was served, and how that ended.</summary>
public sealed class DeploymentHistoryTests
{
    private static readonly RolloutPolicy s_tenThenAll = new([10, 100], 2000, 0, 0.01, 250);

    [Fact]
    [Trait("Requirement", "R140")]
    public async Task A_version_that_another_replaces_says_since_when_until_when_and_by_which()
    {
        await using var serving = await StartAsync(new LineModel(3, 0));
        var begun = serving.Kernel.Time.GetUtcNow();
        Assert.Equal(["canary 10 - by system:rollout"], (await ListAsync(serving, 2)).Select(ShareOf));
        for (var step = 0; step < 2; step++)
        {
            serving.Kernel.Time.Advance(TimeSpan.FromSeconds(3));
            await serving.SettleAsync();
        }

        var first = Assert.Single(await ListAsync(serving, 1));
        var second = Assert.Single(await ListAsync(serving, 2));

        Assert.Equal(("replaced", 100, 2), (StateOf(first), first.Number("reached"), first.Number("replacedBy")));
        Assert.Equal(begun + TimeSpan.FromSeconds(6), first.GetProperty("until").GetDateTimeOffset());
        Assert.Equal(("serving", 100), (StateOf(second), second.Number("reached")));
        Assert.Equal(begun, second.GetProperty("from").GetDateTimeOffset());
        Assert.Null(second.Text("until"));
        Assert.Equal("line", second.Text("endpoint"));
    }

    [Fact]
    [Trait("Requirement", "R140")]
    public async Task A_canary_that_was_taken_back_stays_in_the_history_with_its_share_and_the_reason()
    {
        await using var serving = await StartAsync(new LineModel(3, 0, FailAbove: 5));
        for (var i = 0; i < 30; i++)
        {
            (await serving.InferAsync(7)).Dispose();
        }

        serving.Kernel.Time.Advance(TimeSpan.FromSeconds(1));
        await serving.SettleAsync();

        var tried = Assert.Single(await ListAsync(serving, 2));
        Assert.Equal(("rolledBack", 10), (StateOf(tried), tried.Number("reached")));
        Assert.Contains("requests failed", tried.Text("reason"), StringComparison.Ordinal);
        Assert.Equal(
            TimeSpan.FromSeconds(1),
            tried.GetProperty("until").GetDateTimeOffset() - tried.GetProperty("from").GetDateTimeOffset()
        );
        Assert.Equal("serving", StateOf(Assert.Single(await ListAsync(serving, 1))));
    }

    [Fact]
    public async Task One_that_never_got_traffic_says_so_and_one_that_was_never_asked_for_has_none()
    {
        await using var serving = await StartAsync(new LineModel(3, 0, Drifts: true));

        var tried = Assert.Single(await ListAsync(serving, 2));

        Assert.Equal(("rolledBack", 0), (StateOf(tried), tried.Number("reached")));
        Assert.Null(tried.Text("from"));
        await serving.RegisterAsync(new LineModel(4, 0), needsApproval: true);
        Assert.Empty(await ListAsync(serving, 3));
        var never = await Assert.ThrowsAsync<RondoException>(() =>
            serving.Get<DeploymentHistory>().ListAsync(TestModels.Key, 9)
        );
        Assert.Equal(ErrorCode.NotFound, never.Code);
    }

    [Fact]
    public async Task An_endpoint_made_by_hand_and_moved_there_and_back_is_told_from_its_beginning()
    {
        await using var serving = await ServingHarness.StartAsync();
        await serving.RegisterAsync(new LineModel(2, 0));
        await serving.RegisterAsync(new LineModel(3, 0));
        await serving.Client.PostAsJsonAsync(
            "/api/v1/endpoints",
            new
            {
                name = "frozen",
                project = "transit",
                model = "demand",
                version = 1,
            }
        );
        Assert.Equal(["serving 100 -"], (await ListAsync(serving, 1)).Select(PlaceOf));

        await MoveAsync(serving, 2);
        await serving
            .Get<ModelGovernance>()
            .DecideAsync(
                new VersionMove(TestModels.Key, 2, VersionState.Rejected, Actor.Local, "unfair to line 7"),
                Caller.Local
            );
        await serving.SettleAsync();

        Assert.Equal(["serving 100 -", "replaced 100 2"], (await ListAsync(serving, 1)).Select(PlaceOf));
        var rejected = Assert.Single(await ListAsync(serving, 2));
        Assert.Equal("replaced 100 1", PlaceOf(rejected));
        Assert.Equal("Version 2 was rejected.", rejected.Text("reason"));
    }

    private static async Task<ServingHarness> StartAsync(LineModel second)
    {
        var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest(s_tenThenAll));
        await serving.RegisterAsync(new LineModel(2, 0));
        await serving.SettleAsync();
        serving.Kernel.Time.Advance(TimeSpan.FromSeconds(1));
        await serving.RegisterAsync(second);
        await serving.SettleAsync();
        return serving;
    }

    private static async Task MoveAsync(ServingHarness serving, long version)
    {
        await serving.Client.PostAsJsonAsync("/api/v1/endpoints/frozen/deployments", new { version });
        for (var step = 0; step < 10; step++)
        {
            await serving.SettleAsync();
            serving.Kernel.Time.Advance(TimeSpan.FromHours(1));
        }
    }

    private static async Task<IReadOnlyList<JsonElement>> ListAsync(ServingHarness serving, long version) =>
        [
            .. (
                await serving.Client.GetFromJsonAsync<JsonElement>(
                    $"/api/v1/projects/transit/models/demand/versions/{version}/deployments"
                )
            ).EnumerateArray(),
        ];

    private static string? StateOf(JsonElement deployment) => deployment.Text("state");

    private static string ShareOf(JsonElement deployment) => PlaceOf(deployment) + " by " + deployment.Text("by");

    private static string PlaceOf(JsonElement deployment) =>
        $"{StateOf(deployment)} {deployment.Number("reached")} {deployment.Text("replacedBy") ?? "-"}";
}
