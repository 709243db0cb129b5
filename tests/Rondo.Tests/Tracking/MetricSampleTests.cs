using System.Net;
using System.Text.Json;
using Rondo.Tracking.Metrics;

namespace Rondo.Tests.Tracking;

/// <summary>One metric of several runs, whole or in an even choice of its steps.</summary>
public sealed class MetricSampleTests
{
    private const string Sample = "metrics/get-history-bulk-interval";
    private const string Bulk = "/ajax-api/2.0/mlflow/metrics/get-history-bulk";

    [Theory]
    [InlineData(2, 1)]
    [InlineData(50, 49)]
    [InlineData(1, -1000)]
    public async Task Of_more_steps_than_are_held_those_that_are_left_are_spread_over_all(int apart, int first)
    {
        await using var server = await TrackingHarness.StartAsync();
        var runs = new[] { await server.NewRunAsync(), await server.NewRunAsync() };
        foreach (var run in runs)
        {
            for (var batch = 0; batch < 3; batch++)
            {
                await LogAsync(
                    server,
                    run,
                    [.. Enumerable.Range(batch * 1000, 1000).Select(i => (first + (apart * i), i, (double)i))]
                );
            }
        }

        var sample = new MetricSample(server.Kernel.Database, keptMax: 300);
        var points = await sample.ReadAsync(runs, "m", (long.MinValue, long.MaxValue), 100);

        var places = points.Where(point => point.Run == runs[1]).Select(point => (int)point.Point.Value).ToList();
        Assert.Equal((0, 2999), (places[0], places[^1]));
        Assert.InRange(places.Count, 90, 102);
        Assert.All(places.Zip(places.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 1, 300));
        Assert.Equal(places, points.Where(point => point.Run == runs[0]).Select(point => (int)point.Point.Value));
    }

    [Fact]
    public async Task Points_come_by_run_step_time_and_value_and_say_their_run()
    {
        await using var server = await TrackingHarness.StartAsync();
        var (a, b) = (await server.NewRunAsync(), await server.NewRunAsync());
        await LogAsync(server, a, (2, 10, 0.5), (1, 30, 2), (1, 20, 3), (1, 20, 1));
        await LogAsync(server, b, (1, 5, double.NaN));
        await LogAsync(server, await server.NewRunAsync(), (1, 5, 9));
        string Point(string run, string value, int timestamp, int step) =>
            $$"""{"key":"m","value":{{value}},"timestamp":{{timestamp}},"step":{{step}},"run_id":"{{run}}"}""";
        var ofA = new[] { Point(a, "1", 20, 1), Point(a, "3", 20, 1), Point(a, "2", 30, 1), Point(a, "0.5", 10, 2) };
        var ofB = Point(b, "\"NaN\"", 5, 1);

        foreach (var address in new[] { "/api/2.0/mlflow/", "/ajax-api/2.0/mlflow/" })
        {
            Assert.Equal(
                (HttpStatusCode.OK, $$"""{"metrics":[{{ofB}},{{string.Join(',', ofA)}}]}"""),
                await server.SendAsync("GET", $"{address}{Sample}?run_ids={b}&run_ids={a}&run_ids=none&metric_key=m")
            );
        }

        Assert.Equal("{}", (await server.GetAsync($"{Sample}?run_ids={a}&metric_key=other")).GetRawText());
        Assert.Equal("{}", (await server.GetAsync($"{Sample}?run_ids=none&metric_key=m")).GetRawText());
        // The other route goes by time, as a history does, and stops where the limit is reached.
        var byTime = new[] { Point(a, "0.5", 10, 2), Point(a, "1", 20, 1), Point(a, "3", 20, 1), Point(a, "2", 30, 1) };
        Assert.Equal(
            (HttpStatusCode.OK, $$"""{"metrics":[{{string.Join(',', byTime)}},{{ofB}}]}"""),
            await server.SendAsync("GET", $"{Bulk}?run_id={a}&run_id={b}&metric_key=m")
        );
        Assert.Equal(
            (HttpStatusCode.OK, $$"""{"metrics":[{{byTime[0]}},{{byTime[1]}}]}"""),
            await server.SendAsync("GET", $"{Bulk}?run_id={a}&run_id={b}&metric_key=m&max_results=2")
        );
        Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", "metrics/get-history-bulk")).Status);
    }

    [Theory]
    // Of the steps 0 to 9 and 20 (one of b alone); a has 0 to 9, b has 3, 5 and 20.
    [InlineData("&max_results=11", "0 1 2 3 4 5 6 7 8 9", "3 5 20")]
    [InlineData("&max_results=4", "0 3 6 9", "3 20")]
    [InlineData("&max_results=1", "0 9", "3 20")]
    [InlineData("&start_step=2&end_step=7", "2 3 4 5 6 7", "3 5")]
    [InlineData("&start_step=2&end_step=8&max_results=2", "2 6 8", "3 5")]
    [InlineData("&start_step=5&end_step=5", "5", "5")]
    [InlineData("&start_step=-9&end_step=-1", "", "")]
    public async Task Steps_are_chosen_evenly_and_every_run_keeps_its_first_and_last(string more, string a, string b)
    {
        await using var server = await TrackingHarness.StartAsync();
        var (first, second) = (await server.NewRunAsync(), await server.NewRunAsync());
        await LogAsync(server, first, [.. Enumerable.Range(0, 10).Select(i => (i, i, (double)i))]);
        await LogAsync(server, second, (20, 1, 1), (3, 1, 1), (5, 1, 1));

        var found = await server.GetAsync($"{Sample}?run_ids={first}&run_ids={second}&metric_key=m{more}");

        var points = found.TryGetProperty("metrics", out var metrics) ? metrics.EnumerateArray().ToList() : [];
        Assert.Equal((a, b), (StepsOf(points, first), StepsOf(points, second)));
    }

    [Fact]
    public async Task A_step_with_very_many_points_gives_an_even_choice_with_the_first_and_last()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        for (var batch = 0; batch < 6; batch++)
        {
            var from = batch * 1000;
            await LogAsync(server, run, [.. Enumerable.Range(from, 1000).Select(i => (0, i, (double)i))]);
        }

        var found = await server.GetAsync($"{Sample}?run_ids={run}&metric_key=m");

        var times = found.GetProperty("metrics").EnumerateArray().Select(p => p.GetProperty("timestamp").GetInt32());
        Assert.Equal(Enumerable.Range(0, 3000).Select(i => 2 * i).Append(5999), times);
    }

    [Theory]
    [InlineData(Sample, "metric_key=m", "Missing value for required parameter 'run_ids'.")]
    [InlineData(Sample, "run_ids=a", "Missing value for required parameter 'metric_key'.")]
    [InlineData(Sample, "run_ids=a&metric_key=m&max_results=0", "Ask for at least 1 and at most 2500.")]
    [InlineData(Sample, "run_ids=a&metric_key=m&max_results=2501", "Ask for at least 1 and at most 2500.")]
    [InlineData(Sample, "run_ids=a&metric_key=m&start_step=1", "Missing value for required parameter 'end_step'.")]
    [InlineData(Sample, "run_ids=a&metric_key=m&end_step=1", "Missing value for required parameter 'start_step'.")]
    [InlineData(Sample, "run_ids=a&metric_key=m&start_step=x&end_step=1", "Invalid value \"x\"")]
    [InlineData(Sample, "run_ids=a&metric_key=m&start_step=2&end_step=1", "It is after end_step, which is 1.")]
    [InlineData(Sample, "MANY run_ids&metric_key=m", "Metrics of at most 100 runs are read at once; 101 were named")]
    [InlineData(Sample, "run_ids=%00&metric_key=m", "holds the character U+0000")]
    [InlineData(Bulk, "run_id=a&run_id=%00&metric_key=m", "holds the character U+0000")]
    [InlineData(Bulk, "metric_key=m", "Missing value for required parameter 'run_id'.")]
    [InlineData(Bulk, "run_id=a", "Missing value for required parameter 'metric_key'.")]
    [InlineData(Bulk, "run_id=a&metric_key=m&max_results=25001", "Ask for at least 1 and at most 25000.")]
    [InlineData(Bulk, "MANY run_id&metric_key=m", "Metrics of at most 100 runs are read at once; 101 were named")]
    public async Task What_is_asked_wrongly_is_refused(string route, string query, string words)
    {
        await using var server = await TrackingHarness.StartAsync();
        if (query.StartsWith("MANY "))
        {
            var parts = query[5..].Split('&');
            query = string.Join('&', Enumerable.Range(0, 101).Select(i => $"{parts[0]}={i}")) + "&" + parts[1];
        }

        var (status, answer) = await server.SendAsync("GET", $"{route}?{query}");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("INVALID_PARAMETER_VALUE: ", LoggedModelTests.Told(answer), StringComparison.Ordinal);
        Assert.Contains(words, LoggedModelTests.Told(answer), StringComparison.Ordinal);
    }

    private static string StepsOf(IEnumerable<JsonElement> points, string run) =>
        string.Join(
            ' ',
            points.Where(p => p.GetProperty("run_id").GetString() == run).Select(p => p.GetProperty("step").GetInt64())
        );

    private static Task LogAsync(
        TrackingHarness server,
        string run,
        params (int Step, int Timestamp, double Value)[] points
    ) =>
        server.PostAsync(
            "runs/log-batch",
            new
            {
                run_id = run,
                metrics = points.Select(p => new
                {
                    key = "m",
                    value = double.IsNaN(p.Value) ? (object)"NaN" : p.Value,
                    timestamp = p.Timestamp,
                    step = p.Step,
                }),
            }
        );
}
