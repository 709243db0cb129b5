using System.Globalization;
using Rondo.Kernel;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Runs;

namespace Rondo.Tests.Tracking;

/// <summary>Runs of one experiment in the order of one metric, which are found in another way than those of several.</summary>
public sealed class RunOrderTests
{
    private const int PagesMax = 100;

    [Theory]
    [InlineData("metrics.m ASC", "")]
    [InlineData("metrics.m DESC", "")]
    [InlineData("metrics.m DESC", "metrics.m > 1 OR params.none IS NULL")]
    [InlineData("metrics.m ASC", "run_name != 'r01'")]
    public async Task Pages_are_those_of_a_search_in_several_experiments(string order, string filter)
    {
        await using var server = await TrackingHarness.StartAsync();
        var other = await server.PostAsync("experiments/create", new { name = "other" });
        var others = other.GetProperty("experiment_id").GetString()!;
        await FillAsync(server, "0", 24);
        var expected = await PagedAsync(server, ["0", others], order, filter, 1000);
        await FillAsync(server, others, 3);
        foreach (var limit in new[] { 1, 4, 24, 1000 })
        {
            Assert.Equal(expected, await PagedAsync(server, ["0"], order, filter, limit));
        }
    }

    [Theory]
    [InlineData("metrics.m DESC", true)]
    [InlineData("metrics.m DESC, start_time DESC", false)]
    [InlineData("params.p DESC", false)]
    public async Task The_next_page_by_one_metric_goes_on_from_a_row_and_needs_not_count(string order, bool fromRow)
    {
        await using var server = await TrackingHarness.StartAsync();
        await FillAsync(server, "0", 8);

        var page = await server.PostAsync(
            "runs/search",
            new
            {
                experiment_ids = new[] { "0" },
                max_results = 4,
                order_by = order.Split(", "),
            }
        );

        var token = PageToken.Read(page.GetProperty("next_page_token").GetString())!;
        Assert.Equal(fromRow, token is { After: not null, Offset: null });
    }

    [Fact]
    public async Task A_run_that_moves_keeps_its_place_by_its_metric()
    {
        await using var server = await TrackingHarness.StartAsync();
        await FillAsync(server, "0", 4);
        var before = await PagedAsync(server, ["0"], "metrics.m DESC", "", 1000);
        var made = await server.PostAsync("experiments/create", new { name = "to" });
        var to = made.GetProperty("experiment_id").GetString()!;
        foreach (var run in before)
        {
            await server.Get<RunMove>().MoveAsync(run, long.Parse(to, CultureInfo.InvariantCulture), Actor.Local);
        }

        Assert.Equal(before, await PagedAsync(server, [to], "metrics.m DESC", "", 1000));
    }

    // Numbers with ties, NaN, and runs without the metric, of which several start at one time.
    private static async Task FillAsync(TrackingHarness server, string experiment, int runs)
    {
        for (var i = 0; i < runs; i++)
        {
            var run = await server.NewRunAsync($"r{i:00}", experiment, startTime: i / 5);
            if (i % 4 > 0)
            {
                await server.PostAsync(
                    "runs/log-metric",
                    new
                    {
                        run_id = run,
                        key = "m",
                        value = i % 4 == 1 ? "NaN" : $"{i % 3}",
                        timestamp = 1,
                    }
                );
            }
        }
    }

    private static async Task<List<string>> PagedAsync(
        TrackingHarness server,
        string[] experiments,
        string order,
        string filter,
        int limit
    )
    {
        var seen = new List<string>();
        string? token = null;
        for (var page = 0; page < PagesMax; page++)
        {
            var answer = await server.PostAsync(
                "runs/search",
                new
                {
                    experiment_ids = experiments,
                    filter,
                    max_results = limit,
                    page_token = token,
                    order_by = new[] { order },
                }
            );
            seen.AddRange(
                answer
                    .GetProperty("runs")
                    .EnumerateArray()
                    .Select(run => run.GetProperty("info").GetProperty("run_id").GetString()!)
            );
            if (!answer.TryGetProperty("next_page_token", out var next))
            {
                break;
            }

            token = next.GetString();
        }

        return seen;
    }
}
