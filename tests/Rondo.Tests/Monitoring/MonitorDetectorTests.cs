using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Monitoring;
using Rondo.Monitoring.Monitors;
using Rondo.Monitoring.Predictions;
using Rondo.Registry;
using Rondo.Sdk;
using Rondo.Sdk.Wire;
using Rondo.Serving;
using Rondo.Tests.Kernel;
using Rondo.Tests.Registry;
using Rondo.Tests.Serving;

namespace Rondo.Tests.Monitoring;

/// <summary>Monitors that name a detector or a measure, and limits that were learned.</summary>
public sealed class MonitorDetectorTests
{
    private const int ChangeDay = 45;

    private static readonly DateOnly s_first = new(2005, 1, 1);

    [Theory]
    [Trait("Requirement", "R201")]
    [InlineData("pageHinkley")]
    [InlineData("adwin")]
    [InlineData("ddm")]
    public async Task A_detector_sees_errors_rise_and_the_alert_says_since_when(string name)
    {
        await using var serving = await StartAsync(Detecting(name));
        await PredictAsync(serving, 0, 91);
        await SettleAsync(serving);

        var alert = Assert.Single(await serving.EventsAsync("alert.raised")).DataAs<AlertRaisedEvent>();

        var since = DateOnly.FromDateTime(alert.Details.GetProperty("since").GetDateTimeOffset().UtcDateTime);
        Assert.InRange(since.DayNumber - s_first.DayNumber, ChangeDay - 2, ChangeDay + 2);
        Assert.Equal(("quality", "drifts", 1.0, 1), (alert.Kind, alert.Metric, alert.Value, alert.ModelVersion));
        var rise = alert.Details.GetProperty("rises")[0];
        Assert.InRange(rise.GetProperty("errorBefore").GetDouble(), 0, 0.5);
        Assert.InRange(rise.GetProperty("errorAfter").GetDouble(), 2.5, 3.5);
        // One alert in the window in which it was seen; the others pass.
        Assert.Equal(1, (await EvaluatedAsync(serving)).Count(window => window.State == WindowState.Alert));
    }

    [Fact]
    [Trait("Requirement", "R201")]
    public async Task Another_server_that_takes_over_finds_what_one_that_stayed_finds()
    {
        await using var stayed = await StartAsync(Detecting("pageHinkley"));
        await PredictAsync(stayed, 0, 91);
        await SettleAsync(stayed);

        var kernel = await NewKernelAsync();
        var first = await StartAsync(kernel, [Detecting("pageHinkley")]);
        await PredictAsync(first, 0, ChangeDay + 2);
        await SettleAsync(first);
        await first.StopAsync();
        await using var second = await ServeAsync(kernel);
        await PredictAsync(second, ChangeDay + 2, 91);
        await SettleAsync(second);

        Assert.Equal(await WindowsAsync(stayed), await WindowsAsync(second));
    }

    [Fact]
    public void Errors_that_fall_are_seen_by_detectors_that_look_to_both_sides_and_raise_nothing()
    {
        IReadOnlyList<TimedOutcome> Outcomes(double before, double after) =>
            [
                .. Enumerable
                    .Range(0, 600)
                    .Select(i => new TimedOutcome
                    {
                        Version = 1,
                        EventTime = i,
                        Value = (i < 300 ? before : after) + (i % 3 / 10.0),
                    }),
            ];

        Assert.Empty(ErrorWatch.Replay(Detectors.Adwin(), Outcomes(before: 3, after: 0))!);
        var rise = Assert.Single(ErrorWatch.Replay(Detectors.Adwin(), Outcomes(before: 0, after: 3))!);
        Assert.Equal(300, rise.Since.ToUnixTimeMilliseconds());
    }

    [Fact]
    [Trait("Requirement", "R201")]
    public void Versions_that_share_the_traffic_are_watched_each_by_itself()
    {
        // The second version is wrong from its beginning, as a canary may be: neither of the two becomes worse.
        IReadOnlyList<TimedOutcome> outcomes =
        [
            .. Enumerable
                .Range(0, 1000)
                .Select(i => new TimedOutcome
                {
                    Version = 1 + (i % 2),
                    EventTime = i,
                    Value = (i % 2 * 5) + (i % 3 / 10.0),
                }),
        ];

        foreach (var detector in (Detector[])[Detectors.Adwin(), Detectors.PageHinkley(threshold: 5), Detectors.Ddm()])
        {
            Assert.Empty(ErrorWatch.Replay(detector, outcomes)!);
        }

        Assert.Null(ErrorWatch.Replay(new Detector("oracle"), outcomes));
    }

    [Fact]
    [Trait("Requirement", "R203")]
    public async Task A_drift_monitor_with_learned_limits_is_quiet_about_seasons_and_alerts_on_what_is_new()
    {
        var learned = ReferenceProfile.Of(Weeks(40), new DriftCalibration(DriftWindow.OfDays(30), "day"));
        var calibrated = new MonitorManifest("drift", "drift", "wasserstein", 1, 30, 30) { Calibrated = true };
        await using var serving = await StartAsync(await NewKernelAsync(), [calibrated], learned);
        for (var day = 0; day <= 90; day++)
        {
            await InferAsync(serving, day, Weekday(day) + (day < 60 ? 0 : 20));
        }

        await SettleAsync(serving);

        var windows = await EvaluatedAsync(serving);
        Assert.Equal(
            [WindowState.Passed, WindowState.Passed, WindowState.Alert],
            windows.Select(window => window.State)
        );
        var alert = Assert.Single(await serving.EventsAsync("alert.raised")).DataAs<AlertRaisedEvent>();
        var column = alert.Details.GetProperty("columns")[0];
        Assert.Equal("x", column.GetProperty("column").GetString());
        Assert.Equal(
            alert.Value,
            column.GetProperty("measured").GetDouble()
                / column.GetProperty("limit").GetDouble()
                / Math.Max(1, learned.Thresholds!.AnyColumn.Wasserstein!.Value),
            1e-9
        );
        Assert.StartsWith("values above", column.GetProperty("driver").GetString(), StringComparison.Ordinal);
        Assert.Contains(
            "of 30 days of the reference, for a false alarm in 5 % of windows",
            alert.Details.GetProperty("limits").GetString()
        );
        // The baseline has no limits for the prediction: it is named, not judged.
        Assert.Equal(["kind"], alert.Details.GetProperty("withoutLimits").EnumerateArray().Select(c => c.GetString()));
    }

    [Fact]
    public async Task Without_learned_limits_a_monitor_that_needs_them_says_how_to_get_them()
    {
        var calibrated = new MonitorManifest("drift", "drift", "ks", 1, 30, 30) { Calibrated = true };
        await using var serving = await StartAsync(calibrated);
        for (var day = 0; day <= 30; day++)
        {
            await InferAsync(serving, day, day % 10);
        }

        await SettleAsync(serving);

        Assert.Equal(WindowState.Insufficient, Assert.Single(await EvaluatedAsync(serving)).State);
        Assert.Contains("LearnDriftLimits", (await WindowsAsync(serving))[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_without_the_new_words_is_read_and_written_as_before()
    {
        const string before =
            """{"name":"drift-psi","kind":"drift","metric":"psi","limit":0.2,"windowDays":91,"everyDays":91,"minColumns":1}""";

        var read = JsonSerializer.Deserialize<MonitorManifest>(before, RondoJson.Options)!;

        Assert.Equal((false, null), (read.Calibrated, read.Detector));
        Assert.Equal(before, JsonSerializer.Serialize(read, RondoJson.Options));
        var detecting = Detecting("adwin");
        Assert.Equal(
            detecting,
            JsonSerializer.Deserialize<MonitorManifest>(
                JsonSerializer.Serialize(detecting, RondoJson.Options),
                RondoJson.Options
            )
        );
    }

    private static MonitorManifest Detecting(string name) =>
        new("detect", "quality", "drifts", 0, 30, 30)
        {
            Detector = name switch
            {
                "pageHinkley" => Detectors.PageHinkley(threshold: 8, delta: 0.1),
                "adwin" => Detectors.Adwin(),
                _ => Detectors.Ddm(tolerance: 1),
            },
        };

    private static double Weekday(int day) => day % 7 < 5 ? 2 + (day % 5 / 10.0) : 8 + (day % 3 / 10.0);

    private static Table Weeks(int weeks)
    {
        var days = Enumerable.Range(0, 7 * weeks).ToArray();
        return new Table(
            Column.Of("day", days.Select(day => (DateOnly?)s_first.AddDays(day - (7 * weeks)))),
            Column.Of("x", days.Select(Weekday).ToArray())
        );
    }

    private static Task<TestKernel> NewKernelAsync() =>
        TestKernel.StartAsync([RegistryModule.Schema, ServingModule.Schema, MonitoringModule.Schema]);

    private static async Task<ServingHarness> StartAsync(params MonitorManifest[] monitors) =>
        await StartAsync(await NewKernelAsync(), monitors);

    private static async Task<ServingHarness> StartAsync(
        TestKernel kernel,
        MonitorManifest[] monitors,
        ReferenceProfile? baseline = null
    )
    {
        var serving = await ServeAsync(kernel);
        await serving.ReleaseAsync(ServingHarness.Manifest(monitors: monitors));
        var proposal = await TestModels.ProposeAsync(kernel.Blobs, new LineModel(2, 0));
        var registered = baseline is null
            ? proposal
            : proposal with
            {
                Baseline = baseline with
                {
                    // Another input, of which nothing was learned.
                    Columns = [.. baseline.Columns, proposal.Baseline.Find("kind")!],
                },
            };
        await kernel.Database.WriteAsync(t =>
            serving.Registry.RegisterAsync(t, TestModels.Origin("run"), registered).AsTask()
        );
        await serving.SettleAsync();
        return serving;
    }

    private static Task<ServingHarness> ServeAsync(TestKernel kernel) =>
        ServingHarness.StartAsync(
            kernel,
            services => services.AddMonitoring(new MonitoringOptions()),
            app => app.MapMonitoring()
        );

    // The line is right but for a tenth; from the day of the change on the world is 3 higher.
    private static async Task PredictAsync(ServingHarness serving, int from, int to)
    {
        for (var day = from; day < to; day++)
        {
            await InferAsync(serving, day, day % 10);
            var response = await serving.Client.PostAsJsonAsync(
                "/api/v1/endpoints/line/ground-truth",
                new[]
                {
                    new
                    {
                        inferenceId = Date(day),
                        value = (2 * (day % 10)) + (day % 3 / 10.0) + (day < ChangeDay ? 0 : 3),
                    },
                }
            );
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    private static async Task InferAsync(ServingHarness serving, int day, double x)
    {
        var response = await serving.InferAsync(x, id: Date(day), eventTime: Date(day));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private static string Date(int day) => s_first.AddDays(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static async Task SettleAsync(ServingHarness serving)
    {
        await serving.Get<PredictionLog>().WaitFlushedAsync();
        await serving.SettleAsync();
    }

    private static async Task<IReadOnlyList<MonitorEvaluatedEvent>> EvaluatedAsync(ServingHarness serving) =>
        [.. (await serving.EventsAsync("monitor.evaluated")).Select(e => e.DataAs<MonitorEvaluatedEvent>())];

    private static Task<IReadOnlyList<string>> WindowsAsync(ServingHarness serving) =>
        serving.Kernel.Database.ReadAsync(async session =>
            await session.QueryAsync<string>("select details from monitoring_window order by window_to")
        );
}
