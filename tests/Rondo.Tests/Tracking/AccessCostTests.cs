using Rondo.Kernel;
using Rondo.Kernel.Access;

namespace Rondo.Tests.Tracking;

/// <summary>What it costs to check who may do what, where many requests come every second.</summary>
public sealed class AccessCostTests
{
    [Fact]
    [Trait("Requirement", "R142")]
    public async Task Whoever_may_log_everywhere_pays_nothing_for_the_check_and_others_one_statement()
    {
        await using var server = await TrackingHarness.StartAsync();
        var made = await server.PostAsync("experiments/create", new { name = "vision/cats" });
        var run = await server.NewRunAsync(experiment: made.GetProperty("experiment_id").GetString()!);
        await LogAsync();

        var free = await LogAsync();
        server.Caller = CallerWith(Place.Everything);
        var everywhere = await LogAsync();
        server.Caller = CallerWith(Place.ParseFolder("vision"));
        var inFolder = await LogAsync();

        Assert.Equal((free, free + 1), (everywhere, inFolder));

        async Task<long> LogAsync()
        {
            var before = server.Kernel.Database.Statements;
            await server.PostAsync(
                "runs/log-metric",
                new
                {
                    run_id = run,
                    key = "m",
                    value = 1.0,
                    timestamp = 1,
                }
            );
            return server.Kernel.Database.Statements - before;
        }
    }

    private static Caller CallerWith(Place place) =>
        new(new Actor("user:ada"), [new Grant("g", "ada", Role.Parse("model-researcher"), place)]);
}
