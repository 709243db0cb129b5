using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Rondo.Kernel.Events;
using Rondo.Monitoring;
using Rondo.Monitoring.Predictions;
using Rondo.Sdk.Wire;
using Rondo.Tests.Kernel;
using Rondo.Tests.Registry;
using Rondo.Tests.Serving;

namespace Rondo.Tests.Monitoring;

public sealed class MonitoringTests
{
    private static readonly DateOnly s_first = new(2005, 1, 1);

    [Fact]
    [Trait("Requirement", "R200")]
    [Trait("Requirement", "R201")]
    public async Task A_quality_monitor_finds_the_error_of_each_window_and_alerts_above_its_limit()
    {
        await using var serving = await StartAsync(new MonitorManifest("quality", "quality", "rmse", 2, 10, 10));

        // The line is right for ten days; then the world is 3 higher.
        for (var day = 0; day < 21; day++)
        {
            await PredictAsync(serving, day, x: day, truth: (2 * day) + (day < 10 ? 0 : 3));
        }

        await SettleAsync(serving);

        var windows = await EvaluatedAsync(serving);
        Assert.Equal(
            [(10, 0.0, WindowState.Passed), (10, 3.0, WindowState.Alert)],
            windows.Select(w => (w.N, w.Value!.Value, w.State))
        );
        var alert = Assert.Single(await serving.EventsAsync("alert.raised")).DataAs<AlertRaisedEvent>();
        Assert.Equal(
            ("quality", "rmse", 3.0, 2.0, 1),
            (alert.Kind, alert.Metric, alert.Value, alert.Limit, alert.ModelVersion)
        );
        Assert.Equal(new DateTimeOffset(2005, 1, 11, 0, 0, 0, TimeSpan.Zero), alert.WindowFrom);
        Assert.Equal(new DateTimeOffset(2005, 1, 21, 0, 0, 0, TimeSpan.Zero), alert.WindowTo);
        Assert.Equal(-3, alert.Details.GetProperty("bias").GetDouble());
        Assert.Equal(1, alert.Details.GetProperty("versions")[0].GetProperty("version").GetInt64());
        Assert.Equal(0, await serving.PendingAsync());

        var alerts = await GetAsync(serving, "/api/v1/alerts?endpoint=line");
        Assert.Equal(alert.AlertId, alerts[0].GetProperty("id").GetString());
        var monitors = await GetAsync(serving, "/api/v1/endpoints/line/monitors");
        Assert.Equal(
            ["alert", "passed"],
            monitors[0].GetProperty("windows").EnumerateArray().Select(w => w.GetProperty("state").GetString())
        );
    }

    [Fact]
    public async Task A_quality_window_waits_for_its_truth_and_in_the_end_does_without()
    {
        await using var serving = await StartAsync(new MonitorManifest("quality", "quality", "rmse", 2, 20, 20));
        for (var day = 0; day <= 20; day++)
        {
            await PredictAsync(serving, day, x: day, truth: day < 15 ? 2 * day : null);
        }

        await SettleAsync(serving);
        Assert.Empty(await EvaluatedAsync(serving));
        Assert.Equal(0, await serving.PendingAsync());

        await PredictAsync(serving, 34, x: 1, truth: null);
        Assert.Equal(1, await FlushedPendingAsync(serving));
        await SettleAsync(serving);

        Assert.Equal(15, Assert.Single(await EvaluatedAsync(serving)).N);
    }

    [Fact]
    public async Task A_window_with_too_few_truths_says_so_and_raises_nothing()
    {
        await using var serving = await StartAsync(new MonitorManifest("quality", "quality", "rmse", 2, 5, 5));
        for (var day = 0; day <= 5; day++)
        {
            await PredictAsync(serving, day, x: day, truth: 1000);
        }

        await SettleAsync(serving);

        Assert.Equal(WindowState.Insufficient, Assert.Single(await EvaluatedAsync(serving)).State);
        Assert.Empty(await serving.EventsAsync("alert.raised"));
    }

    [Fact]
    [Trait("Requirement", "R203")]
    public async Task A_drift_monitor_is_quiet_on_the_training_distribution_and_names_the_columns_that_moved()
    {
        await using var serving = await StartAsync(
            new MonitorManifest("drift", "drift", "psi", 0.2, 100, 100, MinColumns: 2)
        );

        // As in training for a hundred days; then x is twice as large, and with it y.
        for (var day = 0; day <= 200; day++)
        {
            var x = day * 37 % 100 / 10.0;
            await PredictAsync(serving, day, x: day < 100 ? x : 10 + x, truth: null);
        }

        await SettleAsync(serving);

        Assert.Equal([WindowState.Passed, WindowState.Alert], (await EvaluatedAsync(serving)).Select(w => w.State));
        var alert = Assert.Single(await serving.EventsAsync("alert.raised")).DataAs<AlertRaisedEvent>();
        var columns = alert.Details.GetProperty("columns").EnumerateArray().ToList();
        Assert.Equal(2, alert.Details.GetProperty("columnsOver").GetInt32());
        Assert.Equal(["x", "y"], columns.Take(2).Select(c => c.GetProperty("column").GetString()).Order());
        Assert.Equal(0, columns[2].GetProperty("value").GetDouble());
        Assert.True(alert.Value > 1);
        Assert.Equal(100, alert.N);
    }

    [Fact]
    [Trait("Requirement", "R208")]
    public async Task A_freshness_monitor_counts_the_days_since_the_data_of_the_version_that_answers()
    {
        await using var serving = await StartAsync(new MonitorManifest("freshness", "freshness", "days", 20, 10, 10));
        for (var day = 0; day <= 20; day++)
        {
            await PredictAsync(serving, day, x: day, truth: null);
        }

        await SettleAsync(serving);

        // The data end on 2004-12-31; the windows on 2005-01-11 and 2005-01-21.
        var windows = await EvaluatedAsync(serving);
        Assert.Equal(
            [(11.0, WindowState.Passed), (21.0, WindowState.Alert)],
            windows.Select(w => (w.Value!.Value, w.State))
        );
    }

    [Fact]
    [Trait("Requirement", "R186")]
    public async Task An_inference_id_that_comes_twice_is_answered_twice_and_logged_once()
    {
        await using var serving = await StartAsync();
        await serving.InferAsync(1, id: "same", eventTime: "2005-01-01");
        await serving.InferAsync(9, id: "same", eventTime: "2005-01-01");
        await TruthAsync(serving, ("same", 2));
        await serving.Get<PredictionLog>().WaitFlushedAsync();

        var quality = await GetAsync(serving, "/api/v1/endpoints/line/quality");

        Assert.Equal(1, quality.GetProperty("predictions").GetInt32());
        Assert.Equal(0, quality.GetProperty("rmse").GetDouble());
    }

    [Fact]
    public async Task Truth_may_come_first_and_may_be_corrected_and_quality_is_told_by_version_and_time()
    {
        await using var serving = await StartAsync();
        await TruthAsync(serving, ("a", 100), ("b", 4));
        await serving.InferAsync(1, id: "a", eventTime: "2005-01-01");
        await serving.InferAsync(3, id: "b", eventTime: "2006-01-01T12:00:00Z");
        await serving.InferAsync(3, id: "c", eventTime: "2006-01-02");
        await TruthAsync(serving, ("a", 5));
        await serving.Get<PredictionLog>().WaitFlushedAsync();

        var all = await GetAsync(serving, "/api/v1/endpoints/line/quality");
        var first = await GetAsync(serving, "/api/v1/endpoints/line/quality?from=2005-01-01&to=2006-01-01");

        Assert.Equal((3, 2), (all.GetProperty("predictions").GetInt32(), all.GetProperty("n").GetInt32()));
        Assert.Equal(2.5, all.GetProperty("mae").GetDouble());
        Assert.Equal(-3, first.GetProperty("bias").GetDouble());
        Assert.Equal(2, all.GetProperty("versions")[0].GetProperty("n").GetInt32());
    }

    [Fact]
    [Trait("Requirement", "R223")]
    public async Task A_full_log_drops_and_counts_while_every_request_is_answered()
    {
        await using var serving = await StartAsync(
            new MonitoringOptions(QueuedPredictionsMax: 5, PredictionsPerWriteMax: 1)
        );
        var release = new TaskCompletionSource();
        var holds = new TaskCompletionSource();
        var held = serving.Kernel.Database.WriteAsync(async t =>
        {
            if (TestKernel.OnPostgres)
            {
                // Where many write at once, one that is held holds nobody up by itself.
                await t.ExecuteAsync("lock table monitoring_prediction in exclusive mode");
            }

            holds.TrySetResult();
            await release.Task;
        });
        await holds.Task;

        // One prediction at most is with the writer, five wait.
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(2.0, (await serving.AnswerAsync(1)).Value);
        }

        release.SetResult();
        await held;
        await serving.Get<PredictionLog>().WaitFlushedAsync();

        var endpoint = await GetAsync(serving, "/api/v1/endpoints/line");
        var dropped = endpoint.GetProperty("dropped").GetInt32();
        var logged = (await GetAsync(serving, "/api/v1/endpoints/line/quality")).GetProperty("predictions").GetInt32();
        Assert.InRange(dropped, 14, 15);
        Assert.Equal(20, logged + dropped);
        Assert.Equal(20, endpoint.GetProperty("requests").GetInt32());
    }

    [Fact]
    public async Task Predictions_that_wait_when_the_server_stops_are_written_first()
    {
        var serving = await StartAsync();
        for (var i = 0; i < 50; i++)
        {
            await serving.InferAsync(i, id: $"p{i}");
        }

        await serving.StopAsync();

        var written = await serving.Kernel.Database.ReadAsync(async s =>
            await s.ScalarAsync<long>("select count(*) from monitoring_prediction")
        );
        await serving.Kernel.DisposeAsync();
        Assert.Equal(50, written);
    }

    [Fact]
    public void Ground_truth_that_makes_no_sense_is_refused_with_its_place()
    {
        GroundTruth[] truths = [new GroundTruth("a", 1), new GroundTruth("", 1)];

        var error = Assert.Throws<RondoException>(() => Endpoints.Check(truths));

        Assert.Contains("Element 1 has no inferenceId", error.Message);
    }

    private static Task<ServingHarness> StartAsync(params MonitorManifest[] monitors) =>
        StartAsync(new MonitoringOptions(), monitors);

    private static async Task<ServingHarness> StartAsync(MonitoringOptions options, params MonitorManifest[] monitors)
    {
        var serving = await ServingHarness.StartAsync(
            services => services.AddMonitoring(options),
            app => app.MapMonitoring(),
            MonitoringModule.Schema
        );
        await serving.ReleaseAsync(ServingHarness.Manifest(monitors: monitors));
        await serving.RegisterAsync(new LineModel(2, 0));
        await serving.SettleAsync();
        return serving;
    }

    private static async Task PredictAsync(ServingHarness serving, int day, double x, double? truth)
    {
        var date = s_first.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var response = await serving.InferAsync(
            x,
            id: date,
            eventTime: date,
            kind: day % 2 == 0 ? "Ordinary" : "Holiday"
        );
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        if (truth is { } value)
        {
            await TruthAsync(serving, (date, value));
        }
    }

    private static async Task TruthAsync(ServingHarness serving, params (string Id, double Value)[] truths)
    {
        var response = await serving.Client.PostAsJsonAsync(
            "/api/v1/endpoints/line/ground-truth",
            truths.Select(truth => new { inferenceId = truth.Id, value = truth.Value })
        );
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static async Task SettleAsync(ServingHarness serving)
    {
        await serving.Get<PredictionLog>().WaitFlushedAsync();
        await serving.SettleAsync();
    }

    private static async Task<long> FlushedPendingAsync(ServingHarness serving)
    {
        await serving.Get<PredictionLog>().WaitFlushedAsync();
        return await serving.PendingAsync();
    }

    private static async Task<IReadOnlyList<MonitorEvaluatedEvent>> EvaluatedAsync(ServingHarness serving) =>
        [.. (await serving.EventsAsync("monitor.evaluated")).Select(e => e.DataAs<MonitorEvaluatedEvent>())];

    private static Task<JsonElement> GetAsync(ServingHarness serving, string path) =>
        serving.Client.GetFromJsonAsync<JsonElement>(path);
}
