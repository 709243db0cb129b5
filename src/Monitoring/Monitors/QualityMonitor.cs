using Rondo.Monitoring.Predictions;
using Rondo.Sdk.Wire;

namespace Rondo.Monitoring.Monitors;

/// <summary>Watches a metric of the answers whose truth has come.</summary>
internal static class QualityMonitor
{
    private const int OutcomesMin = 10;

    public static Evaluation Evaluate(MonitorManifest monitor, Window window, IReadOnlyList<Outcome> outcomes)
    {
        var quality = Quality.Of(outcomes);
        var version = outcomes.Count == 0 ? null : (long?)outcomes[^1].Version;
        if (quality.N < OutcomesMin)
        {
            return Evaluations.Insufficient(
                window,
                quality.N,
                version,
                $"{quality.N} of {quality.Predictions} predictions have their truth; {OutcomesMin} are needed."
            );
        }

        if (!quality.Metrics.TryGetValue(monitor.Metric, out var value))
        {
            return Evaluations.Insufficient(
                window,
                quality.N,
                version,
                $"There is no metric '{monitor.Metric}': there are {string.Join(", ", quality.Metrics.Keys)}."
            );
        }

        // A model may be wrong to either side; of all metrics only the bias has a sign.
        return Evaluations.Of(
            monitor,
            window,
            monitor.Metric == "bias" ? Math.Abs(value) : value,
            new Facts(quality.N, version, quality)
        );
    }
}
