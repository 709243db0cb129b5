using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Metrics;

namespace Rondo.Tracking.Runs;

/// <summary>
/// The runs of one experiment in the order of one metric. There are three parts, one behind the other in both directions: runs whose
/// value is a number, in the order of the index; then those with NaN; then those without the metric. A page goes on by key, and no part
/// is looked at before the one in front of it has ended: the first page costs the same however many runs there are.
/// </summary>
internal sealed class RunsByMetric(
    Session session,
    long experiment,
    OrderItem order,
    FilterNode? filter,
    IReadOnlyList<UnsettledValue> unsettled
)
{
    private const int Numbers = 0;
    private const int NotANumber = 1;
    private const int Without = 2;
    private const string ByStart = "r.started_at desc, r.id asc";

    /// <summary>Whether a search is of this kind. A token that counts rows is of another one.</summary>
    public static bool CanFind(IReadOnlyList<long> experiments, IReadOnlyList<OrderItem> order, PageToken? token) =>
        experiments.Count == 1
        && order is [{ Field: { Entity: FilterEntity.Metric, Statistic: null } }]
        && token?.Offset is null;

    /// <summary>One page, and the token of the next.</summary>
    public async ValueTask<(IReadOnlyList<RunInfo> Infos, string? Next)> FindAsync(SearchQuery query)
    {
        var after = query.Token is { } token ? Position(token) : null;
        var found = new List<(int Part, ValuedRun Run)>();
        for (var part = after?.Part ?? Numbers; part <= Without && found.Count <= query.Limit; part++)
        {
            var rows = await PartAsync(part, query, part == after?.Part ? after : null, query.Limit + 1L - found.Count);
            found.AddRange(rows.Select(row => (part, row)));
        }

        return found.Count <= query.Limit
            ? ([.. found.Select(item => item.Run)], null)
            : (
                [.. found.Take(query.Limit).Select(item => item.Run)],
                TokenAfter(found[query.Limit - 1].Part, found[query.Limit - 1].Run)
            );
    }

    private ValueTask<IReadOnlyList<ValuedRun>> PartAsync(int part, SearchQuery query, Place? after, long limit)
    {
        var sql = new RunSql(session.Dialect, unsettled);
        return session.QueryAsync<ValuedRun>(Statement(sql, part, query, after, limit), sql.Arguments);
    }

    /// <summary>The statement that finds runs of one part, from a place on.</summary>
    internal string Statement(RunSql sql, int part, SearchQuery query, Place? after, long limit)
    {
        var metric = $"o.experiment = {sql.Add(experiment)} and o.key = {sql.Add(order.Field.Key)}";
        var given = sql.GivenFor(order.Field, "u");
        if (part == Without)
        {
            var logged =
                $"not exists (select 1 from tracking_metric_latest o where o.run_number = r.number and {metric})";
            logged += given is null ? "" : $" and r.number not in (select u.run_number from {given})";
            return $"""
                {sql.With}select {RunInfo.Columns}, 0.0 as value from tracking_run r
                where r.experiment = {sql.Add(experiment)} and {Where("r")} and {logged}
                order by {ByStart}
                limit {sql.Limit(limit)};
                """;
        }

        // What is given of a run that logs comes before what its row says.
        var notGiven = given is null ? "" : $" and o.run_number not in (select u.run_number from {given})";
        // The tables in the order in which they are read: settled values by their index; those of the runs that log at present as they are given.
        var settled = First("o", "tracking_metric_latest o", $"o.settled = 1 and {metric}{notGiven} and ");
        // They are given for this experiment alone; to say so would offer a way to look through all of its runs for each.
        var others = given is null ? "" : " union all " + First("u", given, "");
        // Ends with a semicolon: where the library runs it, it is not kept.
        return $"""
            {sql.With}{settled}{others} {Order("", "")} limit {sql.Limit(limit)};
            """;

        string First(string row, string rows, string condition) =>
            $"select * from (select {RunInfo.Columns}, {row}.value from {rows} cross join tracking_run r"
            + $" where {condition}r.number = {row}.run_number and {row}.is_nan = {part} and {Where(row)}"
            + $" {Order(row + ".", "r.")} limit {sql.Limit(limit)}) {(row == "o" ? "s" : "t")}";

        string Where(string row) =>
            sql.Where(query.View, filter) + (after is null ? "" : " and " + Continue(sql, part, after, row));

        string Order(string value, string run) =>
            "order by "
            + (part == Numbers ? $"{value}value {(order.Ascending ? "asc" : "desc")}, " : "")
            + $"{run}started_at desc, {run}id asc";
    }

    private string Continue(RunSql sql, int part, Place after, string row)
    {
        var start = sql.Add(after.StartedAt);
        var later = $"(r.started_at < {start} or (r.started_at = {start} and r.id > {sql.Add(after.Id)}))";
        if (part != Numbers)
        {
            return $"r.started_at <= {start} and {later}";
        }

        var (value, beyond) = (sql.Add(after.Value), order.Ascending ? ">" : "<");
        return $"{row}.value {beyond}= {value} and ({row}.value {beyond} {value} or {later})";
    }

    private static string TokenAfter(int part, ValuedRun run) =>
        new PageToken
        {
            After =
            [
                part.ToString(CultureInfo.InvariantCulture),
                run.Value.ToString("R", CultureInfo.InvariantCulture),
                run.StartedAt.ToString(CultureInfo.InvariantCulture),
                run.Id,
            ],
        }.Write();

    private static Place Position(PageToken token) =>
        token.After is [var part, var value, var startedAt, var id]
        && int.TryParse(part, CultureInfo.InvariantCulture, out var number)
        && number is >= Numbers and <= Without
        && double.TryParse(value, CultureInfo.InvariantCulture, out var at)
        && double.IsFinite(at)
        && long.TryParse(startedAt, CultureInfo.InvariantCulture, out var start)
            ? new Place(number, at, start, id)
            : throw PageToken.Bad(token.Write());

    internal sealed record Place(int Part, double Value, long StartedAt, string Id);

    private sealed record ValuedRun : RunInfo
    {
        public double Value { get; init; }
    }
}
