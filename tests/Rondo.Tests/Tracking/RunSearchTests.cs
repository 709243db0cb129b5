using System.Text.Json;

namespace Rondo.Tests.Tracking;

public sealed class RunSearchTests
{
    [Theory]
    [InlineData("metrics.acc > 0.5", "b")]
    [InlineData("metrics.acc != 0.9", "a,c")]
    [InlineData("metrics.acc = 0", "")]
    [InlineData("metrics.acc IN (0.1, 0.9)", "a,b")]
    [InlineData("params.kind = 'Tree'", "a")]
    [InlineData("params.kind != 'Tree'", "b")]
    [InlineData("params.kind LIKE 't%'", "b")]
    [InlineData("params.kind LIKE 'T%'", "a")]
    [InlineData("params.kind ILIKE 't%'", "a,b")]
    [InlineData("params.kind LIKE 'T[r]ee' OR params.kind LIKE 'T*'", "")]
    [InlineData(@"params.path LIKE 'c:\\_%'", "")]
    [InlineData(@"params.path LIKE 'c:\%'", "c")]
    [InlineData("params.kind IS NULL", "c,d")]
    [InlineData("params.kind IS NOT NULL", "a,b")]
    [InlineData("params.kind IN ('Tree', 'tree')", "a,b")]
    [InlineData("NOT params.kind = 'Tree'", "b,c,d")]
    [InlineData("NOT (metrics.acc > 0.5 OR params.kind = 'Tree')", "c,d")]
    [InlineData("tags.team = 'x' AND (metrics.acc < 0.5 OR metrics.acc > 0.8)", "a,b")]
    [InlineData("tags.team = \"x' or 1=1 --\"", "")]
    [InlineData("run_name IN ('a', 'd')", "a,d")]
    [InlineData("attributes.`Run name` LIKE '_'", "a,b,c,d")]
    [InlineData("start_time >= 3 AND created < 4", "c")]
    [InlineData("end_time > 0", "d")]
    [InlineData("status = 'FINISHED'", "d")]
    [InlineData("user_id = 'ann' AND artifact_uri LIKE 'mlflow-artifacts:/0/%'", "a,b,c,d")]
    [InlineData("dataset.name = 'days' AND dataset.context = 'train'", "a")]
    [InlineData("dataset.digest NOT IN ('d1')", "")]
    public async Task A_filter_finds_the_runs_that_it_means(string filter, string names)
    {
        await using var server = await FourRunsAsync();
        Assert.Equal(names, string.Join(',', await server.FindAsync(filter, "run_name")));
    }

    [Theory]
    [InlineData("metrics.acc", "a,b,c,d")]
    [InlineData("metrics.acc DESC", "b,a,c,d")]
    [InlineData("params.kind", "a,b,d,c")]
    [InlineData("params.kind DESC", "b,a,d,c")]
    [InlineData("end_time", "d,c,b,a")]
    [InlineData("end_time DESC", "d,c,b,a")]
    [InlineData("start_time ASC", "a,b,c,d")]
    [InlineData("status", "d,c,b,a")]
    public async Task Numbers_come_before_nan_and_both_before_what_is_missing(string order, string names)
    {
        await using var server = await FourRunsAsync();
        Assert.Equal(names, string.Join(',', await server.FindAsync("", order)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("metrics.m")]
    [InlineData("start_time ASC")]
    public async Task Pages_show_every_run_once(string? order)
    {
        await using var server = await TrackingHarness.StartAsync();
        var names = Enumerable.Range(0, 23).Select(i => $"r{i:00}").ToArray();
        foreach (var (name, i) in names.Select((name, i) => (name, i)))
        {
            // Many start at one time: what comes after what is then told by the id.
            await server.NewRunAsync(name, startTime: i / 5);
        }

        var seen = new List<string>();
        string? token = null;
        var pages = 0;
        do
        {
            var page = await server.PostAsync(
                "runs/search",
                new
                {
                    experiment_ids = new[] { "0" },
                    max_results = 4,
                    page_token = token,
                    order_by = order is null ? [] : new[] { order },
                }
            );
            seen.AddRange(
                page.GetProperty("runs")
                    .EnumerateArray()
                    .Select(r => r.GetProperty("info").GetProperty("run_name").GetString()!)
            );
            token = page.TryGetProperty("next_page_token", out var next) ? next.GetString() : null;
            pages++;
        } while (token is not null);

        Assert.Equal(6, pages);
        Assert.Equal(names, seen.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_full_last_page_has_no_token_and_no_experiment_no_runs()
    {
        await using var server = await FourRunsAsync();
        var full = await server.PostAsync("runs/search", new { experiment_ids = new[] { "0" }, max_results = 4 });
        Assert.Equal(4, full.GetProperty("runs").GetArrayLength());
        Assert.False(full.TryGetProperty("next_page_token", out _));
        Assert.Equal("{}", (await server.PostAsync("runs/search", new { })).GetRawText());
    }

    [Fact]
    public async Task Deleted_runs_are_shown_where_they_are_asked_for()
    {
        await using var server = await FourRunsAsync();
        var ids = await server.PostAsync(
            "runs/search",
            new { experiment_ids = new[] { "0" }, filter = "run_name = 'b'" }
        );
        var id = ids.GetProperty("runs")[0].GetProperty("info").GetProperty("run_id").GetString();
        await server.PostAsync("runs/delete", new { run_id = id });

        Assert.Equal(["a", "c", "d"], await server.FindAsync("", "run_name"));
        foreach (var (view, count) in new[] { ("DELETED_ONLY", 1), ("ALL", 4), ("ACTIVE_ONLY", 3) })
        {
            var found = await server.PostAsync(
                "runs/search",
                new { experiment_ids = new[] { "0" }, run_view_type = view }
            );
            Assert.Equal(count, found.GetProperty("runs").GetArrayLength());
        }

        await server.PostAsync("runs/restore", new { run_id = id });
        await server.PostAsync("experiments/delete", new { experiment_id = "0" });
        Assert.Empty(await server.FindAsync(""));
        await server.PostAsync("experiments/restore", new { experiment_id = "0" });
        Assert.Equal(["a", "b", "c", "d"], await server.FindAsync("", "run_name"));
    }

    [Fact]
    public async Task A_run_is_renamed_with_its_tag_and_by_it()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync("old");
        await server.PostAsync("runs/update", new { run_id = run, run_name = "new" });
        Assert.Equal(["new"], await server.FindAsync("tags.mlflow.runName = 'new'"));
        await server.PostAsync(
            "runs/set-tag",
            new
            {
                run_id = run,
                key = "mlflow.runName",
                value = "newer",
            }
        );
        Assert.Equal(["newer"], await server.FindAsync("run_name = 'newer'"));

        var unnamed = await server.PostAsync("runs/create", new { experiment_id = "0" });
        var info = unnamed.GetProperty("run").GetProperty("info");
        Assert.Matches("^[a-z]+-[a-z]+-[0-9]+$", info.GetProperty("run_name").GetString()!);
    }

    [Fact]
    public async Task A_history_is_paged_by_its_keys_and_whole_without_a_limit()
    {
        await using var server = await TrackingHarness.StartAsync();
        var run = await server.NewRunAsync();
        var points = Enumerable
            .Range(0, 37)
            .Select(i => new
            {
                key = "m",
                value = i % 7 == 3 ? (object)"NaN" : i * 0.1,
                timestamp = i / 4,
                step = i % 3,
            })
            .ToArray();
        await server.PostAsync("runs/log-batch", new { run_id = run, metrics = points });
        await server.PostAsync("runs/log-batch", new { run_id = run, metrics = points });

        var whole = await server.GetAsync($"metrics/get-history?run_id={run}&metric_key=m");
        var all = whole.GetProperty("metrics").EnumerateArray().Select(m => m.GetRawText()).ToList();
        // The same point twice is one: NaN, too.
        Assert.Equal(points.Select(p => JsonSerializer.Serialize(p)).Distinct().Count(), all.Count);

        var paged = new List<string>();
        var token = "";
        do
        {
            var page = await server.GetAsync(
                $"metrics/get-history?run_id={run}&metric_key=m&max_results=5&page_token={Uri.EscapeDataString(token)}"
            );
            paged.AddRange(page.GetProperty("metrics").EnumerateArray().Select(m => m.GetRawText()));
            token = page.TryGetProperty("next_page_token", out var next) ? next.GetString()! : "";
        } while (token.Length > 0);

        Assert.Equal(all, paged);
    }

    private static async Task<TrackingHarness> FourRunsAsync()
    {
        var server = await TrackingHarness.StartAsync();
        var ids = new List<string>();
        foreach (var (name, i) in new[] { "a", "b", "c", "d" }.Select((name, i) => (name, i)))
        {
            ids.Add(await server.NewRunAsync(name, startTime: i + 1));
        }

        await LogAsync(server, ids[0], "acc", 0.1, ("kind", "Tree"));
        // The later step counts, not the greater value.
        await LogAsync(server, ids[1], "acc", 0.99, ("kind", "tree"));
        await server.PostAsync(
            "runs/log-metric",
            new
            {
                run_id = ids[1],
                key = "acc",
                value = 0.9,
                timestamp = 1,
                step = 5,
            }
        );
        await LogAsync(server, ids[2], "acc", "NaN", ("path", @"c:\x"));
        foreach (var id in ids.Take(2))
        {
            await server.PostAsync(
                "runs/set-tag",
                new
                {
                    run_id = id,
                    key = "team",
                    value = "x",
                }
            );
        }

        await server.PostAsync(
            "runs/update",
            new
            {
                run_id = ids[3],
                status = "FINISHED",
                end_time = 9,
            }
        );
        var dataset = new
        {
            name = "days",
            digest = "d1",
            source_type = "local",
            source = "x",
        };
        var tags = new[] { new { key = "mlflow.data.context", value = "train" } };
        await server.PostAsync("runs/log-inputs", new { run_id = ids[0], datasets = new[] { new { dataset, tags } } });
        return server;
    }

    private static Task LogAsync(
        TrackingHarness server,
        string run,
        string metric,
        object value,
        (string Key, string Value) param
    ) =>
        server.PostAsync(
            "runs/log-batch",
            new
            {
                run_id = run,
                metrics = new[]
                {
                    new
                    {
                        key = metric,
                        value,
                        timestamp = 1,
                    },
                },
                @params = new[] { new { key = param.Key, value = param.Value } },
            }
        );
}
