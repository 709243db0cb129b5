using System.Net;
using System.Text.Json;

namespace Rondo.Tests.Tracking;

public sealed class ConcurrentLogTests
{
    private const int Writers = 32;

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    public async Task Writers_at_once_lose_and_duplicate_nothing(int runs)
    {
        await using var server = await TrackingHarness.StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < runs; i++)
        {
            ids.Add(await server.NewRunAsync("r" + i));
        }

        // Every writer logs points of its own and some that all of them log, in an order of its own.
        var plans = Enumerable.Range(0, Writers).Select(writer => Plan(writer, new Random(writer))).ToArray();
        await Task.WhenAll(plans.Select((plan, writer) => WriteAsync(server, ids[writer % runs], writer, plan)));

        for (var r = 0; r < runs; r++)
        {
            var expected = plans.Where((_, writer) => writer % runs == r).SelectMany(plan => plan).Distinct().ToList();
            var run = (await server.GetAsync("runs/get?run_id=" + ids[r])).GetProperty("run").GetProperty("data");
            foreach (var same in expected.GroupBy(point => point.Key))
            {
                var history = await server.GetAsync($"metrics/get-history?run_id={ids[r]}&metric_key={same.Key}");
                Assert.Equal(
                    same.OrderBy(p => (p.Timestamp, p.Step, p.Value)),
                    history.GetProperty("metrics").EnumerateArray().Select(Read)
                );
                Assert.Equal(
                    same.MaxBy(p => (p.Step, p.Timestamp, p.Value)),
                    Read(
                        run.GetProperty("metrics")
                            .EnumerateArray()
                            .Single(m => m.GetProperty("key").GetString() == same.Key)
                    )
                );
            }

            Assert.Equal(Writers / runs, run.GetProperty("params").GetArrayLength());
            Assert.Equal((Writers / runs) + 1, run.GetProperty("tags").GetArrayLength());
        }
    }

    [Fact]
    public async Task Writers_at_once_on_one_logged_model_leave_the_latest_point_of_each_dataset()
    {
        await using var server = await TrackingHarness.StartAsync();
        var runs = new[] { await server.NewRunAsync(), await server.NewRunAsync(), await server.NewRunAsync() };
        var model = await LoggedModelTests.NewModelAsync(server, "net");
        string[] datasets = ["", "days", "rides"];

        // Every writer logs all datasets, in an order and at steps of its own.
        await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(writer =>
                    server.PostAsync(
                        "runs/log-batch",
                        new
                        {
                            run_id = runs[writer % runs.Length],
                            metrics = datasets
                                .Skip(writer % datasets.Length)
                                .Concat(datasets.Take(writer % datasets.Length))
                                .Select(dataset => new
                                {
                                    key = "acc",
                                    value = writer,
                                    timestamp = 1,
                                    step = writer * 5 % Writers,
                                    model_id = model,
                                    dataset_name = dataset,
                                }),
                        }
                    )
                )
        );

        var read = (await server.GetAsync("logged-models/" + model)).GetProperty("model").GetProperty("data");
        var latest = Enumerable.Range(0, Writers).MaxBy(writer => writer * 5 % Writers);
        Assert.Equal(
            datasets.Select(_ => (latest, runs[latest % runs.Length])),
            read.GetProperty("metrics")
                .EnumerateArray()
                .Select(m => (m.GetProperty("value").GetInt32(), m.GetProperty("run_id").GetString()!))
        );
    }

    [Fact]
    public async Task Of_writers_at_once_one_gives_a_param_its_value_and_all_others_are_refused()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(i =>
                    server.SendAsync(
                        "POST",
                        "runs/log-parameter",
                        JsonSerializer.Serialize(
                            new
                            {
                                run_id = run,
                                key = "p",
                                value = i.ToString(),
                            }
                        )
                    )
                )
        );

        Assert.Single(answers, answer => answer.Status == HttpStatusCode.OK);
        Assert.Equal(Writers - 1, answers.Count(answer => answer.Body.Contains("was already logged with value=")));
    }

    [Fact]
    public async Task Experiments_made_at_once_have_numbers_without_gaps()
    {
        await using var server = await TrackingHarness.StartAsync();

        var made = await Task.WhenAll(
            Enumerable.Range(0, Writers).Select(i => server.PostAsync("experiments/create", new { name = "e" + i }))
        );

        Assert.Equal(
            Enumerable.Range(1, Writers),
            made.Select(m => int.Parse(m.GetProperty("experiment_id").GetString()!)).Order()
        );
    }

    private static Point[] Plan(int writer, Random random)
    {
        var points = Enumerable
            .Range(0, 40)
            .Select(i =>
                i % 4 == 0
                    ? new Point("m0", 1.5, 7, i)
                    : new Point("m" + random.Next(3), random.Next(100) / 8.0, random.Next(5), random.Next(-3, 6))
            )
            .Append(new Point("own" + writer, writer, writer, writer))
            .ToArray();
        random.Shuffle(points);
        return points;
    }

    private static async Task WriteAsync(TrackingHarness server, string run, int writer, Point[] plan)
    {
        foreach (var chunk in plan.Chunk(9))
        {
            await server.PostAsync(
                "runs/log-batch",
                new
                {
                    run_id = run,
                    metrics = chunk.Select(p => new
                    {
                        key = p.Key,
                        value = p.Value,
                        timestamp = p.Timestamp,
                        step = p.Step,
                    }),
                    @params = new[] { new { key = "p" + writer, value = "v" } },
                    tags = new[] { new { key = "t" + writer, value = "v" } },
                }
            );
        }
    }

    private static Point Read(JsonElement metric) =>
        new(
            metric.GetProperty("key").GetString()!,
            metric.GetProperty("value").GetDouble(),
            metric.GetProperty("timestamp").GetInt64(),
            metric.GetProperty("step").GetInt64()
        );

    private sealed record Point(string Key, double Value, long Timestamp, long Step);
}
