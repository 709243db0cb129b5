using System.Globalization;
using System.Text.Json;
using Rondo.Tracking;
using Rondo.Tracking.Runs;

namespace Rondo.Tests.Tracking;

/// <summary>
/// Whatever runs log, in any order and however much of it is settled, folded, or left by a server of before: what is read is what a naive memory has.
/// </summary>
public sealed class PackedPointsTests : IAsyncLifetime
{
    private const string Plain = "m";
    private const string Wild = "wild";

    // One that is called as the least of another is; and letters that stand in another order by their halves than by their bytes.
    private static readonly string[] s_keys = [Plain, Wild, "m.min", "é/ж", "\uf900", "\U00020000", "z"];

    private static readonly double[] s_wild =
    [
        double.NaN,
        double.PositiveInfinity,
        double.NegativeInfinity,
        double.MaxValue,
        double.MinValue,
        double.Epsilon,
        -double.Epsilon,
        -0.0,
        0.0,
        1.0,
        0.1,
        1e300,
    ];

    private static readonly long[] s_steps =
    [
        long.MinValue,
        long.MinValue + 1,
        -1,
        0,
        1,
        long.MaxValue - 1,
        long.MaxValue,
    ];
    private static readonly long[] s_times = [0, 1, 1_700_000_000_000, long.MaxValue - 1, long.MaxValue];

    // A plan that PostgreSQL takes for much larger tables: it computes values of rows that another condition would have left out.
    private const string OtherPlans = "-c enable_nestloop=off";

    private PackedPointsServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PackedPointsServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task What_is_read_is_what_was_logged_however_it_came(int seed)
    {
        if (seed % 2 == 1)
        {
            await _server.DisposeAsync();
            _server = await PackedPointsServer.StartAsync(OtherPlans);
        }

        var random = new Random(seed);
        for (var run = 0; run < 6; run++)
        {
            await _server.NewRunAsync(random.Next(3));
        }

        for (var act = 0; act < 60; act++)
        {
            await ActAsync(random, act);
            if (act % 6 == 5)
            {
                await AssertReadAsync(random);
                await AssertFoundAsync(random, 6);
            }
        }

        await AssertAllAsync(random);
        await _server.SettleAsync();
        await AssertAllAsync(random);
        Assert.Equal(0, await _server.Server.CountAsync("select count(*) from tracking_unsettled"));
        Assert.Equal(0, await _server.Server.CountAsync("select count(*) from tracking_unsettled_batch"));
        Assert.Equal(
            0,
            await _server.Server.CountAsync("select count(*) from tracking_metric_latest where settled = 0")
        );
        await _server.AssertPacksAsync();
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Packs_of_a_long_curve_take_points_anywhere(int seed)
    {
        var random = new Random(seed);
        var run = await _server.NewRunAsync(0);
        var at = 0;
        // Each makes a pack of its own, and more of them than one statement reads.
        for (var batch = 0; batch < 70; batch++)
        {
            await _server.AddSettledAsync(
                run,
                [.. Enumerable.Range(0, 33).Select(_ => new MetricPoint(Plain, at, at += 2, at))]
            );
        }

        for (var act = 0; act < 12; act++)
        {
            // Between two packs, within one, equal to one that is there, before all, after all; few and many.
            var points = Enumerable
                .Range(0, random.Next(4) == 0 ? 700 : 1 + random.Next(3))
                .Select(_ => random.Next(-5, at + 5))
                .Select(time => Math.Max(0, time))
                .Select(time => new MetricPoint(Plain, random.Next(3) == 0 ? double.NaN : time - 2, time, time))
                .ToList();
            await (random.Next(2) == 0 ? _server.LogAsync(run, points) : _server.AddSettledAsync(run, points));
            var known = run.Curve(Plain).ToList();
            Assert.Equal(known, await _server.HistoryAsync(run, Plain, act % 4 == 0 ? 97 : 0));
            if (act % 4 == 3)
            {
                await _server.SettleAsync();
            }

            await _server.AssertPacksAsync();
        }
    }

    [Fact]
    public async Task Of_many_batches_one_after_the_other_none_is_lost()
    {
        var run = await _server.NewRunAsync(0);
        var log = _server.Server.Get<RunLog>();
        const string batches = "select count(*) from tracking_unsettled_batch";
        for (var step = 0; step < 1030; step++)
        {
            // Long names: what is small would wait for others until it is a row.
            MetricPoint[] points =
            [
                new(Plain, step % 7, 1000 - (step % 500), step),
                new("z", step, step, step),
                .. Enumerable.Range(0, 5).Select(i => new MetricPoint(new string('y', 240) + i, step, step, step)),
            ];
            await log.WriteAsync(run.Id, new RunBatch(points, [], []));
            foreach (var point in points)
            {
                run.Add(point.Key, KnownPoint.Of(point.Value, point.Timestamp, point.Step));
            }

            if (step is 510 or 511 or 1029)
            {
                Assert.Equal(
                    step switch
                    {
                        510 => 511,
                        511 => 0,
                        _ => 6,
                    },
                    await _server.Server.CountAsync(batches)
                );
                Assert.Equal(run.Curve(Plain), await _server.HistoryAsync(run, Plain, 0));
                Assert.Equal(run.Curve("z"), await _server.HistoryAsync(run, "z", 300));
                await _server.AssertStatisticsAsync(Plain);
                await _server.AssertPacksAsync();
            }
        }
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    public async Task An_experiment_that_goes_to_another_server_has_the_same_points_there(int seed)
    {
        var random = new Random(seed);
        for (var run = 0; run < 4; run++)
        {
            await _server.NewRunAsync(random.Next(3));
        }

        for (var act = 0; act < 30; act++)
        {
            await ActAsync(random, act);
        }

        const string export = "/api/v1/tracking/export?experiment=Default";
        var told = await _server.Server.Client.GetStringAsync(export);
        await using var other = await TrackingHarness.StartAsync();
        foreach (var isNew in new[] { true, false })
        {
            var (_, answer) = await other.SendAsync("POST", "/api/v1/tracking/import", told);
            var points = JsonElement.Parse(answer).GetProperty("kinds").GetProperty("points");
            var known = _server.Runs.Sum(run => run.Keys.Sum(key => run.Curve(key).Count()));
            Assert.Equal(known, points.GetProperty(isNew ? "written" : "there").GetInt32());
            Assert.Equal(0, points.GetProperty(isNew ? "there" : "written").GetInt32());
            Assert.Equal(PointLines(told), PointLines(await other.Client.GetStringAsync(export)));
        }

        foreach (var run in _server.Runs)
        {
            _server.AssertLatest((await other.GetAsync("runs/get?run_id=" + run.Id)).GetProperty("run"));
        }
    }

    private static string[] PointLines(string records) =>
        [.. records.Split('\n').Where(line => line.Contains("\"kind\":\"points\"", StringComparison.Ordinal))];

    private Task ActAsync(Random random, int act)
    {
        var run = _server.Runs[random.Next(_server.Runs.Count)];
        return random.Next(20) switch
        {
            0 => _server.SettleAsync(),
            1 => _server.FoldAfterAsync(1 + random.Next(3)),
            2 or 3 => _server.LeaveOldAsync(run, PointsFor(random, act)),
            4 or 5 or 6 => _server.AddSettledAsync(run, PointsFor(random, act)),
            7 => _server.LogAsync(run, [.. Again(run).Concat(PointsFor(random, act))]),
            8 => _server.AddSettledAsync(run, [.. Again(run).Concat(PointsFor(random, act))]),
            _ => _server.LogAsync(run, PointsFor(random, act)),
        };
    }

    private static IEnumerable<MetricPoint> Again(KnownRun run) =>
        run.Keys.SelectMany(key =>
            run.Curve(key).Take(20).Select(point => new MetricPoint(key, point.Shown, point.At, point.Step))
        );

    private static List<MetricPoint> PointsFor(Random random, int act)
    {
        var keys = s_keys.Where(_ => random.Next(3) == 0).DefaultIfEmpty(Plain).ToArray();
        var (kind, count) = (random.Next(4), random.Next(4) == 0 ? 90 : 1 + random.Next(6));
        var points = new List<MetricPoint>();
        for (var i = 0; i < count; i++)
        {
            var (at, step) = kind switch
            {
                // In order; in any order; the same again and again; as far as numbers go.
                0 or 1 => ((act * 100L) + i, (act * 100L) + i),
                2 => (random.Next(6000), random.Next(-50, 6000)),
                _ => (s_times[random.Next(s_times.Length)], s_steps[random.Next(s_steps.Length)]),
            };
            var key = keys[random.Next(keys.Length)];
            points.Add(new MetricPoint(key, ValueFor(random, key), at, step));
            if (random.Next(10) == 0)
            {
                points.Add(points[random.Next(points.Count)]);
            }
        }

        return points;
    }

    // The mean of whole numbers is the same in any order.
    private static double ValueFor(Random random, string key) =>
        key == Wild ? s_wild[random.Next(s_wild.Length)]
        : random.Next(6) == 0 ? double.NaN
        : random.Next(-6, 7);

    private async Task AssertAllAsync(Random random)
    {
        foreach (var run in _server.Runs)
        {
            foreach (var key in s_keys)
            {
                Assert.Equal(
                    run.Curve(key),
                    await _server.HistoryAsync(run, key, random.Next(3) == 0 ? 0 : 3 + random.Next(40))
                );
            }
        }

        await AssertReadAsync(random);
        await AssertFoundAsync(random, 60);
    }

    private async Task AssertReadAsync(Random random)
    {
        var run = _server.Runs[random.Next(_server.Runs.Count)];
        foreach (var key in run.Keys.Where(_ => random.Next(2) == 0))
        {
            Assert.Equal(run.Curve(key), await _server.HistoryAsync(run, key, 1 + random.Next(9)));
        }

        _server.AssertLatest((await _server.Server.GetAsync("runs/get?run_id=" + run.Id)).GetProperty("run"));
        await AssertResultsAsync(run, 1 + random.Next(s_keys.Length));
        await AssertSampleAsync(s_keys[random.Next(s_keys.Length)], random);
        await _server.AssertPacksAsync();
    }

    // As another module asks for them.
    private async Task AssertResultsAsync(KnownRun run, int limit)
    {
        var found = await _server.Server.Kernel.Database.ReadAsync(async session =>
            await RunResults.OfRunAsync(session, run.Id, limit)
        );
        Assert.Equal(
            run.Keys.Take(limit).Select(key => (key, run.Latest(key).Shown)),
            found.Select(result => (result.Name, result.Value))
        );
    }

    private async Task AssertSampleAsync(string key, Random random)
    {
        var (first, last) =
            random.Next(2) == 0 ? (long.MinValue, long.MaxValue) : (random.Next(-60, 300), random.Next(300, 6000));
        var most = random.Next(2) == 0 ? 2500 : 1 + random.Next(20);
        var ids = string.Concat(_server.Runs.Select(run => $"run_ids={run.Id}&"));
        var found = await _server.Server.GetAsync(
            $"metrics/get-history-bulk-interval?{ids}metric_key={Uri.EscapeDataString(key)}&start_step={first}&end_step={last}&max_results={most}"
        );
        var curves = _server
            .Runs.Select(run => run.Curve(key).Where(point => point.Step >= first && point.Step <= last).ToList())
            .ToList();
        var steps = curves.SelectMany(curve => curve).Select(point => point.Step).Distinct().Order().ToList();
        var chosen = steps
            .Where((_, i) => i == 0 || i == steps.Count - 1 || i * most / steps.Count > (i - 1) * most / steps.Count)
            .ToHashSet();
        var wanted = curves.SelectMany(curve =>
            curve
                .Where(point =>
                    chosen.Contains(point.Step)
                    || point.Step == curve.Min(p => p.Step)
                    || point.Step == curve.Max(p => p.Step)
                )
                .OrderBy(point => point.Step)
        );
        Assert.Equal(wanted, PackedPointsServer.PointsOf(found).Select(point => point.Point));
    }

    private async Task AssertFoundAsync(Random random, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var (filter, holds) = FilterFor(random, depth: 0);
            var found = await _server.SearchAsync(filter, [], 1 + random.Next(8));
            var wanted = Ordered(Enumerable.Range(0, _server.Runs.Count).Where(run => holds(_server.Runs[run])), []);
            Assert.True(
                wanted.SequenceEqual(found),
                $"{filter}: {string.Join(' ', wanted)} but {string.Join(' ', found)}"
            );
            OrderFor[] order =
            [
                .. Enumerable.Range(0, 1 + random.Next(2)).Select(_ => OrderBy(random)).DistinctBy(one => one.Key),
            ];
            found = await _server.SearchAsync(
                i % 2 == 0 ? "" : filter,
                [.. order.Select(one => one.Text)],
                1 + random.Next(8)
            );
            wanted = Ordered(i % 2 == 0 ? Enumerable.Range(0, _server.Runs.Count) : wanted, order);
            Assert.True(
                wanted.SequenceEqual(found),
                $"{filter}, {order[0]}: {string.Join(' ', wanted)} but {string.Join(' ', found)}"
            );
        }
    }

    private List<int> Ordered(IEnumerable<int> runs, IReadOnlyList<OrderFor> order)
    {
        var ordered = runs.OrderBy(_ => 0);
        foreach (var (key, statistic, ascending) in order)
        {
            double? Value(int run) => _server.Runs[run].ValueOf(key, statistic);
            ordered = ordered.ThenBy(run =>
                Value(run) is not { } value ? 2
                : double.IsNaN(value) ? 1
                : 0
            );
            ordered = ordered.ThenBy(run =>
                Value(run) is { } value && !double.IsNaN(value) ? (ascending ? value : -value) : 0
            );
        }

        return
        [
            .. ordered
                .ThenByDescending(run => _server.Runs[run].StartedAt)
                .ThenBy(run => _server.Runs[run].Id, StringComparer.Ordinal),
        ];
    }

    private sealed record OrderFor(string Key, Statistic Statistic, bool Ascending)
    {
        public string Text => $"{PackedPointsServer.NameOf(Key, Statistic)} {(Ascending ? "ASC" : "DESC")}";
    }

    private static OrderFor OrderBy(Random random)
    {
        var (key, statistic) = FieldFor(random);
        return new OrderFor(key, statistic, random.Next(2) == 0);
    }

    private static (string Key, Statistic Statistic) FieldFor(Random random)
    {
        var key = random.Next(2) == 0 ? Plain : s_keys[random.Next(s_keys.Length)];
        // The sum of the greatest numbers is none.
        var statistic = (Statistic)random.Next(key == Wild ? 5 : 6);
        return key is Plain or Wild ? (key, statistic) : (key, Statistic.None);
    }

    private static (string Text, Func<KnownRun, bool> Holds) FilterFor(Random random, int depth)
    {
        var kind = depth > 1 ? 9 : random.Next(10);
        if (kind == 0)
        {
            var (text, holds) = FilterFor(random, depth + 1);
            return ($"NOT ({text})", run => !holds(run));
        }

        if (kind <= 2)
        {
            var (left, right) = (FilterFor(random, depth + 1), FilterFor(random, depth + 1));
            return kind == 1
                ? ($"({left.Text}) AND ({right.Text})", run => left.Holds(run) && right.Holds(run))
                : ($"({left.Text}) OR ({right.Text})", run => left.Holds(run) || right.Holds(run));
        }

        var (key, statistic) = FieldFor(random);
        return Comparison(random, PackedPointsServer.NameOf(key, statistic), run => run.ValueOf(key, statistic));
    }

    private static (string Text, Func<KnownRun, bool> Holds) Comparison(
        Random random,
        string name,
        Func<KnownRun, double?> value
    )
    {
        double with = random.Next(-6, 7);
        double? Number(KnownRun run) => value(run) is { } number && !double.IsNaN(number) ? number : null;
        return random.Next(8) switch
        {
            0 => ($"{name} < {with}", run => Number(run) < with),
            1 => ($"{name} <= {with}", run => Number(run) <= with),
            2 => ($"{name} > {with}", run => Number(run) > with),
            3 => ($"{name} >= {with}", run => Number(run) >= with),
            4 => ($"{name} = {with}", run => Number(run) == with),
            5 => ($"{name} != {with}", run => value(run) is { } number && number != with),
            6 => (
                $"{name} IN ({with}, 1, 2)",
                run => Number(run) is { } number && (number == with || number is 1 or 2)
            ),
            _ => (
                $"{name} NOT IN ({with}, 1, 2)",
                run => value(run) is { } number && number != with && number is not (1 or 2)
            ),
        };
    }
}
