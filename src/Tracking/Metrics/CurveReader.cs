using System.Text;
using Rondo.Kernel.Db;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// Reads the points of one metric of one run, wherever they stand: in packs, in batches that were logged of late, and in rows of a version before
/// packs.
/// </summary>
internal static class CurveReader
{
    /// <summary>Where a pack begins: the place of its first point.</summary>
    public const string First = "first_at, first_step, first_value, first_nan";

    /// <summary>The order that begins with the last pack.</summary>
    public const string FromLast = "first_at desc, first_step desc, first_value desc, first_nan desc";

    // A statement asks for as many packs as are likely to be needed: most hold some hundred points.
    private const int PacksOfPoints = 256;
    private const int PacksPerStatementMax = 256;
    private const int PointsAtOnce = 100_000;

    /// <summary>The first so many points after one (null: from the start), in order, and each once.</summary>
    public static async ValueTask<List<CurvePoint>> ReadAsync(
        Session session,
        long run,
        string key,
        CurvePoint? after,
        int limit
    )
    {
        var recent = await RecentAsync(session, run, key);
        recent.RemoveAll(point => point <= after);
        var old = await OldAsync(session, run, key, after, limit);
        var packed = await PackedAsync(session, run, key, after, limit);
        var points = old.Count == 0 && recent.Count == 0 ? packed : CurvePoints.Merge(packed, old, recent);
        if (points.Count > limit)
        {
            points.RemoveRange(limit, points.Count - limit);
        }

        return points;
    }

    /// <summary>Hands over all points in order, each once, some at a time.</summary>
    public static async ValueTask EachAsync(Session session, long run, string key, Action<List<CurvePoint>> take)
    {
        CurvePoint? after = null;
        do
        {
            var points = await ReadAsync(session, run, key, after, PointsAtOnce);
            take(points);
            after = points.Count == PointsAtOnce ? points[^1] : null;
        } while (after is not null);
    }

    /// <summary>The mean of all that are numbers; null where none is.</summary>
    public static async ValueTask<double?> MeanAsync(Session session, long run, string key)
    {
        var recent = CurvePoints.Merge(await RecentAsync(session, run, key));
        var place = CurvePlace.Of(run, key, recent.Count > 0 ? recent[0] : null, 1);
        CurvePoint? last = null;
        await session.ReadRowsAsync(
            $"""
            select points from tracking_metric_pack where run_number = @Run and key = @Key
            order by {FromLast} limit @Limit
            """,
            place,
            row =>
            {
                var points = new List<CurvePoint>();
                PointPack.Read(row.Bytes(0), points);
                last = points[^1];
            }
        );
        // What has come since, and is not there yet for sure, is added; otherwise all is read.
        var isAfter =
            recent.Count == 0
            || (
                !(last >= recent[0])
                && await session.ScalarAsync<long>(
                    """
                    select count(*) from (select 1 from tracking_metric where run_number = @Run and key = @Key
                        and logged_at >= @LoggedAt limit 1) one
                    """,
                    place
                ) == 0
            );
        var (numbers, total) = (0L, 0.0);
        void Take(List<CurvePoint> points)
        {
            var sum = CurvePoints.Sum(points);
            (numbers, total) = (numbers + sum.Numbers, total + sum.Total);
        }

        if (!isAfter)
        {
            await EachAsync(session, run, key, Take);
            return CurvePoints.Mean(numbers, total);
        }

        await session.ReadRowsAsync(
            SumSql("@Run", "@Key"),
            place,
            row => (numbers, total) = (row.Long(0), row.Double(1))
        );
        Take(recent);
        return CurvePoints.Mean(numbers, total);
    }

    /// <summary>
    /// The statement that answers how many points of a curve are numbers (<c>numbers</c>), and their sum divided by <see cref="CurvePoints.SumScale"/>
    /// (<c>total</c>), without those in batches.
    /// </summary>
    public static string SumSql(string run, string key) =>
        $"""
            select cast(coalesce(sum(m.numbers), 0) as bigint) as numbers, coalesce(sum(m.total), 0.0) as total from (
                select p.total, p.numbers from tracking_metric_pack p where p.run_number = {run} and p.key = {key}
                union all select {CurvePoints.DivideSql("o.value", CurvePoints.SumScaleSql)}, 1 from tracking_metric o
                where o.run_number = {run} and o.key = {key} and o.is_nan = 0) m
            """;

    /// <summary>A point of a row whose first columns are time, step, value, and 1 where it is none.</summary>
    public static CurvePoint PointOf(Row row) => new(row.Long(0), row.Long(1), row.Double(2), row.Long(3) == 1);

    // Where the pack begins in which a point stands, or would; null where that is before all.
    private static async ValueTask<CurvePoint?> BeginAsync(Session session, long run, string key, CurvePoint point)
    {
        CurvePoint? begin = null;
        await session.ReadRowsAsync(
            $"""
            select {First} from tracking_metric_pack where run_number = @Run and key = @Key
                and ({First}) <= (@LoggedAt, @Step, @Value, @IsNan)
            order by {FromLast} limit @Limit
            """,
            CurvePlace.Of(run, key, point, 1),
            row => begin = PointOf(row)
        );
        return begin;
    }

    private static async ValueTask<List<CurvePoint>> RecentAsync(Session session, long run, string key)
    {
        var recent = new List<CurvePoint>();
        var utf8 = Encoding.UTF8.GetBytes(key);
        await session.ReadRowsAsync(
            UnsettledPoints.BatchesSql,
            new { run },
            row => BatchPack.Read(row.Bytes(0), utf8, recent)
        );
        return recent;
    }

    private static async ValueTask<List<CurvePoint>> OldAsync(
        Session session,
        long run,
        string key,
        CurvePoint? after,
        int limit
    )
    {
        var points = new List<CurvePoint>();
        await session.ReadRowsAsync(
            $"""
            select logged_at, step, value, is_nan from tracking_metric where run_number = @Run and key = @Key
            {(after is null ? "" : "and (logged_at, step, value, is_nan) > (@LoggedAt, @Step, @Value, @IsNan)")}
            order by logged_at, step, value, is_nan limit @Limit
            """,
            CurvePlace.Of(run, key, after, limit),
            row => points.Add(PointOf(row))
        );
        return points;
    }

    private static async ValueTask<List<CurvePoint>> PackedAsync(
        Session session,
        long run,
        string key,
        CurvePoint? after,
        int limit
    )
    {
        var points = new List<CurvePoint>();
        var from = after is { } point ? await BeginAsync(session, run, key, point) : null;
        for (var isFirst = true; points.Count < limit; isFirst = false)
        {
            var packs = 0;
            var packsMax = Math.Min(1 + ((limit - points.Count) / PacksOfPoints), PacksPerStatementMax);
            await session.ReadRowsAsync(
                $"""
                select points from tracking_metric_pack where run_number = @Run and key = @Key
                {(from is null ? "" : $"and ({First}) {(isFirst ? ">=" : ">")} (@LoggedAt, @Step, @Value, @IsNan)")}
                order by {First} limit @Limit
                """,
                CurvePlace.Of(run, key, from, packsMax),
                row =>
                {
                    packs++;
                    var begin = points.Count;
                    PointPack.Read(row.Bytes(0), points);
                    from = points[begin];
                    if (points[begin] <= after)
                    {
                        points.RemoveAll(point => point <= after);
                    }
                }
            );
            if (packs < packsMax)
            {
                break;
            }
        }

        return points;
    }
}
