using System.Globalization;
using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tests.Tracking;

/// <summary>Runs with a param or a tag that few have are found by it, those with one that many have among the newest: both are the same runs.</summary>
public sealed class RareValueTests : IAsyncLifetime
{
    private const int Runs = 3200;
    private const int First = 1_000_000;

    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TrackingHarness.StartAsync();
        await WriteAsync(
            $"""
            insert into tracking_run (number, id, experiment, name, user_id, status, started_at, lifecycle, artifact_uri)
            with recursive n(i) as (select 1 union all select i + 1 from n where i < {Runs})
            select {First} + i, 'run' || ({First} + i), 0, cast(i as text), 'ann', 'RUNNING', i,
                case when i = 1500 then 'deleted' else 'active' end, 'mlflow-artifacts:/0/' || i
            from n
            """
        );
        await SetAsync("param", "common", "'c'", "1 = 1");
        await SetAsync("param", "odd", "case when r.started_at % 2 = 1 then 'yes' else 'no' end", "1 = 1");
        await SetAsync("param", "third", "'yes'", "r.started_at % 3 = 0");
        await SetAsync("param", "rare", "'x'", "r.started_at in (7, 1500, 3100, 3150)");
        // The same for longer than what stands in the index.
        await SetAsync("param", "path", $"'{new string('p', 60)}' || (r.started_at % 800)", "1 = 1");
        await SetAsync("param", "long", $"'{new string('l', 60)}' || r.started_at", "r.started_at <= 9");
        await SetAsync("tag", "team", "'t'", "r.started_at % 640 = 0");
        await WriteAsync(
            $"""
            insert into tracking_metric_latest (run_number, key, experiment, logged_at, step, value, is_nan, min_value, max_value)
            select r.number, 'acc', 0, 1, 1, r.started_at / {Runs}.0, 0, r.started_at / {Runs}.0, r.started_at / {Runs}.0 from tracking_run r
            """
        );
        foreach (var (run, value) in new[] { (7, 1.0), (3150, 2.0), (640, 5.0), (1920, 4.0) })
        {
            await LogAsync(run, "m", value);
        }

        // Its row says 0.2.
        await LogAsync(640, "acc", -1);
        Assert.True(RareValue.RunsMax < Runs);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("params.rare = 'x'", "", "3150,3100,7")]
    [InlineData("params.rare = 'x'", "metrics.m DESC", "3150,7,3100")]
    [InlineData("params.rare = 'x' AND params.odd = 'yes'", "", "7")]
    [InlineData("params.odd = 'yes' AND params.rare IN ('x', 'y')", "start_time", "7")]
    [InlineData("params.odd = 'yes' AND params.common = 'c' AND start_time < 6", "", "5,3,1")]
    [InlineData("params.third = 'yes' AND params.common = 'c' AND start_time < 10", "", "9,6,3")]
    [InlineData("params.third = 'yes' AND tags.team = 't'", "", "1920")]
    [InlineData("params.rare = 'y'", "", "")]
    [InlineData("params.common = 'c' AND start_time < 3", "", "2,1")]
    [InlineData("params.path = 'pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp7'", "", "2407,1607,807,7")]
    [InlineData("params.long = 'llllllllllllllllllllllllllllllllllllllllllllllllllllllllllll8'", "", "8")]
    [InlineData("params.long = 'llllllllllllllllllllllllllllllllllllllllllllllllllllllllllll'", "", "")]
    [InlineData("tags.team = 't' AND params.odd = 'no'", "metrics.m", "1920,640,3200,2560,1280")]
    [InlineData("metrics.acc > 0.9995 AND params.common = 'c'", "", "3200,3199")]
    [InlineData("metrics.acc < 0.0005", "metrics.acc", "640,1")]
    [InlineData("metrics.acc = 0.2", "", "")]
    [InlineData("metrics.acc <= 0.2 AND metrics.acc >= 0.1999", "", "")]
    [InlineData("metrics.acc IN (0.25, -1)", "", "800,640")]
    [InlineData("metrics.acc > 0.1 AND start_time > 3198", "", "3200,3199")]
    [InlineData("NOT tags.team = 't' AND start_time > 3190", "", "3199,3198,3197,3196,3195,3194,3193,3192,3191")]
    [InlineData("tags.team = 't' OR params.rare = 'x'", "", "3200,3150,3100,2560,1920,1280,640,7")]
    public async Task A_filter_finds_the_same_runs_whether_few_or_many_have_what_it_names(
        string filter,
        string order,
        string names
    ) => Assert.Equal(names, string.Join(',', await _server.FindAsync(filter, order.Length == 0 ? [] : [order])));

    [Theory]
    [InlineData("", "3200,2560,1920,1280,640")]
    [InlineData("metrics.m DESC", "640,1920,3200,2560,1280")]
    [InlineData("params.path DESC", "640,1280,1920,2560,3200")]
    public async Task Pages_of_few_runs_show_each_once(string order, string names)
    {
        var seen = new List<string>();
        string? token = null;
        do
        {
            (var page, token) = await PageAsync("tags.team = 't'", order, 2, token);
            seen.AddRange(page);
        } while (token is not null);

        Assert.Equal(names, string.Join(',', seen));
    }

    [Fact]
    public async Task A_page_that_was_begun_among_many_goes_on_where_they_have_become_few()
    {
        var (first, token) = await PageAsync("params.common = 'c'", "metrics.m DESC", 2, null);
        Assert.Null(await LeadAsync("params.common = 'c'"));
        await WriteAsync(
            $"delete from tracking_param where key = 'common' and run_number - {First} not in (7, 2998, 2999, 3000)"
        );
        Assert.NotNull(await LeadAsync("params.common = 'c'"));

        var (second, _) = await PageAsync("params.common = 'c'", "metrics.m DESC", 4, token);

        Assert.Equal(["640", "1920"], first);
        Assert.Equal(["7", "3000", "2999", "2998"], second);
    }

    [Fact]
    public async Task A_database_that_knows_its_tables_begins_with_the_few()
    {
        foreach (var table in new[] { "run", "param", "metric_latest" })
        {
            await WriteAsync($"analyze tracking_{table}");
        }

        var filter = FilterParser.Parse("params.rare = 'x' AND metrics.acc > 0.1", TrackingVocabulary.Runs);

        var plan = await _server.Kernel.Database.ReadAsync(async session =>
        {
            var query = new SearchQuery("", [], ViewType.ActiveOnly, 100, null);
            var resolved = await RareValue.ResolveAsync(session, filter, [0], query.Limit, orSome: true);
            var sql = new RunSql(session.Dialect);
            return await SearchPlanTests.PlanAsync(
                session,
                sql,
                RunSearch.Statement(sql, [0], query, resolved.Filter, [])
            );
        });

        Assert.Contains(plan, line => line.Contains("tracking_param_by_value", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, line => line.Contains("tracking_run_by_start", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("params.rare = 'x'", 100, true)]
    [InlineData("params.rare = 'y'", 100, true)]
    [InlineData("metrics.acc <= 0.25 AND params.common = 'c'", 1000, true)]
    // A page of ten is full after forty of the newest: to read all eight hundred would be more.
    [InlineData("metrics.acc <= 0.25 AND params.common = 'c'", 10, false)]
    [InlineData("params.odd = 'yes'", 1000, false)]
    [InlineData("NOT params.rare = 'x'", 100, false)]
    [InlineData("params.rare = 'x' OR params.rare = 'y'", 100, false)]
    [InlineData("params.rare != 'x'", 100, false)]
    public async Task It_begins_with_the_few_where_that_is_less(string filter, int page, bool few) =>
        Assert.Equal(few, await LeadAsync(filter, page) is not null);

    [Theory]
    [InlineData("params.third = 'yes' AND params.common = 'c'", 1066)]
    [InlineData("params.odd = 'no' AND params.third = 'yes' AND start_time < 5", 1066)]
    [InlineData("params.third = 'yes' AND params.rare = 'x'", 0)]
    [InlineData("params.third = 'yes'", 0)]
    // To look at all runs is less than to sort half of them.
    [InlineData("params.odd = 'yes' AND params.common = 'c'", 0)]
    [InlineData("NOT params.odd = 'yes' AND NOT params.common = 'c'", 0)]
    public async Task Of_several_conditions_it_begins_with_some_after_as_many_of_the_newest(string filter, int newest)
    {
        var way = await WayAsync(filter, 100);

        Assert.Equal(newest, way.NewestFirst);
        Assert.Equal(newest > 0, RunSql.LeadIn(way.Filter) is FilterRare { RunsMax: RareValue.SomeRunsMax });
    }

    // Of 1,066 of the newest a third is found: a page of 300 is full among them, one of 500 is not.
    [Theory]
    [InlineData("params.third = 'yes' AND NOT params.rare = 'x'", "", 300)]
    [InlineData("params.third = 'yes' AND NOT params.rare = 'x'", "", 500)]
    [InlineData("params.third = 'yes' AND NOT params.rare = 'x'", "", 2000)]
    [InlineData("params.third = 'yes' AND NOT params.rare = 'x' AND params.common = 'c'", "start_time DESC", 500)]
    public async Task Pages_of_some_runs_show_each_once(string filter, string order, int limit)
    {
        // Two that began at one moment, where a page ends.
        await WriteAsync($"update tracking_run set started_at = 1803 where number = {First + 1800}");
        var seen = new List<string>();
        string? token = null;
        do
        {
            (var page, token) = await PageAsync(filter, order, limit, token);
            seen.AddRange(page);
        } while (token is not null);

        var names = Enumerable.Range(1, Runs / 3).Select(i => 3 * i).Except([1500, 3150]).Reverse().ToList();
        var (one, other) = (names.IndexOf(1803), names.IndexOf(1800));
        (names[one], names[other]) = (1800, 1803);
        Assert.Equal(names.Select(name => name.ToString(CultureInfo.InvariantCulture)), seen);
    }

    private async Task<object?> LeadAsync(string filter, int page = 100) =>
        await WayAsync(filter, page) is { NewestFirst: 0 } way ? RunSql.LeadIn(way.Filter) : null;

    private Task<SearchWay> WayAsync(string filter, int page) =>
        _server.Kernel.Database.ReadAsync(session =>
            RareValue
                .ResolveAsync(session, FilterParser.Parse(filter, TrackingVocabulary.Runs), [0], page, orSome: true)
                .AsTask()
        );

    private Task LogAsync(int run, string key, double value) =>
        _server.PostAsync(
            "runs/log-metric",
            new
            {
                run_id = $"run{First + run}",
                key,
                value,
                timestamp = 2,
                step = 5,
            }
        );

    private async Task<(IReadOnlyList<string> Names, string? Next)> PageAsync(
        string filter,
        string order,
        int limit,
        string? token
    )
    {
        var page = await _server.PostAsync(
            "runs/search",
            new
            {
                experiment_ids = new[] { "0" },
                filter,
                order_by = order.Length == 0 ? [] : new[] { order },
                max_results = limit,
                page_token = token,
            }
        );
        var names = page.TryGetProperty("runs", out var runs)
            ? runs.EnumerateArray().Select(run => run.GetProperty("info").GetProperty("run_name").GetString()!)
            : [];
        return ([.. names], page.TryGetProperty("next_page_token", out var next) ? next.GetString() : null);
    }

    private Task SetAsync(string kind, string key, string value, string which) =>
        WriteAsync(
            $"insert into tracking_{kind} (run_number, key, value) select r.number, '{key}', {value} from tracking_run r where {which}"
        );

    private Task WriteAsync(string sql) =>
        _server.Kernel.Database.WriteAsync(async transaction => await transaction.ExecuteAsync(sql));
}
