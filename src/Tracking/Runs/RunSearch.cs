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
            var page = new RunPage(session, experiments, unsettled);
            var way = await page.WayAsync(query, filter, order);
            // Few are sorted; a page that was begun in the order of the index goes on in it.
            var few = query.Token is null && RunSql.LeadIn(way.Filter) is not null;
            if (!few && RunsByMetric.CanFind(experiments, order, query.Token))
            {
                var search = new RunsByMetric(session, experiments[0], order[0], way.Filter, unsettled);
                var (infos, next) = await search.FindAsync(query);
                return (await read(session, infos), next);
            }

            var found = await page.FindAsync(query, filter, order, way);
            var more = found.Count > query.Limit;
            var items = more ? [.. found.Take(query.Limit)] : found;
            var offset = query.Token?.Offset ?? 0;
            return (await read(session, items), more ? Next(items[^1], order, offset, query.Limit) : null);
        });
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
        var where = sql.Where(experiments, query.View, filter) + AfterToken(sql, order, query.Token);
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

    /// <summary>The condition that runs stand behind the one that a token names; empty where it names none.</summary>
    internal static string AfterToken(RunSql sql, IReadOnlyList<OrderItem> order, PageToken? token)
    {
        if (token?.After is not { } after)
        {
            return "";
        }

        if (
            order.Count > 0
            || after is not [var at, var id]
            || !long.TryParse(at, CultureInfo.InvariantCulture, out var startedAt)
        )
        {
            throw PageToken.Bad(token.Write());
        }

        var start = sql.Add(startedAt);
        return $" and r.started_at <= {start} and (r.started_at < {start} or r.id > {sql.Add(id)})";
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
