using System.Globalization;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Removing;
using Rondo.Tracking.Runs;

namespace Rondo.Tests.Tracking;

/// <summary>The index of values holds those that are settled: what a search in the order of a metric finds is the same before, while, and after.</summary>
public sealed class UnsettledRunTests : IAsyncLifetime
{
    private const string Unsettled = "select count(*) from tracking_unsettled";
    private const string Batches = """
        select (select count(*) from tracking_unsettled_batch) + (select count(*) from tracking_unsettled where length(tail) > 0)
        """;
    private const string Settled = "select count(*) from tracking_metric_latest where settled = 1";
    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync() => _server = await TrackingHarness.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task The_order_of_a_metric_is_the_same_however_many_values_are_settled(int seed)
    {
        var random = new Random(seed);
        var (runs, values) = (new List<string>(), new Dictionary<string, double?>(StringComparer.Ordinal));
        for (var act = 0; act < 60; act++)
        {
            var chosen = random.Next(10);
            if (chosen < 3 || runs.Count == 0)
            {
                var name = $"r{runs.Count:00}";
                runs.Add(await _server.NewRunAsync(name, startTime: random.Next(4)));
                values[runs[^1]] = null;
            }
            else if (chosen < 8)
            {
                var run = runs[random.Next(runs.Count)];
                var value = random.Next(6) is var drawn and < 5 ? drawn : double.NaN;
                await LogAsync(run, value, act);
                values[run] = value;
                if (random.Next(3) == 0)
                {
                    // The run is unsettled again, and the value by which it is found stays settled.
                    await SettleAsync(TimeSpan.Zero);
                    await LogAsync(run, act, act, key: "other");
                }
            }
            else
            {
                await SettleAsync(TimeSpan.Zero);
            }

            await AssertOrderAsync(values, ascending: act % 2 == 0, limit: 1 + random.Next(5));
        }

        await SettleAsync(TimeSpan.Zero);
        await AssertOrderAsync(values, ascending: true, limit: 1000);
        Assert.Equal((0, 0), (await _server.CountAsync(Unsettled), await _server.CountAsync(Batches)));
    }

    [Fact]
    public async Task A_run_that_is_logged_to_at_this_moment_is_not_waited_for()
    {
        Assert.SkipUnless(Kernel.TestKernel.OnPostgres, "Where one transaction runs at a time, none is in the middle.");
        var (busy, idle) = (await _server.NewRunAsync("busy"), await _server.NewRunAsync("idle"));
        await LogAsync(busy, 1, 1);
        await LogAsync(idle, 1, 1);
        _server.Kernel.Time.Advance(TimeSpan.FromMinutes(1));

        await LoggingAsync(busy, _ => TurnAsync());
        Assert.Equal((1, 1, 1), await CountsAsync());

        await TurnAsync();
        Assert.Equal((0, 0, 2), await CountsAsync());
    }

    [Fact]
    public async Task Runs_that_cannot_be_settled_keep_no_other_from_it_and_are_told()
    {
        var broken = new List<string>();
        for (var i = 0; i < 101; i++)
        {
            broken.Add(await _server.NewRunAsync($"broken{i}"));
            await LogAsync(broken[i], 1, 1);
        }

        var sql = Kernel.TestKernel.OnPostgres ? @"'\x01'::bytea" : "x'01'";
        await _server.Kernel.Database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync($"update tracking_unsettled set tail = {sql}", new { })
        );
        _server.Kernel.Time.Advance(TimeSpan.FromSeconds(1));
        await LogAsync(await _server.NewRunAsync("other"), 1, 1);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => SettleAsync(TimeSpan.Zero));

        Assert.Contains("101 runs", error.Message, StringComparison.Ordinal);
        Assert.Contains(broken[0], error.Message, StringComparison.Ordinal);
        Assert.Equal((101, 101, 1), await CountsAsync());
    }

    // While somebody logs, who shares the run's row with all others that do.
    private Task LoggingAsync(string run, Func<Session, Task> meanwhile) =>
        _server.Kernel.Database.WriteAsync(async transaction =>
        {
            await RunStore.RequireActiveKeyAsync(transaction, run);
            await meanwhile(transaction);
        });

    [Fact]
    public async Task A_run_is_settled_when_it_has_ended_or_has_logged_for_a_while()
    {
        var (ended, slow) = (await _server.NewRunAsync("ended"), await _server.NewRunAsync("slow"));
        await LogAsync(ended, 1, 1);
        await LogAsync(slow, 2, 1);
        await TurnAsync();
        Assert.Equal((2, 2, 0), await CountsAsync());

        await _server.PostAsync(
            "runs/update",
            new
            {
                run_id = ended,
                status = "FINISHED",
                end_time = 5000,
            }
        );
        await TurnAsync();
        Assert.Equal((2, 2, 0), await CountsAsync());

        _server.Kernel.Time.Advance(TimeSpan.FromSeconds(5));
        await TurnAsync();
        Assert.Equal((1, 1, 1), await CountsAsync());

        _server.Kernel.Time.Advance(TimeSpan.FromSeconds(24));
        await LogAsync(slow, 3, 2);
        _server.Kernel.Time.Advance(TimeSpan.FromSeconds(29));
        await TurnAsync();
        Assert.Equal((1, 1, 1), await CountsAsync());

        _server.Kernel.Time.Advance(TimeSpan.FromSeconds(1));
        await TurnAsync();
        Assert.Equal((0, 0, 2), await CountsAsync());
    }

    [Fact]
    public async Task A_clock_that_was_set_back_keeps_no_run_unsettled()
    {
        var run = await _server.NewRunAsync();
        await LogAsync(run, 1, 1);
        await _server.Kernel.Database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync("update tracking_unsettled set logged_at = logged_at + 86400000", new { })
        );

        await TurnAsync();

        Assert.Equal((0, 0, 1), await CountsAsync());
    }

    [Fact]
    public async Task A_run_that_logs_again_after_it_was_settled_counts_by_what_it_has_logged_since()
    {
        var run = await _server.NewRunAsync();
        await LogManyAsync(run, step: 0);
        Assert.Equal((1, 3, 0), await CountsAsync());
        await SettleAsync(TimeSpan.Zero);
        Assert.Equal((0, 0, 2400), await CountsAsync());

        await LogAsync(run, 7, 1, key: "m1.5");

        Assert.Equal((1, 1, 2400), await CountsAsync());
        Assert.Equal(["run"], await _server.FindAsync("metrics.`m1.5` = 7"));
        Assert.Empty(await _server.FindAsync("metrics.`m1.5` = 5"));
        await SettleAsync(TimeSpan.Zero);
        Assert.Equal((0, 0, 2400), await CountsAsync());
        Assert.Equal(["run"], await _server.FindAsync("metrics.`m1.5` = 7"));
    }

    [Fact]
    public async Task A_value_of_a_run_that_logs_is_compared_to_the_bit()
    {
        double[] values =
        [
            0,
            0.1,
            -1.0 / 3,
            1e-310,
            -double.Epsilon,
            2.2250738585072014e-308,
            double.MaxValue,
            double.MinValue,
            9007199254740993,
            123456789.12345679,
            6.02214076e23,
            -7.120236347223045e-307,
        ];
        foreach (var value in values)
        {
            var run = await _server.NewRunAsync($"{value:R}");
            await LogAsync(run, value, 1);
        }

        foreach (var value in values)
        {
            var number = value.ToString("R", CultureInfo.InvariantCulture);
            Assert.Equal([$"{value:R}"], await _server.FindAsync($"metrics.m = {number}"));
            Assert.Equal([$"{value:R}"], await _server.FindAsync($"metrics.m.max = {number}"));
        }

        Assert.Equal(values.Length, await _server.CountAsync(Unsettled));
        Assert.Equal(values.Order().Select(value => $"{value:R}"), await _server.FindAsync("", "metrics.m ASC"));
        Assert.Equal(
            values.OrderDescending().Select(value => $"{value:R}"),
            await _server.FindAsync("", "metrics.m.min DESC")
        );
    }

    [Fact]
    public async Task What_is_not_settled_of_a_run_is_a_megabyte_at_most()
    {
        var run = await _server.NewRunAsync();
        for (var step = 0; step < 70; step++)
        {
            await LogManyAsync(run, step, parts: 1);
            Assert.InRange(await _server.CountAsync("select bytes from tracking_unsettled"), 0, 1024 * 1024);
            // Of the latest points a quarter, and one batch.
            Assert.Equal(
                0,
                await _server.CountAsync(
                    "select count(*) from tracking_unsettled where unmerged_bytes > 4096 and unmerged_bytes * 4 > latest_bytes"
                )
            );
        }

        Assert.InRange(await _server.CountAsync("select count(*) from tracking_metric_pack"), 800, 1600);
        Assert.InRange(await _server.CountAsync("select min(numbers) from tracking_metric_pack"), 16, 70);
    }

    [Fact]
    public async Task Small_batches_are_one_row_until_they_are_a_batch_together()
    {
        const string rows = "select count(*) from tracking_unsettled_batch";
        var run = await _server.NewRunAsync("run");
        for (var step = 0; step < 100; step++)
        {
            await LogAsync(run, step, step);
            Assert.Equal(["run"], await _server.FindAsync($"metrics.m = {step}"));
            Assert.InRange(await _server.CountAsync("select max(length(tail)) from tracking_unsettled"), 0, 1024);
            if (step == 10)
            {
                Assert.Equal(0, await _server.CountAsync(rows));
            }
        }

        Assert.InRange(await _server.CountAsync(rows), 1, 5);
        Assert.Equal(["run"], await _server.FindAsync("metrics.m.mean = 49.5"));
        var history = await _server.GetAsync($"metrics/get-history?run_id={run}&metric_key=m");
        Assert.Equal(
            Enumerable.Range(0, 100),
            history.GetProperty("metrics").EnumerateArray().Select(point => point.GetProperty("step").GetInt32())
        );
    }

    [Fact]
    public async Task A_run_of_very_many_metrics_does_not_write_all_of_them_anew_with_each_batch()
    {
        var run = await _server.NewRunAsync();
        for (var first = 0; first < 9000; first += 1000)
        {
            await _server.PostAsync(
                "runs/log-batch",
                new
                {
                    run_id = run,
                    metrics = Enumerable
                        .Range(first, 1000)
                        .Select(i => new
                        {
                            key = $"a metric with a longer name {i}",
                            value = i,
                            timestamp = 1,
                            step = 0,
                        }),
                }
            );
        }

        Assert.InRange((await CountsAsync()).Settled, 4000, 9000);
        Assert.InRange(
            await _server.CountAsync("select max(length(latest)) from tracking_unsettled_latest"),
            0,
            256 * 1024
        );
        await SettleAsync(TimeSpan.Zero);
        Assert.Equal((0, 0, 9000), await CountsAsync());
    }

    [Fact]
    public async Task A_run_that_is_moved_or_removed_while_it_logs_leaves_nothing_behind()
    {
        var (moved, removed) = (await _server.NewRunAsync("moved"), await _server.NewRunAsync("removed"));
        await LogAsync(moved, 1, 1);
        await LogAsync(removed, 2, 1);
        var made = await _server.PostAsync("experiments/create", new { name = "to" });
        var to = long.Parse(made.GetProperty("experiment_id").GetString()!, CultureInfo.InvariantCulture);

        await _server.Get<RunMove>().MoveAsync(moved, to, Actor.Local);
        await _server.PostAsync("runs/delete", new { run_id = removed });
        await _server
            .Get<DeletedRemoval>()
            .RemoveAsync(
                _server.Kernel.Time.GetUtcNow(),
                dryRun: false,
                Actor.Local,
                TestContext.Current.CancellationToken
            );

        Assert.Equal([moved], await PageAsync(to, ascending: true));
        Assert.Empty(await PageAsync(0, ascending: true));
        Assert.Equal(1, await _server.CountAsync(Unsettled));
    }

    [Fact]
    public async Task Who_logs_while_it_is_settled_is_found_at_any_time_and_settled_in_the_end()
    {
        var runs = new List<string>();
        foreach (var i in Enumerable.Range(0, 8))
        {
            runs.Add(await _server.NewRunAsync($"r{i}"));
            await LogAsync(runs[i], i, 0);
        }

        var logging = Task.WhenAll(
            runs.Select(
                async (run, i) =>
                {
                    for (var step = 1; step <= 25; step++)
                    {
                        await LogAsync(run, i, step);
                    }
                }
            )
        );
        do
        {
            await SettleAsync(TimeSpan.Zero);
            Assert.Equal(runs, await PageAsync(0, ascending: true));
        } while (!logging.IsCompleted);

        await logging;
        await SettleAsync(TimeSpan.Zero);
        Assert.Equal((0, 0), (await _server.CountAsync(Unsettled), await _server.CountAsync(Batches)));
        Assert.Equal(runs, await PageAsync(0, ascending: true));
    }

    private async Task<(long Runs, long Batches, long Settled)> CountsAsync() =>
        (await _server.CountAsync(Unsettled), await _server.CountAsync(Batches), await _server.CountAsync(Settled));

    private async Task AssertOrderAsync(IReadOnlyDictionary<string, double?> values, bool ascending, int limit)
    {
        var seen = new List<string>();
        string? token = null;
        do
        {
            var answer = await SearchAsync(0, ascending, limit, token);
            seen.AddRange(answer.Runs);
            token = answer.Next;
        } while (token is not null);

        Assert.Equal(values.Keys.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
        var order = seen.Select(run => values[run]).ToList();
        var numbers = order.TakeWhile(value => value is { } number && !double.IsNaN(number)).ToList();
        Assert.Equal(ascending ? numbers.Order() : numbers.OrderDescending(), numbers);
        var rest = order.Skip(numbers.Count).ToList();
        Assert.All(rest.TakeWhile(value => value.HasValue), value => Assert.Equal(double.NaN, value));
        Assert.All(rest.SkipWhile(value => value.HasValue), value => Assert.Null(value));
    }

    private async Task<IReadOnlyList<string>> PageAsync(long experiment, bool ascending) =>
        (await SearchAsync(experiment, ascending, 1000, token: null)).Runs;

    private async Task<(IReadOnlyList<string> Runs, string? Next)> SearchAsync(
        long experiment,
        bool ascending,
        int limit,
        string? token
    )
    {
        var answer = await _server.PostAsync(
            "runs/search",
            new
            {
                experiment_ids = new[] { experiment.ToString(CultureInfo.InvariantCulture) },
                max_results = limit,
                page_token = token,
                order_by = new[] { ascending ? "metrics.m ASC" : "metrics.m DESC" },
            }
        );
        return (
            answer.TryGetProperty("runs", out var runs)
                ? [.. runs.EnumerateArray().Select(run => run.GetProperty("info").GetProperty("run_id").GetString()!)]
                : [],
            answer.TryGetProperty("next_page_token", out var next) ? next.GetString() : null
        );
    }

    private Task LogAsync(string run, double value, int step, string key = "m") =>
        _server.PostAsync(
            "runs/log-metric",
            new
            {
                run_id = run,
                key,
                value = double.IsNaN(value) ? "NaN" : value.ToString(CultureInfo.InvariantCulture),
                timestamp = 1,
                step,
            }
        );

    private async Task LogManyAsync(string run, int step, int parts = 3)
    {
        foreach (var part in Enumerable.Range(0, parts))
        {
            await _server.PostAsync(
                "runs/log-batch",
                new
                {
                    run_id = run,
                    metrics = Enumerable
                        .Range(0, 800)
                        .Select(i => new
                        {
                            key = $"m{part}.{i}",
                            value = i,
                            timestamp = 1,
                            step,
                        }),
                }
            );
        }
    }

    private Task<bool> TurnAsync() =>
        _server.Get<UnsettledRuns>().ReconcileAsync(null!, TestContext.Current.CancellationToken);

    private Task SettleAsync(TimeSpan after)
    {
        _server.Kernel.Time.Advance(TimeSpan.FromMilliseconds(1));
        return _server.Get<UnsettledRuns>().SettleAsync(after, TestContext.Current.CancellationToken);
    }
}
