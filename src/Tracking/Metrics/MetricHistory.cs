using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Metrics;

/// <summary>All points of a metric, by time, step and value: the order of their curve, so that every page costs the same.</summary>
internal sealed class MetricHistory(Database database)
{
    /// <summary>One page, and the token of the next.</summary>
    public Task<(IReadOnlyList<MetricPoint> Points, string? Next)> ReadAsync(
        string run,
        string key,
        int limit,
        PageToken? token
    ) =>
        database.ReadAsync<(IReadOnlyList<MetricPoint>, string?)>(async session =>
        {
            CurvePoint? after = token is null ? null : Position(token);
            var number = await session.ScalarAsync<long?>(
                "select number from tracking_run where id = @run",
                new { run }
            );
            if (number is null)
            {
                return ([], null);
            }

            var points = await CurveReader.ReadAsync(session, number.Value, key, after, limit + 1);
            var page = new MetricPoint[Math.Min(points.Count, limit)];
            for (var i = 0; i < page.Length; i++)
            {
                page[i] = points[i].Of(key);
            }

            return (page, points.Count > limit ? TokenAfter(points[limit - 1]).Write() : null);
        });

    private static PageToken TokenAfter(CurvePoint point) =>
        new()
        {
            After =
            [
                point.LoggedAt.ToString(CultureInfo.InvariantCulture),
                point.Step.ToString(CultureInfo.InvariantCulture),
                point.Value.ToString("R", CultureInfo.InvariantCulture),
                point.IsNan ? "1" : "0",
            ],
        };

    private static CurvePoint Position(PageToken token) =>
        token.After is [var at, var step, var value, var nan]
        && long.TryParse(at, CultureInfo.InvariantCulture, out var loggedAt)
        && long.TryParse(step, CultureInfo.InvariantCulture, out var atStep)
        && double.TryParse(value, CultureInfo.InvariantCulture, out var number)
        && double.IsFinite(number)
        && long.TryParse(nan, CultureInfo.InvariantCulture, out var isNan)
            ? new CurvePoint(loggedAt, atStep, number, isNan == 1)
            : throw PageToken.Bad(token.Write());
}
