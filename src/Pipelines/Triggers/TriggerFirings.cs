using System.Text.Json;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Triggers;

/// <summary>
/// A trigger with its reason. <paramref name="Answers"/> names what a run would answer: no two runs of a pipeline answer the same.
/// <paramref name="DatasetVersion"/> is what new data were counted up to. With a <paramref name="Refusal"/> no run may be started.
/// </summary>
internal sealed record FiredTrigger(
    TriggerRow Trigger,
    Firing Firing,
    string Answers,
    long? DatasetVersion = null,
    string? Refusal = null
);

/// <summary>Which triggers of a project an event gives a reason to: at most one a pipeline, the first that is declared.</summary>
internal sealed class TriggerFirings(TriggerStore store, IRunSources sources)
{
    public async Task<IReadOnlyList<FiredTrigger>> OfAsync(Signal signal)
    {
        using var data = JsonDocument.Parse(signal.Data);
        var pauses = await store.PausesAsync(signal.Project);
        var awake = (await store.TriggersAsync(signal.Project)).Where(trigger => !pauses.Any(p => p.Holds(trigger)));
        var fired = new List<FiredTrigger>();
        foreach (var pipeline in awake.GroupBy(trigger => trigger.Pipeline, StringComparer.Ordinal))
        {
            foreach (var trigger in pipeline)
            {
                if (await OfAsync(trigger, signal, data.RootElement.Clone()) is { } one)
                {
                    fired.Add(one);
                    break;
                }
            }
        }

        return fired;
    }

    private async Task<FiredTrigger?> OfAsync(TriggerRow trigger, Signal signal, JsonElement data)
    {
        switch (trigger.Kind)
        {
            case TriggerKinds.Drift or TriggerKinds.Degraded when signal.Type == TriggerSubscriber.Alert:
                return Fired(trigger, signal, TriggerRules.OnAlert(trigger.Manifest, data, signal.Position));
            case TriggerKinds.Release when signal.Type == TriggerSubscriber.Release:
                return Fired(trigger, signal, TriggerRules.OnRelease(data));
            case TriggerKinds.NewRows or TriggerKinds.NewVersions when LooksAtData(trigger, signal, data):
                return await OnDataAsync(trigger, signal);
            case TriggerKinds.Pipeline when signal.Type == RunFinishedEvent.Type:
                return await OnPipelineAsync(trigger, signal, data);
            case TriggerKinds.Event when signal.Position > trigger.Since:
                var firing = TriggerRules.OnEvent(trigger.Manifest, signal.Type, data, signal.Position);
                return await ByOthersAsync(signal, Fired(trigger, signal, firing));
            default:
                return null;
        }
    }

    // New data are looked at when they come, when a release may have changed what is asked for, and when what held them back is over.
    private static bool LooksAtData(TriggerRow trigger, Signal signal, JsonElement data) =>
        signal.Type switch
        {
            TriggerSubscriber.NewData => TriggerRules.Text(data, "dataset") == trigger.Manifest.Dataset,
            TriggerSubscriber.Release => true,
            RunFinishedEvent.Type or TriggerResumedEvent.Type => trigger.Deferred == 1
                && TriggerRules.Text(data, "pipeline") == trigger.Pipeline,
            _ => false,
        };

    private async Task<FiredTrigger?> OnDataAsync(TriggerRow trigger, Signal signal)
    {
        var manifest = trigger.Manifest;
        var newest = await sources.DatasetAsync(trigger.Project, trigger.Environment, manifest.Dataset!);
        if (newest is null || newest.Version <= trigger.LastVersion)
        {
            return null;
        }

        var used = await store.LastUsedAsync(trigger, manifest.Dataset!);
        return Fired(trigger, signal, TriggerRules.OnData(manifest, newest, used), newest.Version);
    }

    // The run that is started stands for the same time and the same partition. A backfill's runs start none: what depends on them is
    // filled by a backfill of its own.
    private async Task<FiredTrigger?> OnPipelineAsync(TriggerRow trigger, Signal signal, JsonElement data)
    {
        var firing = TriggerRules.OnPipeline(trigger.Manifest, data, signal.Position);
        if (firing is null || await store.FinishedAsync(TriggerRules.Text(data, "runId")!) is not { } run)
        {
            return null;
        }

        return run.Backfill is not null
            ? null
            : await ByOthersAsync(
                signal,
                Fired(trigger, signal, firing with { AsOf = RunRow.Time(run.AsOf), Partition = run.PartitionKey })
            );
    }

    // What a pipeline's own runs bring about must not start it again: it would go on without end.
    private async Task<FiredTrigger?> ByOthersAsync(Signal signal, FiredTrigger? fired) =>
        fired is not null && await store.CausedByOwnRunAsync(fired.Trigger, signal.Position) is { } own
            ? fired with
            {
                Refusal = $"the event comes from run {own} of the same pipeline",
            }
            : fired;

    private static FiredTrigger? Fired(TriggerRow trigger, Signal signal, Firing? firing, long? version = null) =>
        firing is null ? null : new FiredTrigger(trigger, firing, $"event:{signal.Position}", version);
}
