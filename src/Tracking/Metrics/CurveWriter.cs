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
    private const int PointsMax = 512;

    // A last pack of fewer points is written anew, with those that have come.
    private const int SmallMax = 32;

    private const string FromLast = "first_at desc, first_step desc, first_value desc, first_nan desc";

    private static readonly string[] s_goneNames = ["run", "key", "at", "step", "value", "nan"];
    private static readonly string[] s_packNames = [.. s_goneNames, "numbers", "total", "points"];

    /// <summary>
    /// Adds points in any order, and returns how many were not there yet. The caller sees to it that nobody else writes to curves of the run.
    /// </summary>
    public static async ValueTask<int> AddAsync(
        Transaction transaction,
        long run,
        Dictionary<string, List<CurvePoint>> byKey
    )
    {
        var old = await TakeOldAsync(transaction, run, byKey.Keys);
        var last = await LastAsync(transaction, run, byKey.Keys);
        var (gone, packs) = (new List<Pack>(), new List<Pack>());
        var added = 0;
        foreach (var (key, points) in byKey)
        {
            var came = old.TryGetValue(key, out var before) ? Merge([before, points]) : Merge([points]);
            var touched = last.TryGetValue(key, out var end) ? await TouchedAsync(transaction, run, end, came) : [];
            var there = touched.Sum(pack => pack.Points.Count) + (before?.Count ?? 0);
            var merged = touched.Count == 0 ? came : Merge([.. touched.Select(pack => pack.Points), came]);
            added += merged.Count - there;
            gone.AddRange(touched);
            packs.AddRange(Packs(key, merged));
        }

        await transaction.ExecuteManyAsync(
            """
            delete from tracking_metric_pack where run_number = @run and key = @key
                and first_at = @at and first_step = @step and first_value = @value and first_nan = @nan
            """,
            s_goneNames,
            gone,
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
            packs,
            (arguments, pack) => pack.Write(arguments, run, bytes)
        );
        return added;
    }

    // Points that a version before packs has written, of these metrics.
    private static async ValueTask<Dictionary<string, List<CurvePoint>>> TakeOldAsync(
        Transaction transaction,
        long run,
        IEnumerable<string> keys
    )
    {
        var byKey = new Dictionary<string, List<CurvePoint>>(StringComparer.Ordinal);
        if (
            await transaction.ScalarAsync<long>(
                "select count(*) from (select 1 from tracking_metric where run_number = @run limit 1) one",
                new { run }
            ) == 0
        )
        {
            return byKey;
        }

        var arguments = new { run, keys = JsonSerializer.Serialize(keys) };
        var among = $"run_number = @run and {transaction.Dialect.IsAmong("key", "@keys")}";
        await transaction.ReadRowsAsync(
            $"""
            select logged_at, step, value, is_nan, key from tracking_metric where {among}
            order by key, logged_at, step, value, is_nan
            """,
            arguments,
            row =>
            {
                ref var points = ref CollectionsMarshal.GetValueRefOrAddDefault(byKey, row.Text(4), out _);
                points ??= [];
                points.Add(CurveReader.PointOf(row));
            }
        );
        await transaction.ExecuteAsync($"delete from tracking_metric where {among}", arguments);
        return byKey;
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
                where x.run_number = @run and x.key = k.value order by {FromLast} limit 1)
            """,
            new { run, keys = JsonSerializer.Serialize(keys) },
            row =>
            {
                var pack = new Pack(row.Text(0), []);
                PointPack.Read(row.Bytes(1), pack.Points);
                last.Add(pack.Key, pack);
            }
        );
        return last;
    }

    // The packs that have to be written anew where points come: none, the last one, or those among which they belong.
    private static async ValueTask<IReadOnlyList<Pack>> TouchedAsync(
        Transaction transaction,
        long run,
        Pack last,
        List<CurvePoint> points
    )
    {
        if (points[0] > last.Points[^1])
        {
            return last.Points.Count < SmallMax ? [last] : [];
        }

        if (points[0] >= last.Points[0])
        {
            return [last];
        }

        var begin = await CurveReader.BeginAsync(transaction, run, last.Key, points[0]) ?? points[0];
        var touched = new List<Pack>();
        await transaction.ReadRowsAsync(
            $"""
            select points from tracking_metric_pack where run_number = @run and key = @Key
                and ({CurveReader.First}) >= (@LoggedAt, @Step, @Value, @isNan)
                and ({CurveReader.First}) <= (@endAt, @endStep, @endValue, @endNan)
            order by {CurveReader.First}
            """,
            new
            {
                run,
                last.Key,
                begin.LoggedAt,
                begin.Step,
                begin.Value,
                isNan = begin.IsNan ? 1L : 0L,
                endAt = points[^1].LoggedAt,
                endStep = points[^1].Step,
                endValue = points[^1].Value,
                endNan = points[^1].IsNan ? 1L : 0L,
            },
            row =>
            {
                var pack = new Pack(last.Key, []);
                PointPack.Read(row.Bytes(0), pack.Points);
                touched.Add(pack);
            }
        );
        return touched;
    }

    /// <summary>How many of the points are numbers, and their sum.</summary>
    public static (long Numbers, double Total) Sum(List<CurvePoint> points)
    {
        // What is lost of each addition is added at the end (Neumaier 1974): the mean of a long curve is as good as that of a short one.
        var (numbers, sum, lost) = (0L, 0.0, 0.0);
        foreach (var point in points)
        {
            if (!point.IsNan)
            {
                numbers++;
                var next = sum + point.Value;
                lost += Math.Abs(sum) >= Math.Abs(point.Value) ? sum - next + point.Value : point.Value - next + sum;
                sum = next;
            }
        }

        // Sums of the greatest numbers there are pass beyond them.
        return (numbers, double.IsFinite(sum) ? sum + lost : Math.Clamp(sum, double.MinValue, double.MaxValue));
    }

    private static void Sort(List<CurvePoint> points)
    {
        for (var i = 1; i < points.Count; i++)
        {
            if (points[i] < points[i - 1])
            {
                points.Sort();
                return;
            }
        }
    }

    /// <summary>Points of lists that are each in order, in order and each once.</summary>
    public static List<CurvePoint> Merge(IReadOnlyList<List<CurvePoint>> lists)
    {
        var all = new List<CurvePoint>(lists.Sum(list => list.Count));
        foreach (var list in lists)
        {
            all.AddRange(list);
        }

        Sort(all);
        var points = CollectionsMarshal.AsSpan(all);
        var kept = 0;
        for (var i = 0; i < points.Length; i++)
        {
            if (kept == 0 || points[kept - 1] != points[i])
            {
                points[kept++] = points[i];
            }
        }

        all.RemoveRange(kept, all.Count - kept);
        return all;
    }

    // Of about the same size each: one of a single point would be written anew at once.
    private static IEnumerable<Pack> Packs(string key, List<CurvePoint> points)
    {
        var packs = (points.Count + PointsMax - 1) / PointsMax;
        for (var i = 0L; i < packs; i++)
        {
            var (begin, end) = ((int)(points.Count * i / packs), (int)(points.Count * (i + 1) / packs));
            yield return new Pack(key, packs == 1 ? points : points[begin..end]);
        }
    }

    private sealed record Pack(string Key, List<CurvePoint> Points)
    {
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
            var (numbers, total) = Sum(Points);
            arguments.Set(6, numbers);
            arguments.Set(7, total);
            bytes.Clear();
            PointPack.Write(bytes, CollectionsMarshal.AsSpan(Points));
            arguments.Set(8, bytes.Written);
        }
    }
}
