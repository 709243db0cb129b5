using System.Text.Json;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Filters;

namespace Rondo.Tracking.Metrics;

/// <summary>
/// What a search compares of a run that logs at present: it is handed to the statement, for it stands in no rows. The mean is there where it was
/// asked for, and some points are numbers.
/// </summary>
internal sealed record UnsettledValue(long Run, long Experiment, MetricRange Range, double? Mean)
{
    private const int PointsAtOnce = 100_000;

    /// <summary>Those of the metrics that these fields mean, of runs in these experiments.</summary>
    public static async ValueTask<IReadOnlyList<UnsettledValue>> ReadAsync(
        Session session,
        IReadOnlyList<long> experiments,
        IReadOnlyCollection<FilterField> fields
    )
    {
        // A metric may itself be called as the least of another one is.
        var metrics = fields.Where(field => field.Entity == FilterEntity.Metric).ToList();
        string[] keys = [.. metrics.SelectMany(field => new[] { field.Key, field.Name }).Distinct(StringComparer.Ordinal)];
        if (keys.Length == 0)
        {
            return [];
        }

        var found = new List<UnsettledValue>();
        await session.ReadRowsAsync(
            $"""
            select run_number, experiment, latest from tracking_unsettled
            where {session.Dialect.IsAmongNumbers("experiment", "@experiments")} order by run_number
            """,
            new { experiments = JsonSerializer.Serialize(experiments) },
            row =>
            {
                var (run, experiment) = (row.Long(0), row.Long(1));
                found.AddRange(
                    LatestPack
                        .Find(row.Bytes(2), keys)
                        .Select(range => new UnsettledValue(run, experiment, range, null))
                );
            }
        );
        var means = metrics
            .Where(field => field.Statistic == MetricStatistic.Mean)
            .Select(field => field.Key)
            .ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < found.Count; i++)
        {
            if (means.Contains(found[i].Range.Latest.Key))
            {
                found[i] = found[i] with { Mean = await MeanAsync(session, found[i]) };
            }
        }

        return found;
    }

    private static async ValueTask<double?> MeanAsync(Session session, UnsettledValue of)
    {
        var (numbers, total) = (0L, 0.0);
        CurvePoint? after = null;
        while (true)
        {
            var points = await CurveReader.ReadAsync(session, of.Run, of.Range.Latest.Key, after, PointsAtOnce);
            var sum = CurveWriter.Sum(points);
            (numbers, total) = (numbers + sum.Numbers, total + sum.Total);
            if (points.Count < PointsAtOnce)
            {
                return numbers == 0 ? null : total / numbers;
            }

            after = points[^1];
        }
    }
}
