using System.Text.Json;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Triggers;

/// <summary>Looks at what happened, and at the clock, and starts runs. Each signal takes effect exactly once: it is removed in the transaction that acts on it.</summary>
internal sealed class TriggerReconciler(
    Database database,
    TriggerStore store,
    TriggerFirings firings,
    RunWriter writer,
    EventLog log,
    TimeProvider time
) : Reconciler
{
    private const int SignalsPerRoundMax = 50;

    public override string Name => "pipelines.triggers";

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        var signals = await store.SignalsAsync(SignalsPerRoundMax);
        foreach (var signal in signals)
        {
            cancellation.ThrowIfCancellationRequested();
            await ActAsync(signal, await firings.OfAsync(signal));
        }

        var due = await store.DueAsync(time.GetUtcNow(), SignalsPerRoundMax);
        foreach (var trigger in due)
        {
            cancellation.ThrowIfCancellationRequested();
            var at = DateTimeOffset.FromUnixTimeMilliseconds(trigger.NextAt!.Value);
            await ActOnTimeAsync(trigger, new FiredTrigger(trigger, TriggerRules.OnTime(trigger.Manifest, at)));
        }

        return signals.Count + due.Count > 0;
    }

    public override Task<long> PendingAsync() => store.WaitingAsync();

    private async Task ActAsync(Signal signal, IReadOnlyList<FiredTrigger> fired)
    {
        var decided = new List<Decision>(fired.Count);
        foreach (var one in fired)
        {
            decided.Add(await PrepareAsync(one, signal.Position));
        }

        await database.WriteAsync(async transaction =>
        {
            if (!await TriggerStore.TakeAsync(transaction, signal))
            {
                return;
            }

            foreach (var decision in decided)
            {
                await DecideAsync(transaction, decision);
            }
        });
    }

    private async Task ActOnTimeAsync(TriggerRow trigger, FiredTrigger fired)
    {
        var decision = await PrepareAsync(fired, cause: null);
        await database.WriteAsync(async transaction =>
        {
            var next = TriggerRules.NextAt(trigger.Manifest, time.GetUtcNow());
            if (await TriggerStore.MoveOnAsync(transaction, trigger, next))
            {
                await DecideAsync(transaction, decision);
            }
        });
    }

    private async Task<Decision> PrepareAsync(FiredTrigger fired, long? cause)
    {
        var (trigger, firing) = (fired.Trigger, fired.Firing);
        try
        {
            var prepared = await writer.PrepareAsync(
                new NewRun(
                    trigger.Project,
                    trigger.Environment,
                    trigger.Pipeline,
                    new Dictionary<string, JsonElement>(StringComparer.Ordinal),
                    trigger.Kind,
                    firing.Evidence,
                    ActorOf(trigger),
                    cause,
                    firing.AsOf
                )
            );
            return new Decision(fired, cause, prepared, null);
        }
        catch (RondoException e) when (e.Code is not ErrorCode.Unavailable)
        {
            return new Decision(fired, cause, null, e.What);
        }
    }

    private async Task DecideAsync(Transaction transaction, Decision decision)
    {
        var (trigger, firing) = (decision.Fired.Trigger, decision.Fired.Firing);
        var history = await TriggerStore.HistoryAsync(transaction, trigger);
        var objection =
            decision.Refusal
            ?? TriggerRules.Objection(
                trigger.Kind,
                firing,
                history,
                TimeSpan.FromMilliseconds(decision.Run!.Shape.Manifest.CoolDownMs),
                time.GetUtcNow()
            );
        if (objection is not null)
        {
            var skipped = new TriggerSkippedEvent(
                trigger.Pipeline,
                trigger.Environment,
                trigger.Kind,
                $"{firing.Reason}; not started: {objection}",
                firing.Evidence
            );
            await AppendAsync(transaction, decision, TriggerSkippedEvent.Type, skipped);
            await TriggerStore.DeferAsync(transaction, trigger, history.ActiveRun is not null);
            return;
        }

        var run = decision.Run!;
        var data = new TriggerFiredEvent(
            trigger.Pipeline,
            trigger.Environment,
            trigger.Kind,
            firing.Reason,
            run.Id,
            firing.Evidence
        );
        var position = await AppendAsync(transaction, decision, TriggerFiredEvent.Type, data);
        await TriggerStore.FiredAsync(transaction, trigger, decision.Fired.DatasetVersion);
        await writer.InsertAsync(transaction, run with { Wish = run.Wish with { Cause = position } });
    }

    private ValueTask<long> AppendAsync(Transaction transaction, Decision decision, string type, object data)
    {
        var trigger = decision.Fired.Trigger;
        return log.AppendAsync(
            transaction,
            new NewEvent(type, trigger.Project, trigger.Pipeline, ActorOf(trigger), data, decision.Cause)
        );
    }

    private static Actor ActorOf(TriggerRow trigger) => new("trigger:" + trigger.Kind);

    private sealed record Decision(FiredTrigger Fired, long? Cause, PreparedRun? Run, string? Refusal);
}
