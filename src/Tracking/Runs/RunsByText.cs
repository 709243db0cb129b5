using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Metrics;

namespace Rondo.Tracking.Runs;

/// <summary>
/// The first runs of one large experiment in the order of one param or tag, without a look at all of them. The index of values has those of all
/// experiments in their order. The value of the last run of the page is looked for in it; then there are three parts: the runs before
/// that value, which are fewer than the page; those that have it, in the order of their start; and, where all that have the key are fewer than
/// the page, those without.
/// </summary>
internal sealed class RunsByText(
    Session session,
    long experiment,
    OrderItem order,
    FilterNode? filter,
    IReadOnlyList<UnsettledValue> unsettled
)
{
    /// <summary>Of fewer runs all are sorted.</summary>
    public const int RunsMin = 2000;

    /// <summary>
    /// How many more entries of the index are looked at than there are runs in the page: they may be those of other experiments, or of runs that
    /// the filter does not want.
    /// </summary>
    public const int OthersMax = 2000;

    /// <summary>All that stand in front of a page are read: where they are more than these, all runs are sorted.</summary>
    public const int OffsetMax = 10_000;

    private readonly long[] _experiments = [experiment];

    private string Direction => order.Ascending ? "asc" : "desc";

    /// <summary>Whether a search is of this kind. Where something leads to few runs, these are sorted.</summary>
    public static bool CanFind(IReadOnlyList<long> experiments, IReadOnlyList<OrderItem> order, FilterNode? filter) =>
        experiments.Count == 1
        && order is [{ Field.Entity: FilterEntity.Param or FilterEntity.Tag }]
        && RunSql.NameIn(filter) is null
        && RunSql.LeadIn(filter) is null;

    /// <summary>The runs of one page and one more, where there is one; null where all runs must be sorted to know them.</summary>
    /// <param name="query">A page that begins after a number of runs.</param>
    /// <param name="inOrderOfStart">Finds the runs of a page, and one more, in the order of their start.</param>
    public async ValueTask<IReadOnlyList<RunInfo>?> FindAsync(
        SearchQuery query,
        Func<SearchQuery, FilterNode, ValueTask<IReadOnlyList<RunInfo>>> inOrderOfStart
    )
    {
        var offset = query.Token?.Offset ?? 0;
        if (offset > OffsetMax || !await RareValue.HaveAsync(session, _experiments, RunsMin))
        {
            return null;
        }

        var needed = offset + query.Limit + 1;
        var looked = needed + OthersMax;

        // Mostly all entries are wanted, and so many need not be sorted.
        var last =
            await LastAsync(query, needed, Math.Min(2 * needed, looked)) ?? await LastAsync(query, needed, looked);
        var isCut = last is not null && !RunSql.IsWholeInIndex(last);
        if ((last is null || isCut) && await AreMoreAsync(last, looked))
        {
            return null;
        }

        // Values that are cut in the index are told apart here, and those that the last one stands among are no more than were counted.
        var first = await UntilAsync(query, last, looked, isCut);
        var rest = query with
        {
            Limit = (int)(needed - Math.Max(first.Count, offset) - 1),
            Token = new PageToken { Offset = Math.Max(0, offset - first.Count) },
        };
        var others =
            rest.Limit < 0 ? []
            : last is null ? await WithoutAsync(rest)
            : isCut ? []
            : await inOrderOfStart(rest, WithValue(last));
        return [.. first.Skip((int)Math.Min(offset, first.Count)).Concat(others).Take(query.Limit + 1)];
    }

    private FilterNode WithValue(string value)
    {
        var comparison = new FilterComparison(order.Field, FilterOperator.Equal, [value]);
        return filter is null ? comparison : new FilterAnd([filter, comparison]);
    }

    // The beginning of the value of the last run of a page, or null where so many entries of the index have fewer runs.
    private async ValueTask<string?> LastAsync(SearchQuery query, long needed, long looked)
    {
        var sql = new RunSql(session.Dialect, unsettled);
        return await session.ScalarAsync<string>(LastStatement(sql, query, needed, looked), sql.Arguments);
    }

    /// <summary>The statement that finds the beginning of the value of the last run that is needed.</summary>
    internal string LastStatement(RunSql sql, SearchQuery query, long needed, long looked) =>
        $"""
            {sql.With}select e.beginning from ({Entries(sql, "", looked)}) e {Run}
            where {sql.Where(_experiments, query.View, filter)}
            order by e.beginning {Direction} limit 1 offset {sql.Add(needed - 1)};
            """;

    // Whether the index has as many entries as this, up to a value and with it.
    private async ValueTask<bool> AreMoreAsync(string? last, long looked)
    {
        var sql = new RunSql(session.Dialect);
        var entries = Entries(
            sql,
            last is null ? "" : $" and {Beginning} {(order.Ascending ? "<=" : ">=")} {sql.Add(last)}",
            looked
        );
        return await session.ScalarAsync<long>($"select count(*) from ({entries}) e", sql.Arguments) == looked;
    }

    private ValueTask<IReadOnlyList<RunInfo>> UntilAsync(SearchQuery query, string? last, long looked, bool andLast)
    {
        var sql = new RunSql(session.Dialect, unsettled);
        return session.QueryAsync<RunInfo>(UntilStatement(sql, query, last, looked, andLast), sql.Arguments);
    }

    /// <summary>The statement that finds the runs before a value, or of all values where it is null.</summary>
    internal string UntilStatement(RunSql sql, SearchQuery query, string? last, long looked, bool andLast)
    {
        var before = (order.Ascending ? "<" : ">") + (andLast ? "=" : "");
        var entries = Entries(sql, last is null ? "" : $" and {Beginning} {before} {sql.Add(last)}", looked);
        return $"""
            {sql.With}select {RunInfo.Columns} from ({entries}) e {Run}
            where {sql.Where(_experiments, query.View, filter)}
            order by e.value {Direction}, r.started_at desc, r.id asc;
            """;
    }

    private ValueTask<IReadOnlyList<RunInfo>> WithoutAsync(SearchQuery query)
    {
        var sql = new RunSql(session.Dialect, unsettled);
        return session.QueryAsync<RunInfo>(WithoutStatement(sql, query), sql.Arguments);
    }

    /// <summary>The statement that finds the runs without the key.</summary>
    internal string WithoutStatement(RunSql sql, SearchQuery query) =>
        $"""
            {sql.With}select {RunInfo.Columns} from tracking_run r
            where {sql.Where(_experiments, query.View, filter)}
                and not exists (select 1 from {Table} o where {sql.IsOf("o", order.Field)})
            order by r.started_at desc, r.id asc limit {sql.Limit(query.Limit + 1L)} offset {sql.Add(
                query.Token!.Offset!.Value
            )};
            """;

    private string Table => RunSql.TableOf(order.Field.Entity);

    private string Run => session.Dialect.JoinOne("tracking_run", "r", "r.number = e.run_number");

    private static string Beginning => RunSql.BeginningOf("o.value");

    // The first entries of the index, of all experiments.
    private string Entries(RunSql sql, string condition, long most) =>
        $"select o.run_number, o.value, {Beginning} as beginning from {Table} o where o.key = {sql.Add(order.Field.Key)}{condition}"
        + $" order by {Beginning} {Direction} limit {sql.Limit(most)}";
}
