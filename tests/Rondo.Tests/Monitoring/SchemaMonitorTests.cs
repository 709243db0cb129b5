using System.Globalization;
using Rondo.Data;
using Rondo.Monitoring;
using Rondo.Monitoring.Monitors;
using Rondo.Monitoring.Predictions;
using Rondo.Registry;
using Rondo.Sdk.Wire;
using Rondo.Serving;
using Rondo.Tests.Kernel;
using Rondo.Tests.Registry;
using Rondo.Tests.Serving;

namespace Rondo.Tests.Monitoring;

/// <summary>The schema of the training rows also looks at what was asked, window by window.</summary>
public sealed class SchemaMonitorTests
{
    private static readonly TableSchema s_schema = new(
        "rows",
        [
            new ColumnExpectation("x", ColumnType.Integer, Min: 0, Max: 10),
            new ColumnExpectation("kind", ColumnType.Text, Domain: ["Ordinary", "Holiday"]),
        ]
    )
    {
        Shares = [new ShareRule("kind", "Holiday", 0, 0.5)],
    };

    [Fact]
    [Trait("Requirement", "R37")]
    [Trait("Requirement", "R202")]
    public async Task A_window_that_is_not_as_the_training_rows_were_raises_an_alert_that_names_what()
    {
        await using var serving = await StartAsync(s_schema);
        await AskAsync(serving, day: 1, Enumerable.Repeat("Ordinary", 20));
        await AskAsync(serving, day: 2, [.. Enumerable.Repeat("Strike", 5), .. Enumerable.Repeat("Ordinary", 15)]);
        await AskAsync(serving, day: 3, Enumerable.Repeat("Holiday", 20));
        await AskAsync(serving, day: 4, ["Ordinary"]);
        await SettleAsync(serving);

        var alerts = (await serving.EventsAsync("alert.raised")).Select(e => e.DataAs<AlertRaisedEvent>()).ToList();

        Assert.Equal(["schema", "schema"], alerts.Select(alert => alert.Kind));
        Assert.Equal(0.25, alerts[0].Value);
        var first = alerts[0].Details.GetProperty("anomalies")[0];
        Assert.Equal("kind", first.GetProperty("column").GetString());
        Assert.Equal("Strike", first.GetProperty("examples")[0].GetString());
        // Every text is one that may be, but there are too many holidays.
        Assert.Equal("kind", alerts[1].Details.GetProperty("anomalies")[0].GetProperty("column").GetString());
        Assert.Contains(await StatesAsync(serving), state => state == WindowState.Passed);
    }

    [Fact]
    public async Task A_number_with_a_fraction_where_whole_ones_are_expected_is_no_whole_number()
    {
        await using var serving = await StartAsync(s_schema);
        Assert.True((await serving.InferAsync(2.5, "one", "2005-01-01")).IsSuccessStatusCode);
        await AskAsync(serving, day: 2, ["Ordinary"]);
        await SettleAsync(serving);

        var alert = Assert.Single(await serving.EventsAsync("alert.raised")).DataAs<AlertRaisedEvent>();
        Assert.Equal("x", alert.Details.GetProperty("anomalies")[0].GetProperty("column").GetString());
    }

    [Fact]
    public async Task A_version_without_a_schema_is_not_judged_and_says_why()
    {
        await using var serving = await StartAsync(null);
        await AskAsync(serving, day: 1, Enumerable.Repeat("Strike", 5));
        await AskAsync(serving, day: 2, ["Ordinary"]);
        await SettleAsync(serving);

        Assert.Empty(await serving.EventsAsync("alert.raised"));
        Assert.All(await StatesAsync(serving), state => Assert.Equal(WindowState.Insufficient, state));
    }

    private static async Task<ServingHarness> StartAsync(TableSchema? schema)
    {
        var kernel = await TestKernel.StartAsync([
            RegistryModule.Schema,
            ServingModule.Schema,
            MonitoringModule.Schema,
        ]);
        var serving = await ServingHarness.StartAsync(
            kernel,
            services => services.AddMonitoring(new MonitoringOptions()),
            app => app.MapMonitoring()
        );
        await serving.ReleaseAsync(
            ServingHarness.Manifest(
                new RolloutPolicy([100], 0, 0, null, null),
                new MonitorManifest("schema", "schema", "share", 0.01, 1, 1)
            )
        );
        await serving.RegisterAsync(new LineModel(2, 0), null, schema);
        await serving.SettleAsync();
        return serving;
    }

    private static async Task AskAsync(ServingHarness serving, int day, IEnumerable<string> kinds)
    {
        var at = new DateOnly(2005, 1, day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        var number = 0;
        foreach (var kind in kinds)
        {
            var answer = await serving.InferAsync(number % 10, $"{at}-{number++}", at, kind: kind);
            Assert.True(answer.IsSuccessStatusCode);
        }
    }

    private static async Task SettleAsync(ServingHarness serving)
    {
        await serving.Get<PredictionLog>().WaitFlushedAsync();
        await serving.SettleAsync();
    }

    private static async Task<IReadOnlyList<WindowState>> StatesAsync(ServingHarness serving) =>
        [.. (await serving.EventsAsync("monitor.evaluated")).Select(e => e.DataAs<MonitorEvaluatedEvent>().State)];
}
