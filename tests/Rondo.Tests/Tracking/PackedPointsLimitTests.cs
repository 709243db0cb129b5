using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Comparing;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Runs;

namespace Rondo.Tests.Tracking;

/// <summary>Runs that log very much, at once, or beyond what numbers can tell: what is read is what a naive memory has.</summary>
public sealed class PackedPointsLimitTests : IAsyncLifetime
{
    private const string Key = "m";
    private PackedPointsServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await PackedPointsServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_run_of_more_metrics_than_one_row_holds_is_read_as_any_other(bool logsAgain)
    {
        var run = await _server.NewRunAsync(0);
        var other = await _server.NewRunAsync(1);
        var keys = Enumerable
            .Range(0, 1000)
            .Select(i => new string('k', 246) + i.ToString("0000", CultureInfo.InvariantCulture))
            .ToList();
        await _server.LogAsync(run, [.. keys.Select((key, i) => new MetricPoint(key, i, 1, 1))]);
        await _server.LogAsync(other, [.. keys.Take(5).Select((key, i) => new MetricPoint(key, -i, 1, 1))]);
        await _server.LogAsync(run, [.. keys.Select((key, i) => new MetricPoint(key, i + 3, 2, 2))]);
        if (logsAgain)
        {
            await _server.LogAsync(
                run,
                [.. keys.Where((_, i) => i % 3 == 0).Select((key, i) => new MetricPoint(key, -i - 9, 3, 3))]
            );
        }

        foreach (var place in new[] { 0, 1, 500, 999 })
        {
            Assert.Equal(run.Curve(keys[place]), await _server.HistoryAsync(run, keys[place], 1));
            await _server.AssertStatisticsAsync(keys[place]);
        }

        Assert.Equal([1, 0], await _server.SearchAsync("", [$"metrics.`{keys[2]}` ASC"], 1));
        await _server.SettleAsync();
        Assert.Equal([1, 0], await _server.SearchAsync("", [$"metrics.`{keys[2]}` ASC"], 1));
        await _server.AssertStatisticsAsync(keys[3]);
    }

    [Fact]
    public async Task A_settled_run_of_more_metrics_than_are_packed_is_read_from_its_rows()
    {
        const string packs = "select count(*) from tracking_latest_pack";
        var run = await _server.NewRunAsync(0);
        await _server.LogAsync(run, Metrics(0, 900));
        await _server.SettleAsync();
        Assert.Equal(1, await _server.Server.CountAsync(packs));

        foreach (var from in new[] { 900, 1800 })
        {
            await _server.LogAsync(run, Metrics(from, 900));
        }

        await _server.SettleAsync();
        Assert.Equal(0, await _server.Server.CountAsync(packs));
        Assert.Equal([0], await _server.SearchAsync("metrics.m2699 = 2699", [], 1));

        // Nothing stays of what was packed before.
        await _server.LogAsync(run, [new MetricPoint("m0", -1, 2, 2)]);
        await _server.SettleAsync();
        Assert.Equal([0], await _server.SearchAsync("metrics.m0 = -1", [], 1));

        static MetricPoint[] Metrics(int from, int count) =>
            [.. Enumerable.Range(from, count).Select(i => new MetricPoint($"m{i}", i, 1, 1))];
    }

    [Fact]
    public async Task A_page_of_runs_reads_those_that_are_packed_and_those_that_are_not()
    {
        for (var i = 0; i < 6; i++)
        {
            var run = await _server.NewRunAsync(i);
            MetricPoint[] points = [new(Key, double.NaN, 1, 1), new("n", i, 1, 1), new("n", -i, 0, 0)];
            await (
                i switch
                {
                    0 => Task.CompletedTask,
                    < 3 => _server.LeaveOldAsync(run, points),
                    _ => _server.AddSettledAsync(run, points),
                }
            );
            if (i % 2 == 1)
            {
                await _server.LogAsync(run, [new MetricPoint("n", 7, 2, 2), new MetricPoint("o", 0, 1, 1)]);
            }
        }

        Assert.Equal([5, 4, 3, 2, 1, 0], await _server.SearchAsync("", [], 10));
        await _server.SettleAsync();
        Assert.Equal([5, 4, 3, 2, 1, 0], await _server.SearchAsync("", [], 10));
        await _server.AssertPacksAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Curves_are_those_of_more_than_one_number_wherever_they_stand(bool settled)
    {
        var (one, other) = (await _server.NewRunAsync(0), await _server.NewRunAsync(0));
        await _server.LeaveOldAsync(
            one,
            [.. Points("old", 1, 2), .. Points("old and new", 1), .. Points("old one", 1)]
        );
        await _server.AddSettledAsync(one, [.. Points("packed", 1, 2), .. Points("packed and new", 1)]);
        await _server.LogAsync(
            one,
            [
                .. Points("packed and new", double.NaN, 2),
                .. Points("old and new", double.NaN, 2),
                .. Points("new", 1, 2),
                .. Points("one", 1),
                .. Points("one number", 1, double.NaN),
            ]
        );
        await _server.LogAsync(other, [.. Points("one", 1), .. Points("theirs", 1, 2)]);
        if (settled)
        {
            await _server.SettleAsync();
        }

        var comparer = _server.Server.Get<RunComparer>();
        var comparison = await comparer.CompareAsync([one.Id, other.Id], curves: true);

        Assert.Equal(
            ["new", "old", "old and new", "packed", "packed and new", "theirs"],
            comparison.Curves.Select(curves => curves.Key)
        );
        Assert.All(comparison.Curves, curves => Assert.Equal([1.0, 2], Assert.Single(curves.Runs).Values));

        static IEnumerable<MetricPoint> Points(string key, params double[] values) =>
            values.Select((value, step) => new MetricPoint(key, value, step, step));
    }

    [Fact]
    public async Task The_mean_of_a_metric_whose_row_was_full_counts_points_that_are_in_no_curve_yet()
    {
        var run = await _server.NewRunAsync(0);
        var names = Enumerable
            .Range(0, 1000)
            .Select(i => new string('k', 246) + i.ToString("0000", CultureInfo.InvariantCulture));
        await _server.LogAsync(run, [.. names.Select(name => new MetricPoint(name, 7, 1, 1))]);

        Assert.Equal(1, await _server.Server.CountAsync("select count(*) from tracking_unsettled"));
        Assert.Equal(1000, await _server.Server.CountAsync("select count(*) from tracking_metric_latest"));
        Assert.Equal([0], await _server.SearchAsync($"metrics.{new string('k', 246)}0000.mean = 7", [], 10));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task The_mean_of_infinities_is_found_wherever_they_stand(bool old, bool settled)
    {
        var run = await _server.NewRunAsync(0);
        var points = Enumerable.Range(0, 80).Select(i => new MetricPoint(Key, double.PositiveInfinity, i, i)).ToList();
        if (old)
        {
            await _server.LeaveOldAsync(run, points);
        }
        else
        {
            // Two packs, each with the sum of the greatest there is.
            await _server.AddSettledAsync(run, points[..40]);
            await _server.LogAsync(run, points[40..]);
        }

        if (settled)
        {
            await _server.SettleAsync();
        }

        Assert.Equal([0], await _server.SearchAsync("metrics.m.mean > 1e300", [], 10));
        Assert.Equal([0], await _server.SearchAsync("", ["metrics.m.mean DESC"], 10));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_mean_of_the_same_number_is_this_number_however_great_it_is(bool settled)
    {
        var (same, less) = (await _server.NewRunAsync(0), await _server.NewRunAsync(0));
        await _server.LogAsync(
            same,
            [.. Enumerable.Range(0, 40).Select(i => new MetricPoint(Key, double.PositiveInfinity, i, i))]
        );
        await _server.LogAsync(less, [new MetricPoint(Key, 1e308, 1, 1)]);
        if (settled)
        {
            await _server.SettleAsync();
        }

        Assert.Equal([0, 1], await _server.SearchAsync("", ["metrics.m.mean DESC"], 10));
    }

    [Fact]
    public async Task A_search_compares_as_many_runs_as_log_at_once()
    {
        var run = await _server.NewRunAsync(0);
        await _server.LogAsync(run, [new MetricPoint(Key, -1, 1, 1)]);
        await _server.Server.Kernel.Database.WriteAsync(async transaction =>
        {
            // Handed over one by one they would be more than a statement takes as arguments.
            for (var i = 0; i < 40_000; i++)
            {
                await AddUnsettledRunAsync(transaction, i);
            }
        });

        Assert.Equal(["r0"], await _server.Server.FindAsync("metrics.m < 0", "metrics.m ASC"));
    }

    [Fact]
    public async Task Who_reads_while_others_log_and_settle_misses_nothing_that_was_there()
    {
        var run = await _server.NewRunAsync(0);
        var log = _server.Server.Get<RunLog>();
        const int Writers = 4;
        const int Steps = 120;
        var done = new int[Writers];
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer))));
        do
        {
            var there = done.ToArray();
            var found = (await _server.HistoryAsync(run, Key, 50)).ToHashSet();
            for (var writer = 0; writer < Writers; writer++)
            {
                Assert.All(Enumerable.Range(0, there[writer]), step => Assert.Contains(PointOf(writer, step), found));
            }

            await _server.FoldAfterAsync(2);
            await _server.SettleAsync();
        } while (!writing.IsCompleted);

        await writing;
        await _server.SettleAsync();
        for (var i = 0; i < Writers * Steps; i++)
        {
            run.Add(Key, PointOf(i % Writers, i / Writers));
        }

        Assert.Equal(run.Curve(Key), await _server.HistoryAsync(run, Key, 0));
        _server.AssertLatest((await _server.Server.GetAsync("runs/get?run_id=" + run.Id)).GetProperty("run"));
        await _server.AssertPacksAsync();

        static KnownPoint PointOf(int writer, int step) =>
            KnownPoint.Of(writer, (step * 7) % 100, (step * 10) + writer);

        async Task WriteAsync(int writer)
        {
            for (var step = 0; step < Steps; step++)
            {
                var point = PointOf(writer, step);
                MetricPoint[] points = [new(Key, point.Value, point.At, point.Step)];
                if (writer == 0)
                {
                    Assert.Equal(1, await AddAsync(points));
                }
                else
                {
                    await log.WriteAsync(run.Id, new RunBatch(points, [], []));
                }

                Volatile.Write(ref done[writer], step + 1);
            }
        }

        Task<int> AddAsync(MetricPoint[] points) =>
            _server.Server.Kernel.Database.WriteAsync(async transaction =>
                await UnsettledPoints.AddSettledAsync(
                    transaction,
                    await RunStore.RequireActiveKeyAsync(transaction, run.Id),
                    MetricRow.Sorted(points)
                )
            );
    }

    private static async Task AddUnsettledRunAsync(Transaction transaction, int place)
    {
        var number = await RunKey.NextNumberAsync(transaction);
        var id = $"many{place}";
        await transaction.ExecuteAsync(
            """
            insert into tracking_run (number, id, experiment, name, user_id, status, started_at, lifecycle, artifact_uri)
            values (@number, @id, 0, @id, '', 'RUNNING', 1, 'active', '')
            """,
            new { number, id }
        );
        var points = new[] { 0.25, 0.5, 0.75 }
            .Select((part, step) => new MetricPoint(Key, place + part, 1, (step * 2) % 3))
            .ToList();
        await UnsettledPoints.AddAsync(
            transaction,
            new RunKey(number, id, 0),
            MetricRow.Sorted(points),
            TimeProvider.System
        );
    }
}
