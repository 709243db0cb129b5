using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tests.Tracking;

/// <summary>Runs in the order of one param or tag, which are found in another way than those in the order of two things.</summary>
public sealed class RunsByTextTests : IAsyncLifetime
{
    private const int Runs = 3000;
    private const int Others = 2500;
    private const int First = 1_000_000;

    private TrackingHarness _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TrackingHarness.StartAsync();
        var other = await _server.PostAsync("experiments/create", new { name = "other" });
        var id = other.GetProperty("experiment_id").GetString()!;
        // Two in a hundred are deleted, and several begin at one moment.
        await WriteAsync(
            $"""
            insert into tracking_run (number, id, experiment, name, user_id, status, started_at, lifecycle, artifact_uri)
            with recursive n(i) as (select 1 union all select i + 1 from n where i < {Runs + Others})
            select {First} + i, 'run' || ({First} + (i * 7919) % 10000), case when i <= {Runs} then 0 else {id} end, cast(i as text), 'ann', 'RUNNING', i / 3,
                case when i % 50 = 0 then 'deleted' else 'active' end, 'mlflow-artifacts:/0/' || i
            from n
            """
        );
        await SetAsync("param", "kind", "'k' || (i % 4)", "1 = 1");
        await SetAsync("param", "seed", "'s' || ((i * 31) % 4001)", "1 = 1");
        await SetAsync("param", "half", "'h' || (i % 40)", "i % 2 = 0");
        await SetAsync("param", "seldom", "'x' || (i % 7)", "i % 60 = 1");
        await SetAsync("param", "path", $"'{new string('p', 60)}' || ((i * 31) % 4001)", "1 = 1");
        await SetAsync(
            "param",
            "mixed",
            $"case when i % 3 = 0 then '{new string('a', 47)}' || (i % 100) when i % 3 = 1 then 'äöü' || (i % 5) else '' end",
            "1 = 1"
        );
        await SetAsync("param", "theirs", "case when r.experiment = 0 then 'b' else 'a' end || (i % 10)", "1 = 1");
        await SetAsync("tag", "team", "'t' || (i % 3)", "i % 5 > 0");
        await WriteAsync(
            $"""
            insert into tracking_metric_latest (run_number, key, experiment, logged_at, step, value, is_nan, min_value, max_value)
            select r.number, 'acc', r.experiment, 1, 1, (r.number - {First}) / 6000.0, 0, 0, 0 from tracking_run r
            """
        );
        await _server.PostAsync(
            "runs/log-metric",
            new
            {
                run_id = $"run{First + 7919}",
                key = "acc",
                value = 0.5,
                timestamp = 2,
                step = 5,
            }
        );
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("params.kind", "", true)]
    [InlineData("params.seed", "", true)]
    [InlineData("params.half", "", true)]
    [InlineData("params.seldom", "", true)]
    [InlineData("params.none", "", true)]
    [InlineData("tags.team", "", true)]
    [InlineData("params.seed", "params.kind != 'k1' AND metrics.acc > 0.1", true)]
    [InlineData("params.kind", "params.half IS NULL OR tags.team = 't1'", true)]
    [InlineData("params.seldom", "params.kind = 'k1'", true)]
    [InlineData("params.kind", "metrics.acc = 0.5", false)]
    // All begin alike as far as the index tells them apart, and those that do are too many.
    [InlineData("params.path", "", false)]
    [InlineData("params.mixed", "", true)]
    public async Task Pages_are_those_of_a_sort_of_all(string by, string filter, bool isByIndex)
    {
        foreach (var direction in new[] { "ASC", "DESC" })
        {
            var order = $"{by} {direction}";
            Assert.Equal(isByIndex, await FindsAsync(order, filter, 0, 100));
            foreach (var view in new[] { "ACTIVE_ONLY", "ALL" })
            {
                var expected = await AllAsync([order, "start_time DESC"], filter, view, 50_000);
                foreach (var limit in new[] { 130, 1000 })
                {
                    Assert.Equal(expected, await AllAsync([order], filter, view, limit));
                }
            }
        }
    }

    [Theory]
    [InlineData("params.theirs DESC", true)]
    // Those of another experiment come first in the index, and are more than it looks at.
    [InlineData("params.theirs ASC", false)]
    public async Task Where_others_come_first_all_are_sorted(string order, bool isByIndex)
    {
        Assert.Equal(isByIndex, await FindsAsync(order, "", 0, 100));
        Assert.Equal(
            await AllAsync([order, "start_time DESC"], "", "ACTIVE_ONLY", 50_000),
            await AllAsync([order], "", "ACTIVE_ONLY", 700)
        );
    }

    [Fact]
    public async Task A_search_begins_in_the_index_and_needs_statements_for_it()
    {
        var sorted = await StatementsAsync("params.kind", "start_time DESC");
        var byIndex = await StatementsAsync("params.kind");

        Assert.True(byIndex > sorted, $"{byIndex} statements, and {sorted} to sort all");
    }

    [Fact]
    public async Task Of_a_small_experiment_all_are_sorted()
    {
        await WriteAsync($"update tracking_run set experiment = 77 where number > {First + RunsByText.RunsMin - 1}");

        Assert.False(await FindsAsync("params.kind", "", 0, 100));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(RunsByText.OffsetMax, true)]
    [InlineData(RunsByText.OffsetMax + 1, false)]
    [InlineData(long.MaxValue, false)]
    public async Task Far_behind_the_first_all_are_sorted(long offset, bool isByIndex)
    {
        Assert.Equal(isByIndex, await FindsAsync("params.kind", "", offset, 100));

        var token = new PageToken { Offset = offset }.Write();
        var (names, _) = await PageAsync(["params.kind"], "", "ACTIVE_ONLY", 7, token);
        Assert.Equal(offset == 0 ? 7 : 0, names.Count);
    }

    private async Task<long> StatementsAsync(params string[] order)
    {
        var before = _server.Kernel.Database.Statements;
        Assert.NotEmpty((await PageAsync(order, "", "ACTIVE_ONLY", 10, null)).Names);
        return _server.Kernel.Database.Statements - before;
    }

    private Task<bool> FindsAsync(string order, string filter, long offset, int limit)
    {
        var query = new SearchQuery(filter, [order], ViewType.ActiveOnly, limit, new PageToken { Offset = offset });
        var node = FilterParser.Parse(filter, TrackingVocabulary.Runs);
        var items = FilterParser.ParseOrder([order], TrackingVocabulary.Runs);
        return _server.Kernel.Database.ReadAsync(async session =>
        {
            var unsettled = await UnsettledValue.ReadAsync(session, [0], MetricGoal.FieldsOf(node, items));
            var way = await new RunPage(session, [0], unsettled).WayAsync(query, node, items);
            return RunsByText.CanFind([0], items, way.Filter)
                && await new RunsByText(session, 0, items[0], node, unsettled).FindAsync(
                    query,
                    (_, _) => ValueTask.FromResult<IReadOnlyList<RunInfo>>([])
                )
                    is not null;
        });
    }

    private async Task<List<string>> AllAsync(string[] order, string filter, string view, int limit)
    {
        var names = new List<string>();
        string? token = null;
        do
        {
            (var page, token) = await PageAsync(order, filter, view, limit, token);
            Assert.True(page.Count <= limit);
            names.AddRange(page);
        } while (token is not null);

        return names;
    }

    private async Task<(IReadOnlyList<string> Names, string? Next)> PageAsync(
        string[] order,
        string filter,
        string view,
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
                order_by = order,
                run_view_type = view,
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
            $"""
            insert into tracking_{kind} (run_number, key, value)
            select r.number, '{key}', {value} from (select n.*, n.number - {First} as i from tracking_run n) r where {which}
            """
        );

    private Task WriteAsync(string sql) =>
        _server.Kernel.Database.WriteAsync(async transaction => await transaction.ExecuteAsync(sql));
}
