using Rondo.Kernel.Db;
using Rondo.Tracking.Metrics;
using Rondo.Tracking.Runs;

namespace Rondo.Tracking.Models;

/// <summary>Ties points that a run logs to the logged models that they tell of.</summary>
internal static class LoggedModelMetrics
{
    private static readonly string[] s_names =
    [
        "model",
        "key",
        "dataset",
        "digest",
        "run",
        "at",
        "step",
        "value",
        "nan",
    ];

    /// <summary>Keeps of each model, key and dataset the latest point; a model that is not there is an error.</summary>
    public static async ValueTask PutAsync(Transaction transaction, string run, IReadOnlyList<ModelPoint> points)
    {
        if (points.Count == 0)
        {
            return;
        }

        await RequireAsync(transaction, [.. points.Select(point => point.Model).Distinct(StringComparer.Ordinal)]);
        await KeepAsync(transaction, run, points);
    }

    /// <summary>The same for models that are known to be there, also deleted ones; returns how many points became the latest.</summary>
    public static ValueTask<int> KeepAsync(Transaction transaction, string run, IReadOnlyList<ModelPoint> points)
    {
        // In one order: two batches on one model wait for each other and never both ways.
        var latest = points
            .GroupBy(point => point.Subject)
            .Select(same => (same.Key, Row: same.Select(point => MetricRow.Of(point.Point)).Max(MetricRow.Order)!))
            .OrderBy(found => found.Key.Model, StringComparer.Ordinal)
            .ThenBy(found => found.Key.Key, StringComparer.Ordinal)
            .ThenBy(found => found.Key.DatasetName, StringComparer.Ordinal)
            .ThenBy(found => found.Key.DatasetDigest, StringComparer.Ordinal);
        return transaction.ExecuteManyAsync(
            """
            insert into tracking_logged_model_metric
                (model, key, dataset_name, dataset_digest, run, logged_at, step, value, is_nan)
            values (@model, @key, @dataset, @digest, @run, @at, @step, @value, @nan)
            on conflict (model, key, dataset_name, dataset_digest) do update set
                run = excluded.run, logged_at = excluded.logged_at, step = excluded.step,
                value = excluded.value, is_nan = excluded.is_nan
            where (excluded.step, excluded.logged_at, excluded.value, excluded.is_nan)
                > (tracking_logged_model_metric.step, tracking_logged_model_metric.logged_at,
                    tracking_logged_model_metric.value, tracking_logged_model_metric.is_nan)
            """,
            s_names,
            latest.Select(found =>
                new object?[]
                {
                    found.Key.Model,
                    found.Key.Key,
                    found.Key.DatasetName,
                    found.Key.DatasetDigest,
                    run,
                    found.Row.LoggedAt,
                    found.Row.Step,
                    found.Row.Value,
                    found.Row.IsNan,
                }
            )
        );
    }

    // They stay until the transaction has ended: nothing is tied to a model that was deleted.
    private static async ValueTask RequireAsync(Transaction transaction, IReadOnlyList<string> models)
    {
        var found = await transaction.QueryAsync<string>(
            $"""
            select id from tracking_logged_model where id in @models and lifecycle = 'active'
            order by id {transaction.Dialect.ForShare}
            """,
            new { models }
        );
        if (models.Except(found, StringComparer.Ordinal).FirstOrDefault() is { } missing)
        {
            throw LoggedModelStore.Missing(missing);
        }
    }
}
