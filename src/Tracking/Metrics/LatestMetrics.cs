using System.Text.Json;
using Rondo.Kernel.Db;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// The latest points of runs. Those of a run that logs at present stand in one row of the run, packed (<see cref="UnsettledPoints"/>), and what the
/// rows say of the same metrics does not count.
/// </summary>
internal static class LatestMetrics
{
    /// <summary>What <see cref="Of"/> reads, of a row of <c>tracking_metric_latest</c>.</summary>
    public const string Columns = "key, logged_at, step, value, is_nan, min_value, max_value";

    /// <summary>The latest points of runs by their numbers, in the order of the keys. A run that has logged nothing is absent.</summary>
    public static async ValueTask<IReadOnlyDictionary<long, List<MetricRange>>> ReadAsync(
        Session session,
        IEnumerable<long> runs
    )
    {
        var numbers = new { numbers = JsonSerializer.Serialize(runs) };
        var found = new Dictionary<long, List<MetricRange>>();
        await session.ReadRowsAsync(
            $"""
            select {Columns}, run_number from tracking_metric_latest
            where {session.Dialect.IsAmongNumbers("run_number", "@numbers")} and settled = 1 order by run_number, key
            """,
            numbers,
            row =>
            {
                if (!found.TryGetValue(row.Long(7), out var ranges))
                {
                    found.Add(row.Long(7), ranges = []);
                }

                ranges.Add(Of(row));
            }
        );
        await session.ReadRowsAsync(
            $"""
            select run_number, latest from tracking_unsettled
            where {session.Dialect.IsAmongNumbers("run_number", "@numbers")}
            """,
            numbers,
            row =>
            {
                var unsettled = LatestPack.Read(row.Bytes(1));
                found[row.Long(0)] = found.TryGetValue(row.Long(0), out var settled)
                    ?
                    [
                        .. settled
                            .Concat(unsettled)
                            .OrderBy(range => range.Latest.Key, Comparer<string>.Create(KeyOrder.Compare)),
                    ]
                    : unsettled;
            }
        );
        return found;
    }

    /// <summary>
    /// The statement that reads settled points, of runs whose <c>@numbers</c> are a list as JSON: number of the run, key, time, step, value, and 1
    /// where it is none; run by run.
    /// </summary>
    public static string SettledSql(Dialect dialect) =>
        $"""
            select run_number, key, logged_at, step, value, is_nan from tracking_metric_latest
            where {dialect.IsAmongNumbers("run_number", "@numbers")} and settled = 1 order by run_number, key
            """;

    /// <summary>Those of the runs, whose <c>numbers</c> are a list as JSON, that log at present.</summary>
    public static ValueTask<IReadOnlyList<long>> UnsettledAsync(Session session, object numbers) =>
        session.QueryAsync<long>(
            $"""
            select run_number from tracking_unsettled where {session.Dialect.IsAmongNumbers("run_number", "@numbers")}
            order by run_number
            """,
            numbers
        );

    /// <summary>Those of one run.</summary>
    public static async ValueTask<IReadOnlyList<MetricRange>> ReadAsync(Session session, long run) =>
        (await ReadAsync(session, [run])).TryGetValue(run, out var found) ? found : [];

    /// <summary>Those of one run that are not settled.</summary>
    public static async ValueTask<IReadOnlyList<MetricRange>> UnsettledAsync(Session session, long run)
    {
        IReadOnlyList<MetricRange> found = [];
        await session.ReadRowsAsync(
            "select latest from tracking_unsettled where run_number = @run",
            new { run },
            row => found = LatestPack.Read(row.Bytes(0))
        );
        return found;
    }

    /// <summary>The latest point, the least and the greatest of a metric.</summary>
    public static MetricRange Of(Row row) =>
        new(
            new MetricRow
            {
                Key = row.Text(0),
                LoggedAt = row.Long(1),
                Step = row.Long(2),
                Value = row.Double(3),
                IsNan = row.Long(4),
            },
            row.IsNull(5) ? null : row.Double(5),
            row.IsNull(6) ? null : row.Double(6)
        );
}
