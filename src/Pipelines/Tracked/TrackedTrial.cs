using System.Globalization;
using Rondo.Pipelines.Runs;
using Rondo.Sdk;
using Rondo.Tracking;

namespace Rondo.Pipelines.Tracked;

/// <summary>A trial of a sweep as a run nested in that of its pipeline.</summary>
internal sealed record TrackedTrial(PlatformRun Begun, PlatformRunEnd Ended)
{
    private const int TrialsMax = 1000;

    /// <summary>The trials of a sweep, best first; of very many the best thousand.</summary>
    public static IEnumerable<TrackedTrial> Of(RunInfo run, string experiment, FoundSweep sweep, DateTimeOffset at) =>
        sweep
            .Report.Leaderboard.Take(TrialsMax)
            .Select((trial, place) => Of(run, experiment, (sweep, place, at), trial));

    private static TrackedTrial Of(
        RunInfo run,
        string experiment,
        (FoundSweep Sweep, int Place, DateTimeOffset At) found,
        TrialRecord trial
    )
    {
        var (sweep, place, at) = found;
        var name = string.Create(CultureInfo.InvariantCulture, $"{sweep.Name}/trial-{trial.Number}");
        var id = $"{run.Id}/{name}";
        // What the sweep optimised has no other name than the sweep's.
        var objective = sweep.Name + "/value";
        return new TrackedTrial(
            new PlatformRun(id, experiment, name, run.Actor, at)
            {
                Parent = run.Id,
                Params = trial.Parameters.Values.ToDictionary(
                    pair => pair.Key,
                    pair => TrackedRunSubscriber.Text(pair.Value),
                    StringComparer.Ordinal
                ),
                Goals = new Dictionary<string, bool>(StringComparer.Ordinal)
                {
                    [objective] = sweep.Report.Goal == SearchGoal.Maximize,
                },
                Tags =
                [
                    ("mlflow.user", run.Actor),
                    ("rondo.run", run.Id),
                    ("rondo.sweep", sweep.Name),
                    ("rondo.sweep.place", Text(place + 1)),
                    ("rondo.sweep.round", Text(trial.Round + 1)),
                    ("rondo.sweep.budget", trial.Budget.ToString("R", CultureInfo.InvariantCulture)),
                ],
            },
            new PlatformRunEnd(id, trial.State == TrialState.Completed, trial.State == TrialState.Stopped, at)
            {
                Metrics = trial.Value is { } value
                    ? new Dictionary<string, double>(StringComparer.Ordinal) { [objective] = value }
                    : new Dictionary<string, double>(StringComparer.Ordinal),
                Reported =
                [
                    .. trial.Reported.Select(report => (sweep.Name + "/reported", report.Value, (long)report.Step)),
                ],
                Tags = string.IsNullOrEmpty(trial.Note) ? [] : [("rondo.reason", trial.Note)],
            }
        );
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
