using Rondo.Kernel.Db;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Triggers;

/// <summary>
/// A trigger as people see it: what it waits for, when it fired last and what came of it, why it did not, and whether it acts.
/// <paramref name="Number"/> is how they name it.
/// </summary>
internal sealed record TriggerView(
    string Pipeline,
    string Environment,
    long Number,
    TriggerManifest Trigger,
    DateTimeOffset? NextAt,
    TriggerFired? LastFired,
    TriggerSkipped? LastSkipped,
    TriggerPause? Paused,
    long CoolDownMs,
    BudgetLeft Budget
);

/// <summary>The last run that a trigger started.</summary>
internal sealed record TriggerFired(DateTimeOffset At, string RunId);

/// <summary>The last time a trigger had a reason and started nothing.</summary>
internal sealed record TriggerSkipped(DateTimeOffset At, string Reason);

/// <summary>Who stopped a trigger, and whether it was all of the pipeline's.</summary>
internal sealed record TriggerPause(DateTimeOffset At, string By, string? Reason, bool WholePipeline);

/// <summary>The triggers of a project, with everything there is to know about them.</summary>
internal sealed class TriggerBoard(Database database, PipelineCatalog catalog, TriggerStore store, TimeProvider time)
{
    public async Task<IReadOnlyList<TriggerView>> ListAsync(string project)
    {
        var rows = await store.TriggersAsync(project);
        var pauses = await store.PausesAsync(project);
        var pipelines = (await catalog.ListAsync(project)).ToDictionary(p => (p.Environment, p.Name), p => p.Manifest);
        var views = new List<TriggerView>(rows.Count);
        foreach (var group in rows.GroupBy(row => (row.Environment, row.Pipeline)))
        {
            if (!pipelines.TryGetValue(group.Key, out var manifest))
            {
                continue;
            }

            var budget = TriggerPolicy.BudgetOf(manifest);
            var spent = await database.ReadAsync(session =>
                TriggerHistories.SpentAsync(session, group.First(), budget, time.GetUtcNow())
            );
            views.AddRange(
                group.Select(row => ViewOf(row, pauses, manifest.CoolDownMs, TriggerPolicy.LeftOf(budget, spent)))
            );
        }

        return views;
    }

    private static TriggerView ViewOf(
        TriggerRow row,
        IReadOnlyList<PauseRow> pauses,
        long coolDownMs,
        BudgetLeft budget
    ) =>
        new(
            row.Pipeline,
            row.Environment,
            row.Number,
            row.Manifest,
            row.Next,
            row.FiredAt is { } fired ? new TriggerFired(Time(fired), row.FiredRun!) : null,
            row.SkippedAt is { } skipped ? new TriggerSkipped(Time(skipped), row.SkippedReason!) : null,
            pauses.Where(pause => pause.Holds(row)).MinBy(pause => pause.PausedAt) is { } pause
                ? new TriggerPause(Time(pause.PausedAt), pause.PausedBy, pause.Reason, pause.TriggerId.Length == 0)
                : null,
            coolDownMs,
            budget
        );

    private static DateTimeOffset Time(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);
}
