using Rondo.Data;
using Rondo.Monitoring.Predictions;
using Rondo.Sdk;

namespace Rondo.Monitoring.Monitors;

/// <summary>
/// Feeds a detector with the errors of single answers, one detector for each version. Nothing is kept between windows: each evaluation replays
/// the stored rows from the oldest that is read, so that whichever server evaluates sees the same.
/// </summary>
internal static class ErrorWatch
{
    /// <summary>Times at which the errors of a version had begun to rise, in order; null: there is no such detector.</summary>
    public static IReadOnlyList<ErrorRise>? Replay(Detector detector, IReadOnlyList<TimedOutcome> outcomes)
    {
        var rises = new List<ErrorRise>();
        foreach (var version in outcomes.GroupBy(outcome => outcome.Version).OrderBy(group => group.Key))
        {
            if (Create(detector) is not { } watching)
            {
                return null;
            }

            rises.AddRange(Replay(watching, detector, [.. version]));
        }

        return [.. rises.OrderBy(rise => rise.At).ThenBy(rise => rise.Version)];
    }

    private static IEnumerable<ErrorRise> Replay(
        ISequentialDetector watching,
        Detector detector,
        IReadOnlyList<TimedOutcome> outcomes
    )
    {
        var first = 0;
        var errors = new List<double>();
        foreach (var (place, outcome) in outcomes.Index())
        {
            var error = Math.Abs(outcome.Value - outcome.Truth);
            errors.Add(error);
            if (watching.Update(Fed(detector, error)) != DetectorState.Drift)
            {
                continue;
            }

            // A detector that looks to both sides also sees a model become better: that is no alert.
            if (errors.Count > 1 && ChangePoint.Of(errors) is var change && change.After > change.Before)
            {
                yield return new ErrorRise(
                    outcome.Version,
                    Time(outcome),
                    Time(outcomes[first + change.Index]),
                    change.Before,
                    change.After,
                    errors.Count
                );
            }

            watching.Reset();
            errors.Clear();
            first = place + 1;
        }
    }

    private static ISequentialDetector? Create(Detector detector) =>
        detector.Name switch
        {
            "pageHinkley" => new PageHinkley(detector.Threshold ?? 50, detector.Delta ?? 0.005),
            "adwin" => new Adwin(detector.Delta ?? 0.002),
            "ddm" => new Ddm(),
            _ => null,
        };

    private static double Fed(Detector detector, double error) =>
        detector.Name == "ddm" ? (error > (detector.Tolerance ?? 0.5) ? 1 : 0) : error / (detector.Scale ?? 1);

    private static DateTimeOffset Time(TimedOutcome outcome) =>
        DateTimeOffset.FromUnixTimeMilliseconds(outcome.EventTime);
}

/// <summary>The errors of a version had begun to rise.</summary>
/// <param name="Version">The version.</param>
/// <param name="At">The event time of the answer at which it was seen.</param>
/// <param name="Since">The event time of the first answer after the change, as far as can be told.</param>
/// <param name="ErrorBefore">The mean absolute error before it.</param>
/// <param name="ErrorAfter">The mean absolute error since.</param>
/// <param name="Answers">The answers between the last alarm, or the first answer, and this.</param>
internal sealed record ErrorRise(
    long Version,
    DateTimeOffset At,
    DateTimeOffset Since,
    double ErrorBefore,
    double ErrorAfter,
    int Answers
);
