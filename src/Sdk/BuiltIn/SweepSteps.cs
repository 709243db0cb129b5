using Rondo.Data;

namespace Rondo.Sdk.BuiltIn;

/// <summary>What the steps of a sweep know of it.</summary>
internal sealed record SweepPlan(IReadOnlyList<ParameterRange> Space, Search Search)
{
    public Proposals Proposals(SweepReport? earlier) => new(Space, Search, earlier is null ? [] : [earlier]);
}

/// <summary>All trials of a sweep that have ended.</summary>
internal sealed record SweepHistory(IReadOnlyList<TrialRecord> Trials);

/// <summary>The built-in steps around the trials of a sweep. Equal trials before make equal proposals: all of them can be reused.</summary>
internal static class SweepSteps
{
    [Step]
    public static IReadOnlyList<ProposedTrial> Propose(
        [Argument] SweepPlan plan,
        int round,
        StepContext context,
        SweepHistory? history = null,
        SweepReport? earlier = null
    )
    {
        var trials = plan.Proposals(earlier).Round(round, history?.Trials ?? []);
        context.Log($"round {round + 1} of {plan.Search.RoundCount}: {trials.Count} trials");
        return trials;
    }

    /// <param name="proposed">The trials of this round.</param>
    /// <param name="values">What each has given, in the same order; null where it failed.</param>
    /// <param name="context">Its log says what failed.</param>
    /// <param name="history">The rounds before.</param>
    [Step]
    public static SweepHistory Collect(
        IReadOnlyList<ProposedTrial> proposed,
        [Input] IReadOnlyList<double?> values,
        StepContext context,
        SweepHistory? history = null
    )
    {
        var ended = proposed.Select(
            (trial, index) =>
                values[index] is { } value ? trial.Ended(value) : trial.Failed("One of its steps failed: see there.")
        );
        var all = new SweepHistory([.. history?.Trials ?? [], .. ended]);
        foreach (var failed in all.Trials.Skip(all.Trials.Count - proposed.Count).Where(trial => trial.Value is null))
        {
            context.Log($"trial {failed.Number} failed: {failed.Note}");
        }
        return all;
    }

    [Step]
    public static (TrialRecord Best, SweepReport Report) Rank(
        SweepHistory history,
        [Argument] SweepPlan plan,
        StepContext context,
        SweepReport? earlier = null
    )
    {
        var notes = plan.Proposals(earlier).Notes;
        var report = SweepReport.Of(new SearchPoints(plan.Space), plan.Search, history.Trials, notes);
        foreach (var line in report.ToText().Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            context.Log(line);
        }
        var best =
            report.Best
            ?? throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"None of the {history.Trials.Count} trials of the sweep gave a value.",
                "Look at the steps of the trials: their messages say what failed."
            );
        context.Metric("best", best.Value!.Value);
        context.Metric("trials", history.Trials.Count);
        context.Metric("failedTrials", history.Trials.Count(trial => trial.State == TrialState.Failed));
        return (best, report);
    }
}
