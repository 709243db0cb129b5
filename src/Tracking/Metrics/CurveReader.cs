using System.Text;
using Rondo.Kernel.Db;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// Reads the points of one metric of one run, wherever they stand: in packs, in batches that were logged of late, and in rows of a version before
/// packs.
/// </summary>
internal static class CurveReader
{
    private const int PacksPerStatementMax = 64;

    private const int PointsAtOnce = 100_000;

    /// <summary>Where a pack begins: the place of its first point.</summary>
    public const string First = "first_at, first_step, first_value, first_nan";

    /// <summary>The first so many points after one (null: from the start), in order, and each once.</summary>
    public static async ValueTask<List<CurvePoint>> ReadAsync(
        Session session,
        long run,
        string key,
        CurvePoint? after,
        int limit
    )
    {
        var recent = new List<CurvePoint>();
        var utf8 = Encoding.UTF8.GetBytes(key);
        await session.ReadRowsAsync(
            "select points from tracking_unsettled_batch where run_number = @run",
            new { run },
            row => BatchPack.Read(row.Bytes(0), utf8, recent)
        );
        recent.RemoveAll(point => point <= after);
        recent.Sort();
        var old = await OldAsync(session, run, key, after, limit);
        var packed = await PackedAsync(session, run, key, after, limit);
        var points = CurveWriter.Merge([packed, old, recent]);
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

    /// <summary>A point of a row whose first columns are time, step, value, and 1 where it is none.</summary>
    public static CurvePoint PointOf(Row row) => new(row.Long(0), row.Long(1), row.Double(2), row.Long(3) == 1);

    /// <summary>Where the pack begins in which a point stands, or would; null where that is before all.</summary>
    public static async ValueTask<CurvePoint?> BeginAsync(Session session, long run, string key, CurvePoint point)
    {
        CurvePoint? begin = null;
        await session.ReadRowsAsync(
            $"""
            select {First} from tracking_metric_pack where run_number = @Run and key = @Key
                and ({First}) <= (@LoggedAt, @Step, @Value, @IsNan)
            order by first_at desc, first_step desc, first_value desc, first_nan desc limit @Limit
            """,
            Place.Of(run, key, point, 1),
            row => begin = PointOf(row)
        );
        return begin;
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
            Place.Of(run, key, after, limit),
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
            await session.ReadRowsAsync(
                $"""
                select points from tracking_metric_pack where run_number = @Run and key = @Key
                {(from is null ? "" : $"and ({First}) {(isFirst ? ">=" : ">")} (@LoggedAt, @Step, @Value, @IsNan)")}
                order by {First} limit @Limit
                """,
                Place.Of(run, key, from, PacksPerStatementMax),
                row =>
                {
                    packs++;
                    var begin = points.Count;
                    PointPack.Read(row.Bytes(0), points);
                    from = points[begin];
                    if (packs == 1 && points[begin] <= after)
                    {
                        points.RemoveAll(point => point <= after);
                    }
                }
            );
            if (packs < PacksPerStatementMax)
            {
                break;
            }
        }

        return points;
    }

    private sealed record Place(long Run, string Key, long LoggedAt, long Step, double Value, long IsNan, long Limit)
    {
        public static Place Of(long run, string key, CurvePoint? at, int limit)
        {
            var point = at ?? default;
            return new Place(run, key, point.LoggedAt, point.Step, point.Value, point.IsNan ? 1 : 0, limit);
        }
    }
}
