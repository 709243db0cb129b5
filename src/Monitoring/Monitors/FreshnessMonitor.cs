using Rondo.Monitoring.Predictions;
using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Monitoring.Monitors;

/// <summary>Watches the age, in days at the end of the window, of the newest data that the serving version was trained on.</summary>
internal static class FreshnessMonitor
{
    public static Evaluation Evaluate(MonitorManifest monitor, Window window, int n, ModelVersion? serving)
    {
        if (serving?.Proposal.DataTo is not { } newest)
        {
            return Evaluations.Insufficient(
                window,
                n,
                serving?.Version,
                serving is null ? "Nothing was predicted." : "The version does not say how new its data are."
            );
        }

        var age = (window.To.UtcDateTime - newest.ToDateTime(TimeOnly.MinValue)).TotalDays;
        return Evaluations.Of(
            monitor,
            window,
            age,
            new Facts(n, serving.Version, new { dataTo = newest, ageDays = age })
        );
    }
}
