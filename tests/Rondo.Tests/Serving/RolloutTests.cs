using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Rondo.Registry;
using Rondo.Sdk.Wire;
using Rondo.Serving;
using Rondo.Tests.Registry;

namespace Rondo.Tests.Serving;

public sealed class RolloutTests
{
    [Fact]
    [Trait("Requirement", "R171")]
    public async Task The_first_version_gets_all_traffic_at_once_after_it_answered_its_example()
    {
        await using var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest());
        await serving.RegisterAsync(new LineModel(2, 0));

        await serving.SettleAsync();

        Assert.Equal(("1", 6.0), await serving.AnswerAsync(3));
        var started = Assert.Single(await serving.EventsAsync("rollout.started")).DataAs<RolloutEvent>();
        Assert.Equal(100, started.Percent);
        Assert.Contains(started.Checks, check => check is { Name: "example", Passed: true });
        Assert.Single(await serving.EventsAsync("rollout.completed"));
        var alias = await serving.Registry.FindByAliasAsync("transit", "production", "demand", ModelAliases.Serving);
        Assert.Equal(1, alias?.Version);
        Assert.Equal(0, await serving.PendingAsync());
    }

    [Fact]
    public async Task A_model_registered_before_its_endpoint_is_served_once_the_endpoint_is_declared()
    {
        await using var serving = await ServingHarness.StartAsync();
        await serving.RegisterAsync(new LineModel(2, 0));
        await serving.SettleAsync();

        await serving.ReleaseAsync(ServingHarness.Manifest());
        await serving.SettleAsync();

        Assert.Equal(("1", 6.0), await serving.AnswerAsync(3));
    }

    [Fact]
    [Trait("Requirement", "R173")]
    public async Task Traffic_moves_in_steps_each_passed_after_its_time_and_its_requests()
    {
        await using var serving = await StartTwoAsync(new LineModel(3, 0));
        Assert.Equal(10, await ShareOfSecondAsync(serving, 100));
        await serving.SettleAsync();

        // Ten requests and no time: neither suffices.
        serving.Kernel.Time.Advance(TimeSpan.FromSeconds(3));
        await serving.SettleAsync();
        Assert.Equal(10, await ShareOfSecondAsync(serving, 100));
        Assert.Equal(1, await serving.PendingAsync());
        await serving.SettleAsync();

        Assert.Equal(50, await ShareOfSecondAsync(serving, 100));
        await serving.SettleAsync();
        Assert.Equal(1, await serving.PendingAsync());
        serving.Kernel.Time.Advance(TimeSpan.FromSeconds(3));
        await serving.SettleAsync();

        Assert.Equal(100, await ShareOfSecondAsync(serving, 100));
        serving.Kernel.Time.Advance(TimeSpan.FromSeconds(3));
        await serving.SettleAsync();
        Assert.Equal(0, await serving.PendingAsync());
        var percents = (await serving.EventsAsync("rollout.*"))
            .Skip(2)
            .Select(e => (e.Type, e.DataAs<RolloutEvent>().Percent));
        Assert.Equal(
            [("rollout.started", 10), ("rollout.advanced", 50), ("rollout.advanced", 100), ("rollout.completed", 100)],
            percents
        );
        var alias = await serving.Registry.FindByAliasAsync("transit", "production", "demand", ModelAliases.Serving);
        Assert.Equal(2, alias?.Version);
        Assert.Equal(1, serving.Lines.InMemory);
    }

    [Fact]
    [Trait("Requirement", "R176")]
    public async Task A_version_that_fails_requests_is_rolled_back_at_once_and_the_old_one_keeps_serving()
    {
        await using var serving = await StartTwoAsync(new LineModel(3, 0, FailAbove: 5));

        var failed = 0;
        for (var i = 0; i < 30; i++)
        {
            failed += (await serving.InferAsync(7)).IsSuccessStatusCode ? 0 : 1;
        }

        await serving.SettleAsync();

        Assert.Equal(3, failed);
        var back = Assert.Single(await serving.EventsAsync("rollout.rolledback")).DataAs<RolloutEvent>();
        Assert.Equal("3 of 3 requests failed: the limit is 0.01 of them.", back.Reason);
        Assert.Contains(back.Checks, check => check is { Name: "errorRate", Passed: false, Observed: 1, Limit: 0.01 });
        Assert.Equal(0, await ShareOfSecondAsync(serving, 50));
        Assert.Equal(1, serving.Lines.InMemory);
        var alias = await serving.Registry.FindByAliasAsync("transit", "production", "demand", ModelAliases.Serving);
        Assert.Equal(1, alias?.Version);
        var view = await serving.Client.GetFromJsonAsync<JsonElement>("/api/v1/endpoints/line");
        Assert.Equal("rolledBack", view.GetProperty("rollout").GetProperty("state").GetString());
    }

    [Theory]
    [InlineData(true, "answers its recorded example with y = 7")]
    [InlineData(false, "takes 'z', which clients do not send")]
    [Trait("Requirement", "R128")]
    public async Task A_version_gets_no_traffic_where_a_check_before_it_fails(bool drifts, string reason)
    {
        var signature = drifts
            ? null
            : new ModelSignature(
                [.. TestModels.Signature.Inputs, new TensorSignature("z", "FP32", [-1])],
                TestModels.Signature.Outputs
            );
        await using var serving = await StartTwoAsync(new LineModel(3, 0, Drifts: drifts), drifts ? null : signature);

        var back = Assert.Single(await serving.EventsAsync("rollout.rolledback")).DataAs<RolloutEvent>();
        Assert.Contains(reason, back.Reason);
        Assert.Equal(0, await ShareOfSecondAsync(serving, 20));
        Assert.Equal(1, serving.Lines.InMemory);
        Assert.Equal(0, await serving.PendingAsync());
    }

    [Fact]
    [Trait("Requirement", "R178")]
    public async Task Swapping_versions_under_load_fails_no_request_and_puts_every_old_model_away()
    {
        await using var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest(new RolloutPolicy([10, 50, 100], 0, 0, null, null)));
        await serving.RegisterAsync(new LineModel(1, 0));
        await serving.SettleAsync();
        using var stop = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => LoadAsync(serving, stop.Token)).ToArray();

        for (var version = 2; version <= 25; version++)
        {
            await serving.RegisterAsync(new LineModel(version, 0));
            await serving.SettleAsync();
        }

        await stop.CancelAsync();
        var answered = await Task.WhenAll(clients);

        Assert.All(answered, count => Assert.True(count > 10));
        Assert.Equal("25", (await serving.AnswerAsync(1)).Version);
        // A request gives its model back after its answer.
        for (var i = 0; i < 3000 && serving.Lines.InMemory > 1; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        }

        Assert.Equal(1, serving.Lines.InMemory);
    }

    [Fact]
    public async Task After_a_restart_everything_is_served_as_before()
    {
        var serving = await StartTwoAsync(new LineModel(3, 0));
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
        await serving.StopAsync();

        await using var again = await ServingHarness.StartAsync(serving.Kernel);

        Assert.Equal(10, await ShareOfSecondAsync(again, 100));
        Assert.True((await again.InferAsync(1, endpoint: "frozen")).IsSuccessStatusCode);
        again.Kernel.Time.Advance(TimeSpan.FromSeconds(3));
        await ShareOfSecondAsync(again, 100);
        await again.SettleAsync();
        Assert.Equal(50, await ShareOfSecondAsync(again, 100));
    }

    [Fact]
    public async Task A_pinned_endpoint_stays_on_its_version_until_it_is_moved_by_hand()
    {
        await using var serving = await ServingHarness.StartAsync();
        await serving.RegisterAsync(new LineModel(1, 0));
        var body = new
        {
            name = "line",
            project = "transit",
            model = "demand",
            version = 1,
        };
        var made = await serving.Client.PostAsJsonAsync("/api/v1/endpoints", body);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        await serving.RegisterAsync(new LineModel(2, 0));
        await serving.SettleAsync();
        Assert.Equal("1", (await serving.AnswerAsync(1)).Version);

        await serving.Client.PostAsJsonAsync("/api/v1/endpoints/line/deployments", new { version = 2 });
        await serving.SettleAsync();

        Assert.Equal("2", (await serving.AnswerAsync(1)).Version);
        Assert.Null(await serving.Registry.FindByAliasAsync("transit", "production", "demand", ModelAliases.Serving));
    }

    private static async Task<ServingHarness> StartTwoAsync(LineModel second, ModelSignature? signature = null)
    {
        var serving = await ServingHarness.StartAsync();
        await serving.ReleaseAsync(ServingHarness.Manifest());
        await serving.RegisterAsync(new LineModel(2, 0));
        await serving.SettleAsync();
        await serving.RegisterAsync(second, signature);
        await serving.SettleAsync();
        return serving;
    }

    private static async Task<int> ShareOfSecondAsync(ServingHarness serving, int requests)
    {
        var second = 0;
        for (var i = 0; i < requests; i++)
        {
            second += (await serving.AnswerAsync(1)).Version == "2" ? 1 : 0;
        }

        return second;
    }

    private static async Task<int> LoadAsync(ServingHarness serving, CancellationToken stop)
    {
        var answered = 0;
        while (!stop.IsCancellationRequested)
        {
            var (version, value) = await serving.AnswerAsync(1);
            Assert.Equal(double.Parse(version, System.Globalization.CultureInfo.InvariantCulture), value);
            answered++;
        }

        return answered;
    }
}
