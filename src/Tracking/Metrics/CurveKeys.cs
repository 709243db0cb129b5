using System.Text.Json;
using Rondo.Kernel.Db;

namespace Rondo.Tracking.Metrics;

/// <summary>Finds the metrics of which there is a curve to draw: most metrics of a run that has very many have one point each.</summary>
internal static class CurveKeys
{
    /// <summary>Those of some metrics of which one of the runs, by their numbers, has more than one number.</summary>
    public static async ValueTask<IReadOnlySet<string>> FindAsync(
        Session session,
        IEnumerable<long> runs,
        IEnumerable<string> keys
    )
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var left = keys.ToHashSet(StringComparer.Ordinal);
        foreach (var run in runs)
        {
            foreach (var (key, numbers) in await NumbersAsync(session, run, left))
            {
                if (numbers > 1)
                {
                    left.Remove(key);
                    found.Add(key);
                }
            }
        }

        return found;
    }

    // How many numbers of each metric stand in packs, in rows of before (at most two are counted), and in batches.
    private static async ValueTask<Dictionary<string, long>> NumbersAsync(
        Session session,
        long run,
        IReadOnlySet<string> keys
    )
    {
        var numbers = new Dictionary<string, long>(StringComparer.Ordinal);
        if (keys.Count == 0)
        {
            return numbers;
        }

        await session.ReadRowsAsync(
            $"""
            select k.value, (select cast(coalesce(sum(p.numbers), 0) as bigint) from tracking_metric_pack p
                    where p.run_number = @run and p.key = k.value)
                + (select count(*) from (select 1 from tracking_metric o
                    where o.run_number = @run and o.key = k.value and o.is_nan = 0 limit 2) two)
            from {session.Dialect.TextsOf("@keys", "k")}
            """,
            new { run, keys = JsonSerializer.Serialize(keys) },
            row => numbers.Add(row.Text(0), row.Long(1))
        );
        var recent = new Dictionary<string, List<CurvePoint>>(StringComparer.Ordinal);
        await session.ReadRowsAsync(
            UnsettledPoints.BatchesSql,
            new { run },
            row => BatchPack.Read(row.Bytes(0), recent)
        );
        foreach (var (key, points) in recent.Where(of => numbers.ContainsKey(of.Key)))
        {
            numbers[key] += points.Count(point => !point.IsNan);
        }

        return numbers;
    }
}
