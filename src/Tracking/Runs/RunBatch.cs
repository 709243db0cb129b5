using System.Globalization;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Models;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Runs;

/// <summary>What is logged at once.</summary>
internal sealed record RunBatch(
    IReadOnlyList<MetricPoint> Metrics,
    IReadOnlyList<KeyValue> Params,
    IReadOnlyList<KeyValue> Tags
)
{
    /// <summary>Those of the metrics that also tell of logged models.</summary>
    public IReadOnlyList<ModelPoint> ModelPoints { get; init; } = [];

    /// <summary>Refuses what is too much, or has a key or time that cannot be.</summary>
    public void Check()
    {
        CheckCount(Metrics.Count, Limits.BatchMetricsMax, "metrics");
        CheckCount(Params.Count, Limits.BatchParamsMax, "params");
        CheckCount(Tags.Count, Limits.BatchTagsMax, "tags");
        CheckCount(Metrics.Count + Params.Count + Tags.Count, Limits.BatchTotalMax, "metrics, params and tags");
        for (var i = 0; i < Metrics.Count; i++)
        {
            if (!Names.IsUsual(Metrics[i].Key))
            {
                Names.CheckKey(Metrics[i].Key, $"metrics[{i}].name");
            }

            if (Metrics[i].Timestamp < 0)
            {
                throw Refusal.Value(
                    Metrics[i].Timestamp.ToString(CultureInfo.InvariantCulture),
                    $"metrics[{i}].timestamp",
                    "A time is a whole number of milliseconds since 1970, 0 or more."
                );
            }
        }

        foreach (var point in ModelPoints)
        {
            point.Check("");
        }

        for (var i = 0; i < Params.Count; i++)
        {
            Names.CheckKey(Params[i].Key, $"params[{i}].key");
        }

        var twice = Params.GroupBy(p => p.Key, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1);
        if (twice is not null)
        {
            throw Refusal.Invalid($"Duplicate parameter keys have been submitted: '{twice.Key}' is there twice.");
        }
    }

    private static void CheckCount(int count, int countMax, string what)
    {
        if (count > countMax)
        {
            throw Refusal.Invalid(
                $"A batch logging request can contain at most {countMax} {what}. Got {count} {what}; send them in several."
            );
        }
    }
}
