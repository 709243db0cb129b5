using Rondo.Monitoring.Predictions;
using Rondo.Sdk.Wire;

namespace Rondo.Monitoring.Monitors;

/// <summary>Watches a metric of the answers whose truth has come.</summary>
internal static class QualityMonitor
{
    private const int OutcomesMin = 10;
    private const int DetectedMin = 30;

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

    /// <summary>What a detector makes of the errors of all answers until the window's end; an alarm counts in the window in which it was raised.</summary>
    public static Evaluation Detect(MonitorManifest monitor, Window window, IReadOnlyList<TimedOutcome> outcomes)
    {
        var from = window.From.ToUnixTimeMilliseconds();
        var n = outcomes.Count(outcome => outcome.EventTime >= from);
        var version = outcomes.Count == 0 ? null : (long?)outcomes[^1].Version;
        if (outcomes.Count < DetectedMin)
        {
            return Evaluations.Insufficient(
                window,
                n,
                version,
                $"{outcomes.Count} answers have their truth so far; a detector needs {DetectedMin}."
            );
        }

        var detector = monitor.Detector!;
        if (ErrorWatch.Replay(detector, outcomes) is not { } rises)
        {
            return Evaluations.Insufficient(window, n, version, $"There is no detector '{detector.Name}'.");
        }

        ErrorRise[] inWindow = [.. rises.Where(rise => rise.At >= window.From)];
        var details = new
        {
            detector,
            // The last is the one that still holds.
            since = inWindow.LastOrDefault()?.Since,
            rises = inWindow,
            replayed = outcomes.Count,
        };
        return Evaluations.Of(monitor, window, inWindow.Length, new Facts(n, version, details));
    }
}
