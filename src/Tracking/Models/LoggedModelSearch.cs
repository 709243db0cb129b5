using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Models;

/// <summary>Finds logged models by a filter. The latest first a page continues by key, in any other order by a number of rows.</summary>
internal sealed class LoggedModelSearch(Database database)
{
    /// <summary>One page of the models of some experiments, and the token of the next.</summary>
    public Task<(IReadOnlyList<LoggedModel> Items, string? Next)> FindAsync(LoggedModelQuery query)
    {
        var filter = FilterParser.Parse(query.Filter, TrackingVocabulary.LoggedModels);
        (long At, string Id)? after = query.Token?.After is null ? null : After(query);
        if (query.Experiments.Count == 0)
        {
            return Task.FromResult<(IReadOnlyList<LoggedModel>, string?)>(([], null));
        }

        return database.ReadAsync<(IReadOnlyList<LoggedModel>, string?)>(async session =>
        {
            var sql = new LoggedModelSql(session.Dialect, query.Datasets);
            var where =
                $"m.experiment in {sql.AddAll(query.Experiments.Cast<object>())} and m.lifecycle = {sql.Add(Lifecycle.Active)}";
            where += filter is null ? "" : " and " + sql.Write(WithWholeStatuses(filter));
            where += sql.OnDatasets();
            if (after is { } last)
            {
                var at = sql.Add(last.At);
                where += $" and m.created_at <= {at} and (m.created_at < {at} or m.id > {sql.Add(last.Id)})";
            }

            var keys = string.Join(", ", query.OrderBy.Select(sql.Order).Append("m.created_at desc, m.id asc"));
            var offset = query.Token?.Offset ?? 0;
            // Ends with a semicolon: where the library runs it, it is not kept, for the next one may be another.
            var found = await session.QueryAsync<LoggedModelInfo>(
                $"select {LoggedModelInfo.Columns} from tracking_logged_model m where {where} order by {keys}"
                    + $" limit {sql.Add(query.Limit + 1L)} offset {sql.Add(offset)};",
                sql.Arguments
            );
            var more = found.Count > query.Limit;
            var items = more ? [.. found.Take(query.Limit)] : found;
            return (await LoggedModelReader.ReadAsync(session, items), more ? Next(query, items[^1], offset) : null);
        });
    }

    private static string Next(LoggedModelQuery query, LoggedModelInfo last, long offset) =>
        (
            query.OrderBy.Count > 0
                ? new PageToken { Offset = offset + query.Limit }
                : new PageToken { After = [last.CreatedAt.ToString(CultureInfo.InvariantCulture), last.Id] }
        ).Write();

    private static (long At, string Id) After(LoggedModelQuery query) =>
        query.OrderBy.Count == 0
        && query.Token!.After is [var at, var id]
        && long.TryParse(at, CultureInfo.InvariantCulture, out var createdAt)
            ? (createdAt, id)
            : throw PageToken.Bad(query.Token!.Write());

    // A filter may say READY for LOGGED_MODEL_READY.
    private static FilterNode WithWholeStatuses(FilterNode node) =>
        node switch
        {
            FilterAnd and => new FilterAnd([.. and.Parts.Select(WithWholeStatuses)]),
            FilterOr or => new FilterOr([.. or.Parts.Select(WithWholeStatuses)]),
            FilterNot not => new FilterNot(WithWholeStatuses(not.Part)),
            FilterComparison { Field: { Entity: FilterEntity.Attribute, Key: "status" } } comparison => comparison with
            {
                Values = [.. comparison.Values.Select(value => LoggedModelStatusNames.Whole((string)value))],
            },
            _ => node,
        };
}
