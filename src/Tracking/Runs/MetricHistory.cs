using System.Globalization;
using Rondo.Kernel.Db;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Runs;

/// <summary>All points of a metric, by time, step and value: the order of their index, so that every page costs the same.</summary>
internal sealed class MetricHistory(Database database)
{
    private const string Columns = "key, logged_at, step, value, is_nan";
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
            var rows = token is null
                ? await session.QueryAsync<MetricRow>(
                    $"select {Columns} from tracking_metric where run = @run and key = @key {Order}",
                    new
                    {
                        run,
                        key,
                        limit = limit + 1L,
                    }
                )
                : await AfterAsync(session, (run, key), limit, token);
            return rows.Count <= limit
                ? ([.. rows.Select(row => row.ToPoint())], null)
                : ([.. rows.Take(limit).Select(row => row.ToPoint())], TokenAfter(rows[limit - 1]).Write());
        });

    private static ValueTask<IReadOnlyList<MetricRow>> AfterAsync(
        Session session,
        (string Run, string Key) metric,
        int limit,
        PageToken token
    )
    {
        var after = Position(token);
        return session.QueryAsync<MetricRow>(
            $"""
            select {Columns} from tracking_metric
            where run = @Run and key = @Key
                and (logged_at, step, value, is_nan) > (@LoggedAt, @Step, @Value, @IsNan)
            {Order}
            """,
            new
            {
                metric.Run,
                metric.Key,
                after.LoggedAt,
                after.Step,
                after.Value,
                after.IsNan,
                limit = limit + 1L,
            }
        );
    }

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
