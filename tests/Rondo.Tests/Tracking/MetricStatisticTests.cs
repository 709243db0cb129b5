using System.Net;
using System.Text.Json;
using Rondo.Tracking.Runs;

namespace Rondo.Tests.Tracking;

/// <summary>Searches by the least, the greatest, the mean and the best of all points of a metric.</summary>
public sealed class MetricStatisticTests
{
    // up: 1, 5, 2. down: 4, 0, 3. odd: NaN, 9. nan: NaN. none: nothing.
    private static readonly (string Run, object[] Points)[] s_runs =
    [
        ("up", [1, 5, 2]),
        ("down", [4, 0, 3]),
        ("odd", ["NaN", 9]),
        ("nan", ["NaN"]),
        ("none", []),
    ];

    [Theory]
    [InlineData("metrics.loss.min < 1", "down")]
    [InlineData("metrics.loss.min = 1", "up")]
    [InlineData("metrics.loss.max >= 5", "odd,up")]
    [InlineData("metrics.loss.max IN (4, 9)", "down,odd")]
    [InlineData("metrics.loss.last > 2", "down,odd")]
    [InlineData("metrics.loss.mean > 2.5", "odd,up")]
    [InlineData("metrics.loss.mean < 2.5", "down")]
    [InlineData("NOT metrics.loss.mean < 2.5", "nan,none,odd,up")]
    [InlineData("metrics.loss.min != 1", "down,nan,odd")]
    [InlineData("metrics.loss.max > 4 AND metrics.loss.min < 2", "up")]
    // A quoted name is a name.
    [InlineData("metrics.`loss.min` < 100", "")]
    public async Task A_filter_compares_what_it_names(string filter, string names)
    {
        await using var server = await FilledAsync();
        Assert.Equal(names, string.Join(',', (await server.FindAsync(filter)).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("metrics.loss.min", "down,up,odd,nan,none")]
    [InlineData("metrics.loss.max DESC", "odd,up,down,nan,none")]
    [InlineData("metrics.loss.mean", "down,up,odd,nan,none")]
    [InlineData("metrics.loss.last DESC", "odd,down,up,nan,none")]
    public async Task An_order_is_by_what_it_names_then_nan_then_without(string order, string names)
    {
        await using var server = await FilledAsync();
        Assert.Equal(names, string.Join(',', await server.FindAsync("", order)));
    }

    [Theory]
    [InlineData("minimize", "down,up,odd,nan,none", "down")]
    [InlineData("maximize", "down,up,odd,nan,none", "")]
    public async Task The_best_is_by_the_goal_of_the_experiment(string goal, string ascending, string belowOne)
    {
        await using var server = await FilledAsync();
        var (status, told) = await server.SendAsync(
            "POST",
            "runs/search",
            """{"experiment_ids":["0"],"filter":"params.a = 'x' OR NOT metrics.loss.best < 1"}"""
        );
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("rondo.goal.loss", told, StringComparison.Ordinal);

        await server.PostAsync(
            "experiments/set-experiment-tag",
            new
            {
                experiment_id = "0",
                key = "rondo.goal.loss",
                value = goal,
            }
        );

        Assert.Equal(ascending, string.Join(',', await server.FindAsync("", "metrics.loss.best")));
        Assert.Equal(belowOne, string.Join(',', await server.FindAsync("metrics.loss.best < 1")));
    }

    [Fact]
    public async Task A_metric_that_is_called_like_this_is_meant_first()
    {
        await using var server = await FilledAsync();
        var named = await server.NewRunAsync("named");
        await LogAsync(server, named, "loss", 100, 0);
        await LogAsync(server, named, "loss.min", 0.5, 0);

        Assert.Equal(["named"], await server.FindAsync("metrics.loss.min = 0.5"));
        Assert.Equal(["named"], await server.FindAsync("metrics.`loss.min` = 0.5"));
        Assert.Equal(["down", "named", "up", "odd", "nan", "none"], await server.FindAsync("", "metrics.loss.min"));
    }

    [Fact]
    public async Task The_mean_of_numbers_that_are_nearly_nothing_is_zero()
    {
        await using var server = await PackedPointsServer.StartAsync();
        foreach (var place in new[] { "logs", "pack", "row" })
        {
            var run = await server.NewRunAsync(0);
            MetricPoint[] least =
            [
                .. Enumerable.Range(0, 3).Select(step => new MetricPoint("loss", double.Epsilon, 0, step)),
            ];
            await (
                place switch
                {
                    "logs" => server.LogAsync(run, least),
                    "pack" => server.AddSettledAsync(run, least),
                    _ => server.LeaveOldAsync(run, least),
                }
            );
        }

        Assert.Equal([0, 1, 2], (await server.SearchAsync("metrics.loss.mean = 0", [], 10)).Order());
        Assert.Equal([0, 1, 2], (await server.SearchAsync("metrics.loss.min > 0", ["metrics.loss.mean"], 10)).Order());
    }

    [Fact]
    public async Task Points_in_any_order_and_twice_give_the_same_as_all_at_once()
    {
        await using var server = await TrackingHarness.StartAsync();
        var random = new Random(5);
        var expected = new List<(string Name, double Min, double Max)>();
        for (var i = 0; i < 12; i++)
        {
            var run = await server.NewRunAsync($"r{i:00}");
            var values = Enumerable.Range(0, 20).Select(_ => Math.Round(random.NextDouble() * 1000)).ToArray();
            var points = values.Select((value, step) => (Value: random.Next(5) == 0 ? double.NaN : value, Step: step));
            var shuffled = points.ToArray();
            random.Shuffle(shuffled);
            foreach (var batch in shuffled.Concat(shuffled.Take(5)).Chunk(1 + random.Next(6)))
            {
                var metrics = batch.Select(point => Point("m", point.Value, point.Step));
                await server.PostAsync("runs/log-batch", new { run_id = run, metrics });
            }

            var numbers = shuffled.Select(point => point.Value).Where(value => !double.IsNaN(value)).ToList();
            expected.Add(($"r{i:00}", numbers.Min(), numbers.Max()));
        }

        foreach (var (name, min, max) in expected)
        {
            Assert.Contains(name, await server.FindAsync($"metrics.m.min = {min} AND metrics.m.max = {max}"));
        }

        Assert.Equal(expected.OrderBy(run => run.Min).Select(run => run.Min), await MinsAsync());

        async Task<IEnumerable<double>> MinsAsync() =>
            (await server.FindAsync("", "metrics.m.min")).Select(name => expected.Single(run => run.Name == name).Min);
    }

    private static async Task<TrackingHarness> FilledAsync()
    {
        var server = await TrackingHarness.StartAsync();
        foreach (var (name, points) in s_runs)
        {
            var run = await server.NewRunAsync(name);
            for (var step = 0; step < points.Length; step++)
            {
                await LogAsync(server, run, "loss", points[step], step);
            }
        }

        return server;
    }

    private static Task<JsonElement> LogAsync(TrackingHarness server, string run, string key, object value, int step) =>
        server.PostAsync(
            "runs/log-metric",
            new
            {
                run_id = run,
                key,
                value,
                timestamp = 1,
                step,
            }
        );

    private static object Point(string key, double value, int step) =>
        new
        {
            key,
            value = double.IsNaN(value) ? "NaN" : (object)value,
            timestamp = 1,
            step,
        };
}
