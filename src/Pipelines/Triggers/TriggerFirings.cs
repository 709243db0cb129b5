using System.Text.Json;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Triggers;

/// <summary>A trigger with its reason. <paramref name="DatasetVersion"/> is what new rows were counted up to.</summary>
internal sealed record FiredTrigger(TriggerRow Trigger, Firing Firing, long? DatasetVersion = null);

/// <summary>Which triggers of a project an event gives a reason to: at most one a pipeline, the first that is declared.</summary>
internal sealed class TriggerFirings(TriggerStore store, IRunSources sources)
{
    public async Task<IReadOnlyList<FiredTrigger>> OfAsync(Signal signal)
    {
        using var data = JsonDocument.Parse(signal.Data);
        var fired = new List<FiredTrigger>();
        foreach (
            var pipeline in (await store.TriggersAsync(signal.Project)).GroupBy(t => t.Pipeline, StringComparer.Ordinal)
        )
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
        switch (signal.Type)
        {
            case TriggerSubscriber.Alert:
                return TriggerRules.OnAlert(trigger.Manifest, data, signal.Position) is { } alert
                    ? new FiredTrigger(trigger, alert)
                    : null;
            case TriggerSubscriber.Release when trigger.Kind == TriggerKinds.Release:
                return new FiredTrigger(trigger, TriggerRules.OnRelease(data));
            case TriggerSubscriber.NewData
                when trigger.Kind == TriggerKinds.NewRows
                    && TriggerRules.Text(data, "dataset") == trigger.Manifest.Dataset:
            case TriggerSubscriber.Release when trigger.Kind == TriggerKinds.NewRows:
            case RunFinishedEvent.Type
                when trigger is { Kind: TriggerKinds.NewRows, Deferred: 1 }
                    && TriggerRules.Text(data, "pipeline") == trigger.Pipeline:
                return await OnRowsAsync(trigger);
            default:
                return null;
        }
    }

    private async Task<FiredTrigger?> OnRowsAsync(TriggerRow trigger)
    {
        var dataset = trigger.Manifest.Dataset!;
        var newest = await sources.DatasetAsync(trigger.Project, trigger.Environment, dataset);
        if (newest is null || newest.Version <= trigger.LastVersion)
        {
            return null;
        }

        var used = await store.LastUsedAsync(trigger, dataset);
        return TriggerRules.OnRows(trigger.Manifest, newest, used) is { } firing
            ? new FiredTrigger(trigger, firing, newest.Version)
            : null;
    }
}
