using System.Globalization;
using System.Net;
using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Events;
using Rondo.Tracking;
using Rondo.Tracking.Comparing;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Removing;
using Rondo.Tracking.Runs;

namespace Rondo.Tests.Tracking;

/// <summary>Runs are compared, moved, and removed for good.</summary>
public sealed class RunCareTests : IAsyncLifetime
{
    private static readonly string[] s_belongings =
    [
        "metric",
        "metric_pack",
        "metric_latest",
        "latest_pack",
        "unsettled",
        "unsettled_batch",
        "unsettled_latest",
        "param",
        "tag",
    ];

    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync() => _server = await TrackingHarness.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Runs_stand_side_by_side_and_what_differs_is_told_from_what_is_the_same()
    {
        var first = await LoggedAsync("first <b>", "3", 0.5);
        var second = await LoggedAsync("second", "3", 0.25, ("only", "here"));

        var comparison = await _server.Get<RunComparer>().CompareAsync([first, second], curves: true);

        Assert.Equal(["first <b>", "second"], comparison.Runs.Select(run => run.Name));
        var depth = comparison.Params.Single(row => row.Key == "depth");
        Assert.True(depth.Same);
        var only = comparison.Params.Single(row => row.Key == "only");
        Assert.False(only.Same);
        Assert.Equal([null, "here"], only.Values);
        Assert.Equal([0.5, 0.25], comparison.Metrics.Single(row => row.Key == "loss").Values);
        var curves = Assert.Single(comparison.Curves);
        Assert.Equal([first, second], curves.Runs.Select(curve => curve.Run));
        Assert.Equal([0L, 1, 2], curves.Runs[0].Steps);

        var page = ComparisonPage.Of(comparison);
        Assert.Contains("first &lt;b&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("first <b>", page, StringComparison.Ordinal);
        Assert.Equal(2, page.Split("<polyline").Length - 1);
    }

    // What clients log as infinite is kept as the greatest number, as MLflow does.
    [Theory]
    [InlineData(-1e308, 1e308, 3)]
    [InlineData(-double.MaxValue, double.MaxValue, 3)]
    [InlineData(0, double.PositiveInfinity, 3)]
    [InlineData(double.NegativeInfinity, double.NaN, 0)]
    public async Task A_curve_goes_through_the_numbers_that_are_finite(double low, double high, int points)
    {
        var run = await _server.NewRunAsync();
        foreach (var (step, value) in new[] { low, high, double.IsFinite(low) ? 0 : double.NaN }.Index())
        {
            await _server.PostAsync(
                "runs/log-metric",
                new
                {
                    run_id = run,
                    key = "loss",
                    value = double.IsFinite(value) ? (object)value : value.ToString(CultureInfo.InvariantCulture),
                    timestamp = 1000 + step,
                    step,
                }
            );
        }

        var page = ComparisonPage.Of(await _server.Get<RunComparer>().CompareAsync([run], curves: true));

        var curve = page.Split("<polyline points=\"")
            .Skip(1)
            .Select(rest => rest[..rest.IndexOf('"')])
            .SingleOrDefault();
        double[] numbers =
        [
            .. (curve ?? "")
                .Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)
                .Select(number => double.Parse(number, CultureInfo.InvariantCulture)),
        ];
        Assert.Equal(2 * points, numbers.Length);
        Assert.All(numbers, number => Assert.InRange(number, 0, 560));
    }

    [Theory]
    [InlineData("99999999999", "at most 36500 days")]
    [InlineData("-1", "negative")]
    [InlineData("null", "missing")]
    public async Task How_long_ago_that_cannot_be_is_told_with_what_can(string days, string told)
    {
        var (status, body) = await _server.SendAsync(
            "POST",
            "/api/v1/tracking/gc",
            $$"""{"olderThanDays":{{days}},"dryRun":true}"""
        );

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(told, body, StringComparison.Ordinal);
        Assert.Contains("to 36500", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_is_named_twice_stands_there_once()
    {
        var run = await LoggedAsync("one", "3", 0.5);

        var comparison = await _server.Get<RunComparer>().CompareAsync([run, run], curves: true);

        Assert.Equal(run, Assert.Single(comparison.Runs).Id);
    }

    [Fact]
    public async Task A_run_of_a_pipeline_is_found_by_the_id_that_it_has_there()
    {
        await _server.Kernel.Database.WriteAsync(async transaction =>
        {
            var begun = new PlatformRun(
                "run_01abc",
                "transit/train",
                "night",
                "local",
                _server.Kernel.Time.GetUtcNow()
            );
            await _server.Get<PlatformRuns>().BeginAsync(transaction, begun, Actor.Local);
        });

        var comparison = await _server.Get<RunComparer>().CompareAsync(["run_01abc"], curves: false);

        Assert.Equal("night", Assert.Single(comparison.Runs).Name);
    }

    [Fact]
    public async Task A_run_that_there_is_not_is_named()
    {
        var refused = await Assert.ThrowsAsync<RondoException>(() =>
            _server.Get<RunComparer>().CompareAsync(["nothing"], curves: false)
        );

        Assert.Equal(ErrorCode.NotFound, refused.Code);
        Assert.Contains("'nothing'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_moves_with_the_runs_nested_in_it_and_with_its_datasets()
    {
        var parent = await LoggedAsync("parent", "1", 1);
        var child = await LoggedAsync("child", "2", 2);
        var grandchild = await LoggedAsync("grandchild", "3", 3);
        var other = await LoggedAsync("other", "4", 4);
        await TagAsync(child, "mlflow.parentRunId", parent);
        await TagAsync(grandchild, "mlflow.parentRunId", child);
        await _server.PostAsync(
            "runs/log-inputs",
            new
            {
                run_id = parent,
                datasets = new[]
                {
                    new
                    {
                        dataset = new
                        {
                            name = "days",
                            digest = "1a",
                            source_type = "local",
                            source = "x",
                        },
                    },
                },
            }
        );
        var to = (await _server.PostAsync("experiments/create", new { name = "to" }))
            .GetProperty("experiment_id")
            .GetString()!;

        Assert.Equal(3, await _server.Get<RunMove>().MoveAsync(parent, long.Parse(to), Actor.Local));

        Assert.Equal(["child", "grandchild", "parent"], await NamesAsync(to, ""));
        Assert.Equal(["parent"], await NamesAsync(to, "dataset.name = 'days'"));
        Assert.Equal(["other"], await NamesAsync("0", ""));
        Assert.NotNull(other);
    }

    [Fact]
    public async Task A_run_with_more_nested_in_it_than_one_move_takes_stays_whole_where_it_is()
    {
        const string numbers = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000)";
        var parent = await _server.NewRunAsync("parent");
        await _server.Kernel.Database.WriteAsync(async transaction =>
        {
            await transaction.ExecuteAsync(
                $"""
                insert into tracking_run (number, id, experiment, name, user_id, status, started_at, lifecycle, artifact_uri)
                {numbers} select 1000000 + i, 'child' || i, 0, 'child', 'ann', 'RUNNING', 1, 'active', '' from n
                """,
                new { }
            );
            await transaction.ExecuteAsync(
                $"""
                insert into tracking_tag (run_number, key, value)
                {numbers} select 1000000 + i, 'mlflow.parentRunId', '{parent}' from n
                """,
                new { }
            );
        });
        var made = await _server.PostAsync("experiments/create", new { name = "to" });
        var to = long.Parse(made.GetProperty("experiment_id").GetString()!);

        var thrown = await Assert.ThrowsAsync<RondoException>(() =>
            _server.Get<RunMove>().MoveAsync(parent, to, Actor.Local)
        );

        Assert.Equal(ErrorCode.ResourceExhausted, thrown.Code);
        Assert.Equal(10_001, await _server.CountAsync("select count(*) from tracking_run where experiment = 0"));
    }

    [Fact]
    public async Task What_was_deleted_a_while_ago_is_removed_with_its_files_and_what_a_model_needs_stays()
    {
        var old = await LoggedAsync("old", "1", 1);
        var needed = await LoggedAsync("needed", "1", 1);
        var kept = await LoggedAsync("kept", "1", 1);
        await _server.Get<UnsettledRuns>().SettleAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);
        await FileAsync(old, "model/a.txt");
        await FileAsync(needed, "model/a.txt");
        await _server.PostAsync("registered-models/create", new { name = "demand" });
        await _server.PostAsync(
            "model-versions/create",
            new
            {
                name = "demand",
                source = $"mlflow-artifacts:/0/{needed}/artifacts/model",
                run_id = needed,
            }
        );
        await _server.PostAsync("runs/delete", new { run_id = old });
        await _server.PostAsync("runs/delete", new { run_id = needed });
        _server.Kernel.Time.Advance(TimeSpan.FromDays(31));
        var late = await LoggedAsync("late", "1", 1);
        await _server.PostAsync("runs/delete", new { run_id = late });
        var before = _server.Kernel.Time.GetUtcNow() - TimeSpan.FromDays(30);
        var removal = _server.Get<DeletedRemoval>();

        var dry = await removal.RemoveAsync(before, dryRun: true, Actor.Local, CancellationToken.None);
        Assert.Equal(1, dry.Runs);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(old));

        var report = await removal.RemoveAsync(before, dryRun: false, Actor.Local, CancellationToken.None);

        Assert.Equal(1, report.Runs);
        var held = Assert.Single(report.Held);
        Assert.Equal(needed, held.Id);
        Assert.Contains("mlflow/production/demand/1", held.Reason, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(old));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(late));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(kept));
        Assert.False(
            Directory.Exists(Path.Combine(_server.Kernel.Folder, "artifacts", "0", old))
                && Directory
                    .EnumerateFiles(
                        Path.Combine(_server.Kernel.Folder, "artifacts", "0", old),
                        "*",
                        SearchOption.AllDirectories
                    )
                    .Any()
        );
        Assert.True(
            File.Exists(Path.Combine(_server.Kernel.Folder, "artifacts", "0", needed, "artifacts", "model", "a.txt"))
        );
        foreach (var table in s_belongings)
        {
            const string gone = "run_number not in (select number from tracking_run)";
            Assert.Equal(0, await _server.CountAsync($"select count(*) from tracking_{table} where {gone}"));
        }

        Assert.Single(await _server.Kernel.Log.ReadAsync(0, 1000, new EventFilter(Type: "tracking.removed")));
    }

    [Theory]
    [InlineData("mlflow-artifacts:/a/../../outside")]
    [InlineData("mlflow-artifacts://another-server/place")]
    [InlineData("mlflow-artifacts:/a/%2e%2e/b")]
    [InlineData("s3://bucket/place")]
    [InlineData("/etc")]
    public async Task Files_that_are_said_to_be_elsewhere_are_left_alone_and_stop_no_server(string location)
    {
        var outside = Path.Combine(_server.Kernel.Folder, "outside");
        Directory.CreateDirectory(outside);
        var run = await _server.NewRunAsync(experiment: await _server.ExperimentAtAsync(location));
        await _server.PostAsync("runs/delete", new { run_id = run });

        var report = await _server
            .Get<DeletedRemoval>()
            .RemoveAsync(_server.Kernel.Time.GetUtcNow(), dryRun: false, Actor.Local, CancellationToken.None);

        Assert.Equal(1, report.Runs);
        Assert.Equal(0, await _server.CountAsync("select count(*) from tracking_removed_files"));
        Assert.True(Directory.Exists(outside) && Directory.Exists("/etc"));
    }

    [Fact]
    public async Task What_a_server_that_died_has_left_is_removed_when_the_next_one_starts()
    {
        var run = await LoggedAsync("old", "1", 1);
        await FileAsync(run, "model/a.txt");
        await _server.Kernel.Database.WriteAsync(async transaction =>
            await transaction.ExecuteAsync(
                "insert into tracking_removed_files (address) values (@address)",
                new { address = $"mlflow-artifacts:/0/{run}/artifacts" }
            )
        );

        await _server.Get<RemovedFiles>().StartAsync(CancellationToken.None);

        Assert.False(Directory.Exists(Path.Combine(_server.Kernel.Folder, "artifacts", "0", run, "artifacts")));
        Assert.Equal(0, await _server.CountAsync("select count(*) from tracking_removed_files"));
    }

    [Fact]
    public async Task What_would_go_is_counted_as_it_then_goes()
    {
        var experiments = new List<string>();
        foreach (var name in new[] { "removed 1", "empty", "kept" })
        {
            var made = await _server.PostAsync("experiments/create", new { name });
            experiments.Add(made.GetProperty("experiment_id").GetString()!);
            await _server.NewRunAsync(experiment: experiments[^1]);
        }

        await _server.PostAsync("experiments/delete", new { experiment_id = experiments[0] });
        await _server.PostAsync("experiments/delete", new { experiment_id = experiments[1] });
        var removal = _server.Get<DeletedRemoval>();
        var now = _server.Kernel.Time.GetUtcNow();

        var dry = await removal.RemoveAsync(now, dryRun: true, Actor.Local, CancellationToken.None);
        var done = await removal.RemoveAsync(now, dryRun: false, Actor.Local, CancellationToken.None);

        Assert.Equal((2L, 2L), (dry.Runs, dry.Experiments));
        Assert.Equal((dry.Runs, dry.Experiments), (done.Runs, done.Experiments));
    }

    [Fact]
    public async Task An_experiment_that_is_removed_frees_its_name_and_its_id_is_not_used_again()
    {
        var first = (await _server.PostAsync("experiments/create", new { name = "trial" }))
            .GetProperty("experiment_id")
            .GetString();
        await _server.NewRunAsync(experiment: first!);
        await _server.PostAsync("experiments/delete", new { experiment_id = first });
        _server.Kernel.Time.Advance(TimeSpan.FromDays(1));

        var report = await _server
            .Get<DeletedRemoval>()
            .RemoveAsync(_server.Kernel.Time.GetUtcNow(), dryRun: false, Actor.Local, CancellationToken.None);

        Assert.Equal((1L, 1L), (report.Runs, report.Experiments));
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await _server.SendAsync("GET", $"experiments/get?experiment_id={first}")).Status
        );
        var second = (await _server.PostAsync("experiments/create", new { name = "trial" }))
            .GetProperty("experiment_id")
            .GetString();
        Assert.NotEqual(first, second);
        var all = await _server.GetAsync("/api/2.0/mlflow/experiments/search?max_results=10&view_type=ALL");
        Assert.DoesNotContain("removed", all.GetRawText(), StringComparison.Ordinal);
    }

    private async Task<string> LoggedAsync(
        string name,
        string depth,
        double loss,
        params (string Key, string Value)[] more
    )
    {
        var run = await _server.NewRunAsync(name);
        await _server.PostAsync(
            "runs/log-batch",
            new
            {
                run_id = run,
                metrics = Enumerable
                    .Range(0, 3)
                    .Select(step => new
                    {
                        key = "loss",
                        value = loss + 2 - step,
                        timestamp = 1000,
                        step,
                    }),
                @params = more.Append((Key: "depth", Value: depth)).Select(p => new { key = p.Key, value = p.Value }),
            }
        );
        return run;
    }

    private Task TagAsync(string run, string key, string value) =>
        _server.PostAsync(
            "runs/set-tag",
            new
            {
                run_id = run,
                key,
                value,
            }
        );

    private async Task FileAsync(string run, string path)
    {
        using var content = new StringContent("x");
        using var response = await _server.Client.PutAsync(
            $"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/{path}",
            content
        );
        Assert.True(response.IsSuccessStatusCode);
    }

    private async Task<HttpStatusCode> StatusAsync(string run) =>
        (await _server.SendAsync("GET", $"runs/get?run_id={run}")).Status;

    private async Task<string[]> NamesAsync(string experiment, string filter)
    {
        var found = await _server.PostAsync("runs/search", new { experiment_ids = new[] { experiment }, filter });
        return found.TryGetProperty("runs", out var runs)
            ?
            [
                .. runs.EnumerateArray()
                    .Select(run => run.GetProperty("info").GetProperty("run_name").GetString()!)
                    .Order(StringComparer.Ordinal),
            ]
            : [];
    }
}
