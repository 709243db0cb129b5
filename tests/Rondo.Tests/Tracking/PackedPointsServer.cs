using System.Globalization;
using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Runs;

namespace Rondo.Tests.Tracking;

/// <summary>A server beside a naive memory of what was logged to it: every act is done to both.</summary>
internal sealed class PackedPointsServer(TrackingHarness server) : IAsyncDisposable
{
    public TrackingHarness Server { get; } = server;
    public List<KnownRun> Runs { get; } = [];

    /// <summary>A server with one experiment more, in which nothing is, and goals for two metrics.</summary>
    public static async Task<PackedPointsServer> StartAsync(string postgresOptions = "")
    {
        var server = await TrackingHarness.StartAsync(postgresOptions: postgresOptions);
        await server.PostAsync("experiments/create", new { name = "empty" });
        foreach (var (key, goal) in new[] { (KnownRun.Greatest, "maximize"), ("wild", "minimize") })
        {
            foreach (var experiment in new[] { "0", "1" })
            {
                await server.PostAsync(
                    "experiments/set-experiment-tag",
                    new
                    {
                        experiment_id = experiment,
                        key = "rondo.goal." + key,
                        value = goal,
                    }
                );
            }
        }

        return new PackedPointsServer(server);
    }

    public async Task<KnownRun> NewRunAsync(long startedAt)
    {
        Runs.Add(new KnownRun(await Server.NewRunAsync($"r{Runs.Count}", startTime: startedAt), startedAt));
        return Runs[^1];
    }

    /// <summary>As a client logs: what travels is a text where it is no number.</summary>
    public async Task LogAsync(KnownRun run, IReadOnlyList<MetricPoint> points)
    {
        await Server.PostAsync(
            "runs/log-batch",
            new
            {
                run_id = run.Id,
                metrics = points.Select(point => new
                {
                    key = point.Key,
                    value = double.IsFinite(point.Value) ? (object)point.Value : Words(point.Value),
                    timestamp = point.Timestamp,
                    step = point.Step,
                }),
            }
        );
        Remember(run, points);
    }

    /// <summary>As an import brings points: it tells how many are new.</summary>
    public async Task AddSettledAsync(KnownRun run, IReadOnlyList<MetricPoint> points)
    {
        var added = await Server.Kernel.Database.WriteAsync(async transaction =>
        {
            var key = await RunStore.RequireActiveKeyAsync(transaction, run.Id);
            return await UnsettledPoints.AddSettledAsync(transaction, key, MetricRow.Sorted(points));
        });
        Assert.Equal(Remember(run, points), added);
    }

    /// <summary>As a server of before has left points of metrics that the run has not logged since, when all runs were settled.</summary>
    public async Task LeaveOldAsync(KnownRun run, IReadOnlyList<MetricPoint> points)
    {
        await SettleAsync();
        points = [.. points.Where(point => !run.Has(point.Key))];
        var rows = MetricRow.Sorted(points);
        await Server.Kernel.Database.WriteAsync(async transaction =>
        {
            var key = await RunStore.RequireActiveKeyAsync(transaction, run.Id);
            foreach (var row in rows)
            {
                await transaction.ExecuteAsync(
                    """
                    insert into tracking_metric (run_number, key, logged_at, step, value, is_nan)
                    values (@Number, @Key, @LoggedAt, @Step, @Value, @IsNan)
                    """,
                    new
                    {
                        key.Number,
                        row.Key,
                        row.LoggedAt,
                        row.Step,
                        row.Value,
                        row.IsNan,
                    }
                );
            }

            foreach (var range in MetricRange.Of(rows))
            {
                await LeaveLatestAsync(transaction, key, range);
            }

            await transaction.ExecuteAsync("delete from tracking_latest_pack where run_number = @Number", key);
        });
        Remember(run, points);
    }

    /// <summary>The next so manieth batch that is a row, of every run that logs, is the last before all are brought to their curves.</summary>
    public Task FoldAfterAsync(int batches) =>
        Server.Kernel.Database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync(
                "update tracking_unsettled set batches = @at where batches < @at",
                new { at = 512L - batches }
            )
        );

    public Task SettleAsync()
    {
        Server.Kernel.Time.Advance(TimeSpan.FromMilliseconds(1));
        return Server.Get<UnsettledRuns>().SettleAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);
    }

    /// <summary>All points of a metric, page by page; a limit of 0 asks for none.</summary>
    public async Task<List<KnownPoint>> HistoryAsync(KnownRun run, string key, int limit)
    {
        var points = new List<KnownPoint>();
        var token = "";
        do
        {
            var page = await Server.GetAsync(
                $"metrics/get-history?run_id={run.Id}&metric_key={Uri.EscapeDataString(key)}&page_token={Uri.EscapeDataString(token)}"
                    + (limit > 0 ? $"&max_results={limit}" : "")
            );
            var found = PointsOf(page).Select(found => found.Point).ToList();
            points.AddRange(found);
            token = page.TryGetProperty("next_page_token", out var next) ? next.GetString()! : "";
            Assert.True(
                limit == 0 || found.Count == limit || token.Length == 0,
                "A page is full where there is a next one."
            );
        } while (token.Length > 0);
        return points;
    }

    /// <summary>The numbers of the runs that a search finds, in its order, page by page.</summary>
    public async Task<List<int>> SearchAsync(string filter, string[] orderBy, int limit)
    {
        var found = new List<int>();
        var token = "";
        do
        {
            var page = await Server.PostAsync(
                "runs/search",
                new
                {
                    // In one experiment the order of a metric is found in another way than in several.
                    experiment_ids = limit % 3 == 0 ? new[] { "0", "1" } : ["0"],
                    filter,
                    order_by = orderBy,
                    max_results = limit,
                    page_token = token,
                }
            );
            if (page.TryGetProperty("runs", out var runs))
            {
                foreach (var run in runs.EnumerateArray())
                {
                    found.Add(AssertLatest(run));
                }
            }

            token = page.TryGetProperty("next_page_token", out var next) ? next.GetString()! : "";
        } while (token.Length > 0);
        return found;
    }

    /// <summary>The run has the latest points that are known, in the order of their keys; returns its place.</summary>
    public int AssertLatest(JsonElement run)
    {
        var id = run.GetProperty("info").GetProperty("run_id").GetString();
        var place = Runs.FindIndex(known => known.Id == id);
        var known = Runs[place];
        Assert.Equal(known.Keys.Select(key => (key, known.Latest(key))), PointsOf(run.GetProperty("data")));
        return place;
    }

    public static IEnumerable<(string Key, KnownPoint Point)> PointsOf(JsonElement of) =>
        of.TryGetProperty("metrics", out var metrics) ? metrics.EnumerateArray().Select(PointOf) : [];

    public static (string Key, KnownPoint Point) PointOf(JsonElement point) =>
        (
            point.GetProperty("key").GetString()!,
            KnownPoint.Of(
                point.GetProperty("value") is { ValueKind: JsonValueKind.Number } number
                    ? number.GetDouble()
                    : double.Parse(point.GetProperty("value").GetString()!, CultureInfo.InvariantCulture),
                point.GetProperty("timestamp").GetInt64(),
                point.GetProperty("step").GetInt64()
            )
        );

    private const string WrongCounters = """
        select count(*) from tracking_unsettled u
        where u.bytes <> coalesce((select sum(length(b.points)) from tracking_unsettled_batch b where b.run_number = u.run_number), 0)
            or u.unmerged_bytes <> coalesce((select sum(length(b.points)) from tracking_unsettled_batch b
                where b.run_number = u.run_number and b.batch >= u.merged), 0)
            or u.latest_bytes <> coalesce((select length(l.latest) from tracking_unsettled_latest l where l.run_number = u.run_number), 0)
        """;

    /// <summary>Packs of a curve stand one behind the other, and say what they hold; no point stands in two places that hold for good.</summary>
    public async Task AssertPacksAsync()
    {
        var curves = new Dictionary<(long Run, string Key), List<CurvePoint>>();
        await Server.Kernel.Database.ReadAsync(async session =>
        {
            await session.ReadRowsAsync(
                $"""
                select {CurveReader.First}, numbers, total, points, run_number, key from tracking_metric_pack
                order by run_number, key, {CurveReader.First}
                """,
                new { },
                row => AssertPack(row, curves)
            );
            await session.ReadRowsAsync(
                "select logged_at, step, value, is_nan, run_number, key from tracking_metric",
                new { },
                row =>
                    Assert.DoesNotContain(
                        CurveReader.PointOf(row),
                        curves.GetValueOrDefault((row.Long(4), row.Text(5))) ?? []
                    )
            );
            await AssertSettledPacksAsync(session);
            return true;
        });
        Assert.Equal(
            0,
            await Server.CountAsync(
                "select count(*) from tracking_unsettled_batch b where b.batch >= coalesce((select u.batches from tracking_unsettled u where u.run_number = b.run_number), 0)"
            )
        );
        Assert.Equal(0, await Server.CountAsync(WrongCounters));
    }

    // They say what the rows say.
    private static async Task AssertSettledPacksAsync(Session session)
    {
        var packs = new Dictionary<long, List<MetricRange>>();
        await session.ReadRowsAsync(
            "select run_number, latest from tracking_latest_pack",
            new { },
            row => packs.Add(row.Long(0), LatestPack.Read(row.Bytes(1)))
        );
        foreach (var (run, pack) in packs)
        {
            Assert.Equal(await LatestMetrics.RowsAsync(session, run, 10_000), pack);
        }
    }

    /// <summary>By each of what a search compares every run that has it is found, from a little below its value to a little above.</summary>
    public async Task AssertStatisticsAsync(string key)
    {
        foreach (var statistic in Enum.GetValues<Statistic>().Where(statistic => statistic != Statistic.Best))
        {
            for (var run = 0; run < Runs.Count; run++)
            {
                if (Runs[run].ValueOf(key, statistic) is { } value && !double.IsNaN(value))
                {
                    var (name, near) = (NameOf(key, statistic), 1e-9 * Math.Max(1, Math.Abs(value)));
                    var found = await SearchAsync(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{name} > {value - near:R} AND {name} < {value + near:R}"
                        ),
                        [],
                        100
                    );
                    Assert.True(found.Contains(run), $"{name} of run {run} is not {value:R}.");
                }
            }
        }
    }

    public static string NameOf(string key, Statistic statistic) =>
        statistic == Statistic.None ? $"metrics.`{key}`" : $"metrics.{key}.{statistic}".ToLowerInvariant();

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private static void AssertPack(Row row, Dictionary<(long Run, string Key), List<CurvePoint>> curves)
    {
        var points = new List<CurvePoint>();
        PointPack.Read(row.Bytes(6), points);
        Assert.InRange(points.Count, 1, 512);
        Assert.Equal(CurveReader.PointOf(row), points[0]);
        var numbers = points.Where(point => !point.IsNan).Select(point => point.Value).ToList();
        Assert.Equal(numbers.Count, row.Long(4));
        var parts = numbers.Select(number => number / CurvePoints.SumScale).ToList();
        Assert.InRange(row.Double(5) - parts.Sum(), -1e-9 * parts.Sum(Math.Abs), 1e-9 * parts.Sum(Math.Abs));

        var place = (row.Long(7), row.Text(8));
        if (!curves.TryGetValue(place, out var curve))
        {
            curves.Add(place, curve = []);
        }

        curve.AddRange(points);
        for (var i = Math.Max(1, curve.Count - points.Count); i < curve.Count; i++)
        {
            Assert.True(curve[i - 1] < curve[i], $"{curve[i - 1]} and {curve[i]} are not in order.");
        }
    }

    private static async ValueTask LeaveLatestAsync(Transaction transaction, RunKey run, MetricRange range) =>
        await transaction.ExecuteAsync(
            """
            insert into tracking_metric_latest
                (run_number, key, experiment, logged_at, step, value, is_nan, min_value, max_value, settled)
            values (@Number, @Key, @Experiment, @LoggedAt, @Step, @Value, @IsNan, @Min, @Max, 1)
            """,
            new
            {
                run.Number,
                range.Latest.Key,
                run.Experiment,
                range.Latest.LoggedAt,
                range.Latest.Step,
                range.Latest.Value,
                range.Latest.IsNan,
                range.Min,
                range.Max,
            }
        );

    private static int Remember(KnownRun run, IReadOnlyList<MetricPoint> points) =>
        points.Count(point => run.Add(point.Key, KnownPoint.Of(point.Value, point.Timestamp, point.Step)));

    private static string Words(double value) =>
        double.IsNaN(value) ? "NaN"
        : value > 0 ? "Infinity"
        : "-Infinity";
}
