using System.Runtime.InteropServices;
using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// Brings points to their curves. A curve is a list of packs: none begins before the end of the one in front of it, and no point is there twice.
/// Most points come after all that are there: they are a pack of their own, or join a small one.
/// </summary>
internal static class CurveWriter
{
    /// <summary>The points of a pack, at most.</summary>
    public const int PackPointsMax = 512;

    // A last pack of fewer points is written anew, with those that have come.
    private const int SmallMax = 32;

    private static readonly string[] s_goneNames = ["run", "key", "at", "step", "value", "nan"];
    private static readonly string[] s_packNames = [.. s_goneNames, "numbers", "total", "points"];

    /// <summary>
    /// Adds points in any order, and returns how many were not there yet. The caller holds the run's row of <c>tracking_unsettled</c>: nobody else
    /// writes to curves of the run.
    /// </summary>
    public static async ValueTask<int> AddAsync(
        Transaction transaction,
        long run,
        IReadOnlyDictionary<string, List<CurvePoint>> byKey
    )
    {
        if (byKey.Count == 0)
        {
            return 0;
        }

        var came = byKey.ToDictionary(
            ofKey => ofKey.Key,
            ofKey => CurvePoints.Merge(ofKey.Value),
            StringComparer.Ordinal
        );
        await DropOldAsync(transaction, run, came);
        var last = await LastAsync(transaction, run, came.Keys);
        var changes = new Changes([], []);
        var added = 0;
        foreach (var (key, points) in came.Where(ofKey => ofKey.Value.Count > 0))
        {
            var before = 0;
            if (last.TryGetValue(key, out var end))
            {
                before = points.FindIndex(point => point >= end.Points[0]) is var at and >= 0 ? at : points.Count;
                added += await AddBeforeAsync(transaction, (run, end), points[..before], changes);
                end =
                    points[before..] is [var first, ..] && first > end.Points[^1] && end.Points.Count >= SmallMax
                        ? null
                        : end;
            }

            added += changes.Add(key, end, before == 0 ? points : points[before..]);
        }

        await changes.WriteAsync(transaction, run);
        return added;
    }

    // Points before the last pack, in order: each comes to the pack in which it belongs, and no other one is touched.
    private static async ValueTask<int> AddBeforeAsync(
        Transaction transaction,
        (long Run, Pack Last) curve,
        List<CurvePoint> points,
        Changes changes
    )
    {
        var added = 0;
        for (var begin = 0; begin < points.Count; )
        {
            var (pack, next) = await PlaceOfAsync(transaction, curve, points[begin]);
            var end = points.FindIndex(begin, point => point >= next) is var at and >= 0 ? at : points.Count;
            added += changes.Add(curve.Last.Key, pack, points[begin..end]);
            begin = end;
        }

        return added;
    }

    // The pack in which a point belongs, null before the first; and where the next one begins.
    private static async ValueTask<(Pack? Pack, CurvePoint Next)> PlaceOfAsync(
        Transaction transaction,
        (long Run, Pack Last) curve,
        CurvePoint point
    )
    {
        Pack? pack = null;
        var next = curve.Last.Points[0];
        var key = curve.Last.Key;
        await transaction.ReadRowsAsync(
            $"""
            select points from tracking_metric_pack where run_number = @Run and key = @Key
                and ({CurveReader.First}) <= (@LoggedAt, @Step, @Value, @IsNan) order by {CurveReader.FromLast} limit 1
            """,
            CurvePlace.Of(curve.Run, key, point, 1),
            row => pack = Pack.Of(key, row.Bytes(0))
        );
        await transaction.ReadRowsAsync(
            $"""
            select {CurveReader.First} from tracking_metric_pack where run_number = @Run and key = @Key
                and ({CurveReader.First}) > (@LoggedAt, @Step, @Value, @IsNan) order by {CurveReader.First} limit 1
            """,
            CurvePlace.Of(curve.Run, key, point, 1),
            row => next = CurveReader.PointOf(row)
        );
        return (pack, next);
    }

    // Takes from what has come what a version before packs has written already.
    private static async ValueTask DropOldAsync(
        Transaction transaction,
        long run,
        Dictionary<string, List<CurvePoint>> came
    )
    {
        const string ofRun = "select count(*) from (select 1 from tracking_metric where run_number = @run limit 1) one";
        if (await transaction.ScalarAsync<long>(ofRun, new { run }) == 0)
        {
            return;
        }

        // Of each metric those in the time of what has come.
        var times = came.Select(ofKey => new object[] { ofKey.Key, ofKey.Value[0].LoggedAt, ofKey.Value[^1].LoggedAt });
        var old = new HashSet<(string, CurvePoint)>();
        await transaction.ReadRowsAsync(
            $"""
            select m.logged_at, m.step, m.value, m.is_nan, m.key
            from {transaction.Dialect.ElementsOf("@times", "k")} cross join tracking_metric m
            where m.run_number = @run and m.key = k.value ->> 0
                and m.logged_at >= cast(k.value ->> 1 as bigint) and m.logged_at <= cast(k.value ->> 2 as bigint)
            """,
            new { run, times = JsonSerializer.Serialize(times) },
            row =>
            {
                var (key, point) = (row.Text(4), CurveReader.PointOf(row));
                if (came[key].BinarySearch(point) >= 0)
                {
                    old.Add((key, point));
                }
            }
        );
        foreach (var (key, points) in came)
        {
            points.RemoveAll(point => old.Contains((key, point)));
        }
    }

    private static async ValueTask<Dictionary<string, Pack>> LastAsync(
        Transaction transaction,
        long run,
        IEnumerable<string> keys
    )
    {
        var last = new Dictionary<string, Pack>(StringComparer.Ordinal);
        await transaction.ReadRowsAsync(
            $"""
            select p.key, p.points from {transaction.Dialect.TextsOf("@keys", "k")} cross join tracking_metric_pack p
            where p.{transaction.Dialect.RowAddress} = (
                select x.{transaction.Dialect.RowAddress} from tracking_metric_pack x
                where x.run_number = @run and x.key = k.value order by {CurveReader.FromLast} limit 1)
            """,
            new { run, keys = JsonSerializer.Serialize(keys) },
            row => last.Add(row.Text(0), Pack.Of(row.Text(0), row.Bytes(1)))
        );
        return last;
    }

    private sealed record Pack(string Key, List<CurvePoint> Points)
    {
        public static Pack Of(string key, ReadOnlySpan<byte> bytes)
        {
            var points = new List<CurvePoint>();
            PointPack.Read(bytes, points);
            return new Pack(key, points);
        }

        public void WriteFirst(RowArguments arguments, long run)
        {
            arguments.Set(0, run);
            arguments.Set(1, Key);
            arguments.Set(2, Points[0].LoggedAt);
            arguments.Set(3, Points[0].Step);
            arguments.Set(4, Points[0].Value);
            arguments.Set(5, Points[0].IsNan ? 1L : 0L);
        }

        public void Write(RowArguments arguments, long run, PooledBytes bytes)
        {
            WriteFirst(arguments, run);
            var (numbers, total) = CurvePoints.Sum(Points);
            arguments.Set(6, numbers);
            arguments.Set(7, total);
            bytes.Clear();
            PointPack.Write(bytes, CollectionsMarshal.AsSpan(Points));
            arguments.Set(8, bytes.Written);
        }
    }

    // What has to be written: packs that go, and those that come.
    private sealed record Changes(List<Pack> Gone, List<Pack> New)
    {
        /// <summary>Adds points to a pack, or as packs of their own; returns how many it did not have.</summary>
        public int Add(string key, Pack? pack, List<CurvePoint> points)
        {
            if (points.Count == 0)
            {
                return 0;
            }

            var merged = pack is null ? points : CurvePoints.Merge(pack.Points, points);
            var added = merged.Count - (pack?.Points.Count ?? 0);
            if (added > 0)
            {
                Gone.AddRange(pack is null ? [] : [pack]);
                New.AddRange(Packs(key, merged));
            }

            return added;
        }

        public async ValueTask WriteAsync(Transaction transaction, long run)
        {
            await transaction.ExecuteManyAsync(
                """
                delete from tracking_metric_pack where run_number = @run and key = @key
                    and first_at = @at and first_step = @step and first_value = @value and first_nan = @nan
                """,
                s_goneNames,
                Gone,
                (arguments, pack) => pack.WriteFirst(arguments, run)
            );
            using var bytes = new PooledBytes();
            await transaction.ExecuteManyAsync(
                """
                insert into tracking_metric_pack
                    (run_number, key, first_at, first_step, first_value, first_nan, numbers, total, points)
                values (@run, @key, @at, @step, @value, @nan, @numbers, @total, @points)
                """,
                s_packNames,
                New,
                (arguments, pack) => pack.Write(arguments, run, bytes)
            );
        }

        // Of about the same size each: one of a single point would be written anew at once.
        private static IEnumerable<Pack> Packs(string key, List<CurvePoint> points)
        {
            var packs = (points.Count + PackPointsMax - 1) / PackPointsMax;
            for (var i = 0L; i < packs; i++)
            {
                var (begin, end) = ((int)(points.Count * i / packs), (int)(points.Count * (i + 1) / packs));
                yield return new Pack(key, packs == 1 ? points : points[begin..end]);
            }
        }
    }
}
