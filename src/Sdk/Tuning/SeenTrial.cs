namespace Rondo.Sdk;

/// <summary>A trial that a search learns from, and where in the space it was.</summary>
internal sealed record SeenTrial(TrialRecord Trial, double[] Point)
{
    // So many rivals of each good trial must have come as far as where they are compared.
    private const int RivalsOfEach = 2;

    /// <summary>
    /// Best first, so that the first <paramref name="good"/> can be called good. All are compared at one place: at their ends, or where too few came so
    /// far because others were stopped, at the last step that enough of them have reached (as BOHB learns from the largest budget with enough
    /// results: Falkner et al., 2018). Otherwise the first few, which nothing could stop for want of rivals, would be good ones for ever.
    /// </summary>
    public static IReadOnlyList<SeenTrial> Ranked(IReadOnlyList<SeenTrial> seen, SearchGoal goal, int good)
    {
        var step = CommonStep(seen, RivalsOfEach * good);
        return
        [
            .. seen.OrderBy(one =>
                    one.Trial.State == TrialState.Failed ? 2
                    : one.Reaches(step) ? 0
                    : 1
                )
                .ThenByDescending(one => one.Reaches(step) ? 0 : one.LastStep)
                .ThenBy(one => one.Loss(one.Reaches(step) ? step : null, goal))
                .ThenBy(one => one.Trial.Number),
        ];
    }

    /// <summary>
    /// The trials of another sweep of which it is said what they gave: of each point those on its largest budget. How large that is, is then no
    /// matter: the budgets of one sweep say nothing about those of another.
    /// </summary>
    public static IEnumerable<TrialRecord> OnLargestBudgets(SweepReport report) =>
        report
            .Trials.GroupBy(trial => TextOf(trial.Parameters), StringComparer.Ordinal)
            .SelectMany(point => point.Where(trial => trial.Budget >= point.Max(one => one.Budget)))
            .OrderBy(trial => trial.Number);

    private long LastStep => Trial.Reported.Count > 0 ? Trial.Reported[^1].Step : long.MinValue;

    /// <summary>The last step that so many have reached; null: so many have come to their end, or none was stopped.</summary>
    private static long? CommonStep(IReadOnlyList<SeenTrial> seen, int enough)
    {
        var completed = seen.Count(one => one.Trial.State == TrialState.Completed);
        var stopped = seen.Where(one => one.Trial.State == TrialState.Stopped && one.Trial.Reported.Count > 0)
            .Select(one => one.LastStep)
            .OrderDescending()
            .ToList();
        return completed >= enough || stopped.Count == 0
            ? null
            : stopped[Math.Min(enough - completed, stopped.Count) - 1];
    }

    private bool Reaches(long? step) =>
        Trial.State == TrialState.Completed || (Trial.State == TrialState.Stopped && LastStep >= step);

    private double Loss(long? step, SearchGoal goal)
    {
        var reported = step is null ? null : Trial.Reported.FirstOrDefault(one => one.Step >= step);
        var loss = reported is null ? TrialRanking.Loss(Trial, goal) : TrialRanking.Loss(reported.Value, goal);
        return double.IsNaN(loss) ? double.PositiveInfinity : loss;
    }

    private static string TextOf(ParameterValues parameters) =>
        string.Join('\n', parameters.Values.Select(one => one.Key + "=" + one.Value.GetRawText()));
}
