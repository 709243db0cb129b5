using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Text;
using Rondo.Mlflow.Wire;
using Rondo.Tests.Kernel;
using Rondo.Tracking;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;
using Rondo.Tracking.Text;

namespace Rondo.Tests.Tracking;

/// <summary>
/// How the databases look for runs: by indexes, so that a page costs what the page and its experiment cost and not what all runs do. What they
/// say of their plans holds for any number of runs.
/// </summary>
public sealed class SearchPlanTests
{
    private static readonly string[] s_filters =
    [
        "",
        "metrics.loss < 1",
        "metrics.loss.min < 1 AND metrics.loss.mean > 0",
        "params.kind = 'tree' OR tags.team IN ('a', 'b')",
        "NOT params.kind LIKE 't%' AND dataset.name = 'days'",
        "run_name = 'one' AND status = 'FINISHED'",
    ];

    // No run logs at present; many do.
    private static readonly int[] s_logging = [0, 300];

    [Fact]
    public async Task A_page_of_runs_is_found_by_indexes()
    {
        await using var kernel = await TestKernel.StartAsync(TrackingModule.Schema);
        foreach (var (filter, logging) in s_filters.SelectMany(_ => s_logging, (filter, runs) => (filter, runs)))
        {
            foreach (var order in new[] { "", "params.kind", "metrics.loss.max DESC", "metrics.loss, end_time" })
            {
                var (query, node, items) = Parse(filter, order);
                var unsettled = Unsettled(node, items, logging);
                var plan = await PlanAsync(
                    kernel.Database,
                    sql => RunSearch.Statement(sql, [0], query, node, items),
                    unsettled
                );
                AssertNoneIsRead(plan, filter, order);
                Assert.True(
                    order.Length > 0 || RunSql.NameIn(node) is not null || !Sorts(plan),
                    string.Join('\n', plan)
                );
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_next_page_by_one_metric_is_found_by_indexes(int part)
    {
        await using var kernel = await TestKernel.StartAsync(TrackingModule.Schema);
        foreach (var (filter, logging) in s_filters.SelectMany(_ => s_logging, (filter, runs) => (filter, runs)))
        {
            var (query, node, items) = Parse(filter, "metrics.loss DESC");
            var unsettled = Unsettled(node, items, logging);
            var plan = await kernel.Database.ReadAsync(async session =>
            {
                var search = new RunsByMetric(session, 0, items[0], node, unsettled);
                var after = new RunsByMetric.Place(part, 0.5, 1000, "a");
                return await PlanAsync(session, sql => search.Statement(sql, part, query, after, 101), unsettled);
            });
            AssertNoneIsRead(plan, filter, "metrics.loss DESC");
        }
    }

    [Theory]
    [InlineData("params.kind")]
    [InlineData("params.kind DESC")]
    [InlineData("tags.team DESC")]
    public async Task A_page_by_a_param_or_tag_is_found_by_indexes(string order)
    {
        await using var kernel = await TestKernel.StartAsync(TrackingModule.Schema);
        foreach (var (filter, logging) in s_filters.SelectMany(_ => s_logging, (filter, runs) => (filter, runs)))
        {
            var (query, node, items) = Parse(filter, order);
            query = query with { Token = new PageToken { Offset = 100 } };
            var unsettled = Unsettled(node, items, logging);
            var plans = await kernel.Database.ReadAsync(async session =>
            {
                var search = new RunsByText(session, 0, items[0], node, unsettled);
                return new[]
                {
                    await PlanAsync(session, sql => search.LastStatement(sql, query, 201, 2201), unsettled),
                    await PlanAsync(session, sql => search.UntilStatement(sql, query, "tree", 2201, false), unsettled),
                    await PlanAsync(session, sql => search.WithoutStatement(sql, query), unsettled),
                };
            });
            Assert.All(plans, plan => AssertNoneIsRead(plan, filter, order));
            Assert.All(
                plans[..2],
                plan => Assert.Contains(plan, line => line.Contains("_by_value", StringComparison.Ordinal))
            );
        }
    }

    [Theory]
    [InlineData("run_name = 'one'")]
    [InlineData("metrics.loss < 1 AND tags.mlflow.runName = 'one'")]
    public async Task A_run_is_found_by_its_name(string filter)
    {
        await using var kernel = await TestKernel.StartAsync(TrackingModule.Schema);
        var (query, node, items) = Parse(filter, "");

        var plan = await PlanAsync(kernel.Database, sql => RunSearch.Statement(sql, [0], query, node, items));

        Assert.Contains(plan, line => line.Contains("tracking_run_by_name", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, "text MATCHES 'rare'")]
    [InlineData(false, "text MATCHES 'rare'")]
    [InlineData(true, "text MATCHES 'rare two' AND metrics.loss < 1")]
    [InlineData(false, "NOT text MATCHES 'rare'")]
    public async Task Runs_are_found_by_their_words(bool isRare, string filter)
    {
        await using var kernel = await TestKernel.StartAsync(TrackingModule.Schema);
        foreach (var order in new[] { "", "metrics.loss.max DESC" })
        {
            var (query, node, items) = Parse(filter, order);
            node = Known(node!, isRare);

            var plan = await PlanAsync(kernel.Database, sql => RunSearch.Statement(sql, [0], query, node, items));

            AssertNoneIsRead(plan, filter, order);
            Assert.True(order.Length > 0 || isRare || !Sorts(plan), string.Join('\n', plan));
            if (isRare && kernel.Database.Dialect == Dialect.Sqlite)
            {
                Assert.Contains(
                    plan,
                    line =>
                        line.StartsWith(
                            "SEARCH r USING INDEX sqlite_autoindex_tracking_run_2",
                            StringComparison.Ordinal
                        )
                );
            }
        }
    }

    [Theory]
    [InlineData("params.kind = 'tree'", "tracking_param_by_value")]
    [InlineData("tags.team IN ('a', 'b')", "tracking_tag_by_value")]
    [InlineData("metrics.acc >= 0.9", "tracking_metric_latest_by_value")]
    public async Task Runs_with_a_rare_value_are_found_by_it(string filter, string index)
    {
        await using var kernel = await TestKernel.StartAsync(TrackingModule.Schema);
        foreach (var order in new[] { "", "metrics.loss.max DESC", "params.depth" })
        {
            foreach (var logging in s_logging)
            {
                var (query, node, items) = Parse(filter + " AND metrics.loss < 1", order);
                var unsettled = Unsettled(node, items, logging);
                var rare = new FilterRare((FilterComparison)((FilterAnd)node!).Parts[0], [0]);
                node = new FilterAnd([rare, ((FilterAnd)node).Parts[1]]);

                var plan = await PlanAsync(
                    kernel.Database,
                    sql => RunSearch.Statement(sql, [0], query, node, items),
                    unsettled
                );

                AssertNoneIsRead(plan, filter, order);
                // With which table PostgreSQL begins hangs on what it knows of them (RareValueTests).
                if (kernel.Database.Dialect == Dialect.Sqlite)
                {
                    Assert.Contains(plan, line => line.Contains(index, StringComparison.Ordinal));
                    Assert.DoesNotContain(
                        plan,
                        line => line.Contains("tracking_run_by_start", StringComparison.Ordinal)
                    );
                }
            }
        }
    }

    [Fact]
    public async Task Nested_runs_are_looked_for_in_their_experiment()
    {
        Assert.SkipWhen(TestKernel.OnPostgres, "PostgreSQL begins where it expects less.");
        await using var kernel = await TestKernel.StartAsync(TrackingModule.Schema);

        var plan = await kernel.Database.ReadAsync(async session =>
            await session.QueryAsync<(long, long, long, string Line)>(
                "explain query plan " + RunMove.NestedSql(session.Dialect),
                new
                {
                    TrackingNames.ParentRunTag,
                    Experiment = 0L,
                    parents = "[]",
                    limit = 1L,
                }
            )
        );

        Assert.StartsWith("SEARCH r ", plan[0].Line, StringComparison.Ordinal);
        Assert.DoesNotContain(plan, step => step.Line.Contains("tracking_tag_by_value", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_found_by_words_everywhere_is_read_from_the_words_on(bool isRare)
    {
        await using var kernel = await TestKernel.StartAsync(TrackingModule.Schema);

        var plan = await PlanAsync(
            kernel.Database,
            sql =>
                TextSearch.Statement(
                    sql,
                    [new WordTerm("one", ["one"], isRare), new WordTerm("two", ["two", "twos"], false)]
                )
        );

        AssertNoneIsRead(plan, "one two", "");
    }

    private static FilterNode Known(FilterNode node, bool isRare) =>
        node switch
        {
            FilterAnd and => new FilterAnd([.. and.Parts.Select(part => Known(part, isRare))]),
            FilterNot not => new FilterNot(Known(not.Part, isRare)),
            FilterComparison { Operator: FilterOperator.Matches } comparison => new FilterWords([
                .. TextWords.Of((string)comparison.Values[0]).Select(word => new WordTerm(word, [word], isRare)),
            ]),
            _ => node,
        };

    [Fact]
    public async Task A_search_without_an_index_would_be_seen()
    {
        await using var kernel = await TestKernel.StartAsync(TrackingModule.Schema);

        var plan = await PlanAsync(
            kernel.Database,
            sql => "select r.id from tracking_run r where r.user_id = " + sql.Add("ann")
        );

        Assert.ThrowsAny<Exception>(() => AssertNoneIsRead(plan, "user_id = 'ann'", ""));
    }

    private static (SearchQuery Query, FilterNode? Filter, IReadOnlyList<OrderItem> Order) Parse(
        string filter,
        string order
    )
    {
        string[] orders = order.Length == 0 ? [] : order.Split(", ");
        return (
            new SearchQuery(filter, orders, ViewType.ActiveOnly, 100, null),
            FilterParser.Parse(filter, TrackingVocabulary.Runs),
            FilterParser.ParseOrder(orders, TrackingVocabulary.Runs)
        );
    }

    private static IReadOnlyList<UnsettledValue> Unsettled(
        FilterNode? filter,
        IReadOnlyList<OrderItem> order,
        int runs
    ) =>
        [
            .. MetricGoal
                .FieldsOf(filter, order)
                .Where(field => field.Entity == FilterEntity.Metric)
                .Distinct()
                .SelectMany(_ => Enumerable.Range(1, runs), (field, run) => new UnsettledValue(field, run, run)),
        ];

    private static Task<IReadOnlyList<string>> PlanAsync(
        Database database,
        Func<RunSql, string> statement,
        IReadOnlyList<UnsettledValue>? unsettled = null
    ) => database.ReadAsync(session => PlanAsync(session, statement, unsettled));

    private static async Task<IReadOnlyList<string>> PlanAsync(
        Session session,
        Func<RunSql, string> statement,
        IReadOnlyList<UnsettledValue>? unsettled
    )
    {
        var sql = new RunSql(session.Dialect, unsettled);
        return await PlanAsync(session, sql, statement(sql));
    }

    /// <summary>How the database would answer a statement, line by line.</summary>
    internal static async Task<IReadOnlyList<string>> PlanAsync(Session session, RunSql sql, string text)
    {
        if (session.Dialect == Dialect.Sqlite)
        {
            var rows = await session.QueryAsync<(long, long, long, string)>(
                "explain query plan " + text,
                sql.Arguments
            );
            return [.. rows.Select(row => row.Item4)];
        }

        // With tables this small reading them whole is cheapest; what is read whole even so has no index.
        await session.QueryAsync<string>("select set_config('enable_seqscan', 'off', true)");
        return await session.QueryAsync<string>("explain " + text, sql.Arguments);
    }

    private static bool Sorts(IReadOnlyList<string> plan) =>
        plan.Any(line => line.Contains("USE TEMP B-TREE FOR ORDER BY", StringComparison.Ordinal));

    private static void AssertNoneIsRead(IReadOnlyList<string> plan, string filter, string order)
    {
        var whole = plan.Where(line =>
                line.Contains("Seq Scan on tracking_", StringComparison.Ordinal)
                || (
                    line.StartsWith("SCAN ", StringComparison.Ordinal)
                    && !line.Contains("json_each", StringComparison.Ordinal)
                    // A bounded number of rows that were found before, or are given.
                    && line
                        is not (
                            "SCAN f"
                            or "SCAN k"
                            or "SCAN m"
                            or "SCAN s"
                            or "SCAN t"
                            or "SCAN u"
                            or "SCAN g"
                            or "SCAN e"
                        )
                    && !line.StartsWith("SCAN j VIRTUAL TABLE", StringComparison.Ordinal)
                )
            )
            .ToList();
        Assert.True(
            whole.Count == 0,
            string.Create(CultureInfo.InvariantCulture, $"'{filter}' by '{order}':\n{string.Join('\n', plan)}")
        );
    }
}
