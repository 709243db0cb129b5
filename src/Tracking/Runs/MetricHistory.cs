using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Runs;

/// <summary>All points of a metric, by time, step and value: the order of their index, so that every page costs the same.</summary>
internal sealed class MetricHistory(Database database)
{
    private const string Select = """
        select logged_at, step, value, is_nan from tracking_metric
        where run_number = (select r.number from tracking_run r where r.id = @run) and key = @key
        """;
    private const string Order = "order by logged_at, step, value, is_nan limit @limit";

    /// <summary>One page, and the token of the next.</summary>
    public Task<(IReadOnlyList<MetricPoint> Points, string? Next)> ReadAsync(
        string run,
        string key,
        int limit,
        PageToken? token
    ) =>
        database.ReadAsync<(IReadOnlyList<MetricPoint>, string?)>(async session =>
        {
            var points = new List<MetricPoint>();
            void Read(Row row) =>
                points.Add(
                    new MetricPoint(key, row.Long(3) == 1 ? double.NaN : row.Double(2), row.Long(0), row.Long(1))
                );

            await (
                token is null
                    ? session.ReadRowsAsync(
                        $"{Select} {Order}",
                        new
                        {
                            run,
                            key,
                            limit = limit + 1L,
                        },
                        Read
                    )
                    : ReadAfterAsync(session, (run, key, limit + 1L), Position(token), Read)
            );
            if (points.Count <= limit)
            {
                return (points, null);
            }

            points.RemoveAt(limit);
            return (points, TokenAfter(MetricRow.Of(points[^1])).Write());
        });

    private static ValueTask ReadAfterAsync(
        Session session,
        (string Run, string Key, long Limit) page,
        MetricRow after,
        Action<Row> read
    ) =>
        session.ReadRowsAsync(
            $"{Select} and (logged_at, step, value, is_nan) > (@LoggedAt, @Step, @Value, @IsNan) {Order}",
            new
            {
                run = page.Run,
                key = page.Key,
                after.LoggedAt,
                after.Step,
                after.Value,
                after.IsNan,
                limit = page.Limit,
            },
            read
        );

    private static PageToken TokenAfter(MetricRow row) =>
        new()
        {
            After =
            [
                row.LoggedAt.ToString(CultureInfo.InvariantCulture),
                row.Step.ToString(CultureInfo.InvariantCulture),
                row.Value.ToString("R", CultureInfo.InvariantCulture),
                row.IsNan.ToString(CultureInfo.InvariantCulture),
            ],
        };

    private static MetricRow Position(PageToken token) =>
        token.After is [var at, var step, var value, var nan]
        && long.TryParse(at, CultureInfo.InvariantCulture, out var loggedAt)
        && long.TryParse(step, CultureInfo.InvariantCulture, out var atStep)
        && double.TryParse(value, CultureInfo.InvariantCulture, out var number)
        && double.IsFinite(number)
        && long.TryParse(nan, CultureInfo.InvariantCulture, out var isNan)
            ? new MetricRow
            {
                LoggedAt = loggedAt,
                Step = atStep,
                Value = number,
                IsNan = isNan,
            }
            : throw PageToken.Bad(token.Write());
}
