namespace Rondo.Sdk;

/// <summary>Which trial is better: one that completed, on the larger budget, with the better value.</summary>
internal static class TrialRanking
{
    /// <summary>Best first; equal ones in the order of their numbers.</summary>
    public static IReadOnlyList<TrialRecord> Ranked(IEnumerable<TrialRecord> trials, SearchGoal goal) =>
        [
            .. trials
                .OrderBy(trial => trial.State)
                .ThenByDescending(trial => trial.State == TrialState.Failed ? 0 : trial.Budget)
                .ThenBy(trial => Loss(trial, goal))
                .ThenBy(trial => trial.Number),
        ];

    /// <summary>A value of which less is better; infinity where there is none.</summary>
    public static double Loss(TrialRecord trial, SearchGoal goal) =>
        trial.Value is { } value ? Loss(value, goal) : double.PositiveInfinity;

    public static double Loss(double value, SearchGoal goal) => goal == SearchGoal.Minimize ? value : -value;

    /// <summary>How many trials there were, by their numbers, since one was better than all before it.</summary>
    public static int SinceBetter(IEnumerable<TrialRecord> trials, SearchGoal goal)
    {
        var (best, since) = (double.PositiveInfinity, 0);
        foreach (var trial in trials.OrderBy(trial => trial.Number))
        {
            var loss = trial.State == TrialState.Completed ? Loss(trial, goal) : double.PositiveInfinity;
            (best, since) = loss < best ? (loss, 0) : (best, since + 1);
        }
        return since;
    }
}
