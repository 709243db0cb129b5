using Rondo.Evaluation;
using Rondo.Monitoring.Predictions;

namespace Rondo.Monitoring;

/// <summary>How good the answers were, from those whose truth has come.</summary>
internal sealed record Quality(
    int Predictions,
    int N,
    double? Rmse,
    double? Mae,
    double? Bias,
    IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyList<VersionQuality> Versions
)
{
    public static Quality Of(IReadOnlyList<Outcome> outcomes)
    {
        var metrics = MetricsOf(outcomes);
        return new Quality(
            outcomes.Count,
            Joined(outcomes).Count,
            Value(metrics, "rmse"),
            Value(metrics, "mae"),
            Value(metrics, "bias"),
            metrics,
            [
                .. outcomes
                    .GroupBy(outcome => outcome.Version)
                    .OrderBy(group => group.Key)
                    .Select(group => VersionQuality.Of(group.Key, [.. group])),
            ]
        );
    }

    internal static IReadOnlyDictionary<string, double> MetricsOf(IReadOnlyList<Outcome> outcomes)
    {
        var joined = Joined(outcomes);
        return joined.Count == 0
            ? new Dictionary<string, double>(StringComparer.Ordinal)
            : RegressionMetrics
                .Of(
                    [.. joined.Select(outcome => outcome.Truth!.Value)],
                    [.. joined.Select(outcome => outcome.Value!.Value)]
                )
                .ToDictionary();
    }

    internal static List<Outcome> Joined(IReadOnlyList<Outcome> outcomes) =>
        [.. outcomes.Where(outcome => outcome is { Value: not null, Truth: not null })];

    internal static double? Value(IReadOnlyDictionary<string, double> metrics, string name) =>
        metrics.TryGetValue(name, out var value) ? value : null;
}

/// <summary>The same of one model version.</summary>
internal sealed record VersionQuality(long Version, int Predictions, int N, double? Rmse, double? Mae, double? Bias)
{
    public static VersionQuality Of(long version, IReadOnlyList<Outcome> outcomes)
    {
        var metrics = Quality.MetricsOf(outcomes);
        return new VersionQuality(
            version,
            outcomes.Count,
            Quality.Joined(outcomes).Count,
            Quality.Value(metrics, "rmse"),
            Quality.Value(metrics, "mae"),
            Quality.Value(metrics, "bias")
        );
    }
}
