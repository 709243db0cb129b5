using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Metrics;

namespace Rondo.Tracking.Runs;

/// <summary>Finds the runs of one page, and one more where there is a next page, in the way that looks at the fewest.</summary>
internal sealed class RunPage(Session session, IReadOnlyList<long> experiments, IReadOnlyList<UnsettledValue> unsettled)
{
    private static readonly FilterField s_start = new(FilterEntity.Attribute, "start_time");

    /// <summary>How a filter is looked for in an order.</summary>
    public ValueTask<SearchWay> WayAsync(SearchQuery query, FilterNode? filter, IReadOnlyList<OrderItem> order) =>
        RareValue.ResolveAsync(session, filter, experiments, query.Limit, IsInOrderOfStart(query, order));

    /// <summary>The runs, in any order but that of one metric.</summary>
    public async ValueTask<IReadOnlyList<RunInfo>> FindAsync(
        SearchQuery query,
        FilterNode? filter,
        IReadOnlyList<OrderItem> order,
        SearchWay way
    )
    {
        if (way.NewestFirst > 0)
        {
            return await NewestOrMarkedAsync(query, filter!, way);
        }

        if (query.Token?.After is null && RunsByText.CanFind(experiments, order, way.Filter))
        {
            var search = new RunsByText(session, experiments[0], order[0], filter, unsettled);
            if (await search.FindAsync(query, InOrderOfStartAsync) is { } found)
            {
                return found;
            }
        }

        return await QueryAsync(query, way.Filter, order);
    }

    private async ValueTask<IReadOnlyList<RunInfo>> InOrderOfStartAsync(SearchQuery query, FilterNode filter) =>
        await FindAsync(query, filter, [], await WayAsync(query, filter, []));

    // A page that is full among the newest runs is found there; else all that fulfil the marked condition are sorted.
    private async ValueTask<IReadOnlyList<RunInfo>> NewestOrMarkedAsync(
        SearchQuery query,
        FilterNode filter,
        SearchWay way
    )
    {
        // What so few runs fulfil fills no page of as many.
        if (way.NewestFirst <= query.Limit)
        {
            return await QueryAsync(query, way.Filter, []);
        }

        if (await StartAfterAsync(query, way.NewestFirst) is not { } start)
        {
            return await QueryAsync(query, filter, []);
        }

        var since = new FilterComparison(s_start, FilterOperator.GreaterOrEqual, [start]);
        var newest = await QueryAsync(query, new FilterAnd([filter, since]), []);
        return newest.Count > query.Limit ? newest : await QueryAsync(query, way.Filter, []);
    }

    private ValueTask<IReadOnlyList<RunInfo>> QueryAsync(
        SearchQuery query,
        FilterNode? filter,
        IReadOnlyList<OrderItem> order
    )
    {
        var sql = new RunSql(session.Dialect, unsettled);
        return session.QueryAsync<RunInfo>(RunSearch.Statement(sql, experiments, query, filter, order), sql.Arguments);
    }

    // An index has the runs of one experiment, active or deleted, in the order of their start.
    private bool IsInOrderOfStart(SearchQuery query, IReadOnlyList<OrderItem> order) =>
        order.Count == 0 && experiments.Count == 1 && query.View != ViewType.All;

    // When the run started that stands so many behind the beginning of the page; null: there are not so many.
    private async ValueTask<long?> StartAfterAsync(SearchQuery query, long runs)
    {
        var sql = new RunSql(session.Dialect);
        var where = sql.Where(experiments, query.View, null) + RunSearch.AfterToken(sql, [], query.Token);
        var starts = await session.QueryAsync<long>(
            $"select r.started_at from tracking_run r where {where} order by r.started_at desc, r.id asc limit 1 offset {sql.Add(runs)};",
            sql.Arguments
        );
        return starts.Count > 0 ? starts[0] : null;
    }
}
