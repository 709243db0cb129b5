using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Text;

namespace Rondo.Tracking.Runs;

/// <summary>Finds runs by a filter. In the order of their start a page continues by key, in any other by a number of rows.</summary>
internal sealed class RunSearch(Database database)
{
    private static readonly FilterField s_start = new(FilterEntity.Attribute, "start_time");

    /// <summary>One page of the runs of some experiments, with what of them is read beside, and the token of the next; null where none can be.</summary>
    public Task<(T? Found, string? Next)> FindAsync<T>(
        IReadOnlyList<long> experiments,
        SearchQuery query,
        Func<Session, IReadOnlyList<RunInfo>, ValueTask<T>> read
    )
        where T : class
    {
        var filter = FilterParser.Parse(query.Filter, TrackingVocabulary.Runs);
        var order = FilterParser.ParseOrder(query.OrderBy, TrackingVocabulary.Runs);
        if (experiments.Count == 0)
        {
            return Task.FromResult<(T?, string?)>((null, null));
        }

        return database.ReadAsync<(T?, string?)>(async session =>
        {
            await MetricGoal.RequireAsync(session, experiments, MetricGoal.AskedFor(filter, order));
            var unsettled = await UnsettledValue.ReadAsync(session, experiments, MetricGoal.FieldsOf(filter, order));
            filter = await TextIndex.Words.ResolveAsync(session, filter);
            var inOrderOfStart = IsInOrderOfStart(experiments, query, order);
            var way = await RareValue.ResolveAsync(session, filter, experiments, query.Limit, inOrderOfStart);
            filter = way.NewestFirst == 0 ? way.Filter : filter;
            // Few are sorted; a page that was begun in the order of the index goes on in it.
            var few = query.Token is null && RunSql.LeadIn(filter) is not null;
            if (!few && RunsByMetric.CanFind(experiments, order, query.Token))
            {
                var search = new RunsByMetric(session, experiments[0], order[0], filter, unsettled);
                var (infos, next) = await search.FindAsync(query);
                return (await read(session, infos), next);
            }

            var offset = query.Token?.Offset ?? 0;
            var found = way.NewestFirst > 0 ? await NewestOrMarkedAsync(filter!, way) : await QueryAsync(filter);
            var more = found.Count > query.Limit;
            var items = more ? [.. found.Take(query.Limit)] : found;
            return (await read(session, items), more ? Next(items[^1], order, offset, query.Limit) : null);

            ValueTask<IReadOnlyList<RunInfo>> QueryAsync(FilterNode? filter)
            {
                var sql = new RunSql(session.Dialect, unsettled);
                return session.QueryAsync<RunInfo>(Statement(sql, experiments, query, filter, order), sql.Arguments);
            }

            // A page that is full among the newest runs is found there; else all that fulfil the marked condition are sorted.
            async ValueTask<IReadOnlyList<RunInfo>> NewestOrMarkedAsync(FilterNode filter, SearchWay way)
            {
                // What so few runs fulfil fills no page of as many.
                if (way.NewestFirst <= query.Limit)
                {
                    return await QueryAsync(way.Filter);
                }

                if (await StartAfterAsync(session, experiments, query, way.NewestFirst) is not { } start)
                {
                    return await QueryAsync(filter);
                }

                var since = new FilterComparison(s_start, FilterOperator.GreaterOrEqual, [start]);
                var newest = await QueryAsync(new FilterAnd([filter, since]));
                return newest.Count > query.Limit ? newest : await QueryAsync(way.Filter);
            }
        });
    }

    // An index has the runs of one experiment, active or deleted, in the order of their start.
    private static bool IsInOrderOfStart(
        IReadOnlyList<long> experiments,
        SearchQuery query,
        IReadOnlyList<OrderItem> order
    ) => order.Count == 0 && experiments.Count == 1 && query.View != ViewType.All;

    // When the run started that stands so many behind the beginning of the page; null: there are not so many.
    private static async ValueTask<long?> StartAfterAsync(
        Session session,
        IReadOnlyList<long> experiments,
        SearchQuery query,
        long runs
    )
    {
        var sql = new RunSql(session.Dialect);
        var where = sql.Where(experiments, query.View, null);
        where += query.Token?.After is { } after ? " and " + Continue(sql, [], after, query.Token) : "";
        var starts = await session.QueryAsync<long>(
            $"select r.started_at from tracking_run r where {where} order by r.started_at desc, r.id asc limit 1 offset {sql.Add(runs)};",
            sql.Arguments
        );
        return starts.Count > 0 ? starts[0] : null;
    }

    /// <summary>The statement that finds one page, and one row more where there is a next one.</summary>
    internal static string Statement(
        RunSql sql,
        IReadOnlyList<long> experiments,
        SearchQuery query,
        FilterNode? filter,
        IReadOnlyList<OrderItem> order
    )
    {
        // Runs of one name, or with a rare word or value, are few: they are found by it and then sorted, and not looked for among all in the order of the start.
        var lead = RunSql.LeadIn(filter);
        var from = lead is null ? "tracking_run r" : sql.FromFew(lead);
        var start = lead is null && RunSql.NameIn(filter) is null ? "r.started_at" : "r.started_at + 0";
        var where = sql.Where(experiments, query.View, filter);
        where += query.Token?.After is { } after ? " and " + Continue(sql, order, after, query.Token) : "";
        var (joins, keys) = OrderOf(sql, order);
        var by = string.Join(", ", keys.Append($"{start} desc, r.id asc"));
        // Ends with a semicolon: where the library runs it, it is not kept, for the next one may be another.
        return $"{sql.With}select {RunInfo.Columns} from {from}{joins} where {where} order by {by}"
            + $" limit {sql.Limit(query.Limit + 1L)} offset {sql.Add(query.Token?.Offset ?? 0)};";
    }

    private static string Next(RunInfo last, IReadOnlyList<OrderItem> order, long offset, int limit) =>
        (
            order.Count > 0
                ? new PageToken { Offset = offset + limit }
                : new PageToken { After = [last.StartedAt.ToString(CultureInfo.InvariantCulture), last.Id] }
        ).Write();

    private static string Continue(
        RunSql sql,
        IReadOnlyList<OrderItem> order,
        IReadOnlyList<string> after,
        PageToken token
    )
    {
        if (
            order.Count > 0
            || after is not [var at, var id]
            || !long.TryParse(at, CultureInfo.InvariantCulture, out var startedAt)
        )
        {
            throw PageToken.Bad(token.Write());
        }

        var start = sql.Add(startedAt);
        return $"r.started_at <= {start} and (r.started_at < {start} or r.id > {sql.Add(id)})";
    }

    // Rows without the key come last in both directions, NaN just before them.
    private static (string Joins, IEnumerable<string> Keys) OrderOf(RunSql sql, IReadOnlyList<OrderItem> order)
    {
        var joins = "";
        var keys = new List<string>();
        for (var i = 0; i < order.Count; i++)
        {
            var (field, direction) = (order[i].Field, order[i].Ascending ? "asc" : "desc");
            if (field.Entity == FilterEntity.Attribute)
            {
                var column = RunSql.Columns[field.Key];
                keys.Add($"case when {column} is null then 1 else 0 end, {column} {direction}");
                continue;
            }

            if (field.Entity == FilterEntity.Metric)
            {
                var (value, isNan) = sql.ValueOf($"o{i}", field);
                joins += $" left join {RunSql.TableOf(field.Entity)} o{i} on {sql.IsOf($"o{i}", field)}";
                var without = $"o{i}.run_number is null";
                if (sql.GivenFor(field, $"u{i}") is { } given)
                {
                    // What is given of a run that logs comes before what its rows say.
                    joins += $" left join {given} on u{i}.run_number = r.number";
                    value = $"case when u{i}.run_number is null then {value} else u{i}.value end";
                    isNan = $"case when u{i}.run_number is null then {isNan} else u{i}.is_nan end";
                    without += $" and u{i}.run_number is null";
                }

                keys.Add($"case when {without} then 2 when {isNan} = 1 then 1 else 0 end, {value} {direction}");
            }
            else
            {
                joins += $" left join {RunSql.TableOf(field.Entity)} o{i} on {sql.IsOf($"o{i}", field)}";
                keys.Add($"case when o{i}.run_number is null then 1 else 0 end, o{i}.value {direction}");
            }
        }

        return (joins, keys);
    }
}
