using System.Globalization;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>
/// What went before a firing: runs that are under way (backfills apart), how many of them wait, the last run that a trigger started,
/// and what triggers have spent of the budget.
/// </summary>
internal sealed record TriggerHistory(
    IReadOnlyList<string> UnderWay,
    int Queued,
    TriggeredRun? Last,
    BudgetSpent Spent
);

/// <summary>How many runs triggers started in the period of a budget, counted up to the budget, and when the oldest of these was.</summary>
internal sealed record BudgetSpent(int Runs, DateTimeOffset? OldestAt);

/// <summary>A run that a trigger started: when, and as of when in the data.</summary>
internal sealed record TriggeredRun(string Id, DateTimeOffset CreatedAt, DateTimeOffset? AsOf);

/// <summary>How much of a budget is left, and when there is more again.</summary>
internal sealed record BudgetLeft(int Runs, long PerMs, int Left, DateTimeOffset? MoreAt);

/// <summary>Whether a reason to start a run may start one now. No database, no clock of its own.</summary>
internal static class TriggerPolicy
{
    /// <summary>The longest period of a budget.</summary>
    public static readonly TimeSpan BudgetPeriodMax = TimeSpan.FromDays(366);

    /// <summary>The budget of a pipeline that declares none: nothing starts runs without end.</summary>
    public static readonly BudgetManifest BudgetOtherwise = new(10_000, (long)TimeSpan.FromDays(1).TotalMilliseconds);

    /// <summary>How many runs of a pipeline may wait for their turn before a trigger adds no more.</summary>
    public const int QueuedMax = 100;

    public static BudgetManifest BudgetOf(PipelineManifest pipeline) => pipeline.Budget ?? BudgetOtherwise;

    /// <summary>How many runs may be under way before a trigger holds back: what the pipeline says, else one.</summary>
    public static int RunsMaxOf(PipelineManifest pipeline) => Math.Max(1, pipeline.RunsMax);

    /// <summary>
    /// Why a firing must not start a run now; null: it may. Cool-down is measured in the data's time where both sides have one, else
    /// by the clock, and never holds back new code. A budget is spent in real time, whatever the data's time is, and holds back all.
    /// </summary>
    public static string? Objection(
        PipelineManifest pipeline,
        TriggerManifest trigger,
        Firing firing,
        TriggerHistory history,
        DateTimeOffset now
    ) =>
        Busy(pipeline, trigger.Overlap ?? Overlap.Skip, history)
        ?? CoolingDown(pipeline, trigger, firing, history.Last, now)
        ?? OverBudget(pipeline, history.Spent);

    /// <summary>What is left of a budget.</summary>
    public static BudgetLeft LeftOf(BudgetManifest budget, BudgetSpent spent)
    {
        var left = Math.Max(0, budget.Runs - spent.Runs);
        return new BudgetLeft(
            budget.Runs,
            budget.PerMs,
            left,
            left > 0 ? null : spent.OldestAt + TimeSpan.FromMilliseconds(budget.PerMs)
        );
    }

    /// <summary>A length of time as a person says it.</summary>
    public static string Say(TimeSpan time) =>
        time.TotalDays >= 1 ? Number(time.TotalDays, "day")
        : time.TotalHours >= 1 ? Number(time.TotalHours, "hour")
        : time.TotalMinutes >= 1 ? Number(time.TotalMinutes, "minute")
        : Number(time.TotalSeconds, "second");

    private static string? Busy(PipelineManifest pipeline, string overlap, TriggerHistory history) =>
        overlap switch
        {
            Overlap.CancelPrevious => null,
            Overlap.Queue => history.Queued < QueuedMax ? null : $"{history.Queued} runs wait for their turn already",
            _ when history.UnderWay.Count < RunsMaxOf(pipeline) => null,
            _ when history.UnderWay.Count == 1 => $"run {history.UnderWay[0]} is under way",
            _ => $"{history.UnderWay.Count} runs are under way, {history.UnderWay[0]} since longest",
        };

    private static string? CoolingDown(
        PipelineManifest pipeline,
        TriggerManifest trigger,
        Firing firing,
        TriggeredRun? last,
        DateTimeOffset now
    )
    {
        var coolDown = TimeSpan.FromMilliseconds(pipeline.CoolDownMs);
        if (trigger.Kind == TriggerKinds.Release || coolDown <= TimeSpan.Zero || last is null)
        {
            return null;
        }

        var gap = firing.AsOf is { } asOf && last.AsOf is { } lastAsOf ? asOf - lastAsOf : now - last.CreatedAt;
        return gap.Duration() >= coolDown
            ? null
            : $"cool-down of {Say(coolDown)} since run {last.Id}: {Say(gap.Duration())} have passed";
    }

    private static string? OverBudget(PipelineManifest pipeline, BudgetSpent spent)
    {
        var left = LeftOf(BudgetOf(pipeline), spent);
        return left.Left > 0
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"the budget of {left.Runs} runs in {Say(TimeSpan.FromMilliseconds(left.PerMs))} is spent until {left.MoreAt:yyyy-MM-dd HH:mm:ss} UTC"
            );
    }

    private static string Number(double count, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:0.##} {unit}{(count is 1 ? "" : "s")}");
}
