using System.Runtime.ExceptionServices;
using Rondo.Kernel.Db;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;
using Rondo.Pipelines.Orchestration;

namespace Rondo.Pipelines.Triggers;

/// <summary>
/// Looks at what happened, and at the clock, and starts runs. Each signal, and each time of a schedule, takes effect exactly once: it is
/// removed, or the mark moved, in the transaction that acts on it. What fails for one project holds up no other.
/// </summary>
internal sealed class TriggerReconciler(
    Database database,
    TriggerStore store,
    TriggerFirings firings,
    TriggerDecisions decisions,
    ProtocolProbe probe,
    TimeProvider time
) : Reconciler
{
    /// <summary>Before a transaction that decides.</summary>
    public const string BeforeDecision = "trigger.before";

    /// <summary>In it, when all is written.</summary>
    public const string InsideDecision = "trigger.inside";

    /// <summary>When it is committed.</summary>
    public const string AfterDecision = "trigger.after";

    private const int PageMax = 50;
    private const int PagesMax = 20;

    public override string Name => "pipelines.triggers";

    // Its subscriber sets aside what may start a run; schedules are a matter of time.
    public override bool Concerns(string kind) => kind == TriggerSubscriber.CursorName;

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        var round = new Round();
        await ActOnSignalsAsync(round, cancellation);
        await ActOnTimesAsync(round, cancellation);
        round.Failure?.Throw();
        return round.Acted;
    }

    public override Task<long> PendingAsync() => store.WaitingAsync();

    private async Task ActOnSignalsAsync(Round round, CancellationToken cancellation)
    {
        var after = 0L;
        for (var page = 0; page < PagesMax; page++)
        {
            var signals = await store.SignalsAsync(after, PageMax);
            foreach (var signal in signals)
            {
                cancellation.ThrowIfCancellationRequested();
                await round.TryAsync(signal.Project, () => ActAsync(signal));
                after = signal.Position;
            }

            if (signals.Count < PageMax)
            {
                break;
            }
        }
    }

    private async Task ActOnTimesAsync(Round round, CancellationToken cancellation)
    {
        foreach (var trigger in await store.DueAsync(time.GetUtcNow(), PageMax * PagesMax))
        {
            cancellation.ThrowIfCancellationRequested();
            await round.TryAsync(trigger.Project, () => ActAsync(trigger));
        }
    }

    private async Task<bool> ActAsync(Signal signal)
    {
        var decided = new List<Decision>();
        foreach (var fired in await firings.OfAsync(signal))
        {
            if (await decisions.PrepareAsync(fired, signal.Position) is { } decision)
            {
                decided.Add(decision);
            }
        }

        probe.Reach(BeforeDecision);
        var acted = await database.WriteAsync(async transaction =>
        {
            // All of them before anything is written: each is a lock on a shared database.
            foreach (var decision in decided)
            {
                if (!await decisions.HoldAsync(transaction, decision))
                {
                    return false;
                }
            }

            if (!await TriggerWriting.TakeAsync(transaction, signal))
            {
                return false;
            }

            foreach (var decision in decided)
            {
                await decisions.DecideAsync(transaction, decision);
            }

            probe.Reach(InsideDecision);
            return true;
        });
        probe.Reach(AfterDecision);
        return acted;
    }

    private async Task<bool> ActAsync(TriggerRow trigger)
    {
        var (manifest, now) = (trigger.Manifest, time.GetUtcNow());
        if (trigger.MarkedAt > now.ToUnixTimeMilliseconds())
        {
            return await MarkAnewAsync(trigger, now);
        }

        var step = CatchUp.Step(manifest, trigger.Next!.Value, now);
        Decision? decision = null;
        if (step.Due is { } due)
        {
            if (await WaitsAsync(trigger, CatchUp.IsMissed(due, now)))
            {
                return false;
            }

            var answers = $"due:{TriggerId.Of(manifest)}:{due.ToUnixTimeMilliseconds()}";
            var fired = new FiredTrigger(trigger, TriggerRules.OnTime(manifest, step), answers);
            decision = await decisions.PrepareAsync(fired, cause: null);
        }

        probe.Reach(BeforeDecision);
        var acted = await database.WriteAsync(async transaction =>
        {
            if (decision is not null && !await decisions.HoldAsync(transaction, decision))
            {
                return false;
            }

            if (!await TriggerWriting.MoveMarkAsync(transaction, trigger, step.Mark, now))
            {
                return false;
            }

            if (step.Missed > 0 && (manifest.CatchUp is CatchUp.None or CatchUp.All))
            {
                await decisions.PassOverAsync(transaction, trigger, step);
            }

            if (decision is not null)
            {
                await decisions.DecideAsync(transaction, decision);
            }

            probe.Reach(InsideDecision);
            return true;
        });
        probe.Reach(AfterDecision);
        return acted;
    }

    // A time that is made up for waits for the run under way, where it must not run beside it: none of them may be lost.
    private async Task<bool> WaitsAsync(TriggerRow trigger, bool missed) =>
        missed
        && trigger.Manifest is { CatchUp: CatchUp.All, Overlap: not Overlap.Queue }
        && await decisions.IsBusyAsync(trigger);

    // The clock shows an earlier time than when this schedule was looked at last.
    private async Task<bool> MarkAnewAsync(TriggerRow trigger, DateTimeOffset now)
    {
        var paused = (await store.PausesAsync(trigger.Project)).Any(pause => pause.Holds(trigger));
        var next = paused ? null : CatchUp.AfterClockWentBack(trigger.Manifest, trigger.Next, now);
        return await database.WriteAsync(async transaction =>
            await TriggerWriting.MoveMarkAsync(transaction, trigger, next, now)
        );
    }

    /// <summary>One turn of the loop. A project in which something fails is left alone until the next one, so that its events stay in order.</summary>
    private sealed class Round
    {
        private readonly HashSet<string> _failed = new(StringComparer.Ordinal);

        public bool Acted { get; private set; }

        public ExceptionDispatchInfo? Failure { get; private set; }

        public async Task TryAsync(string project, Func<Task<bool>> act)
        {
            if (_failed.Contains(project))
            {
                return;
            }

            try
            {
                Acted |= await act();
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                _failed.Add(project);
                Failure ??= ExceptionDispatchInfo.Capture(e);
            }
        }
    }
}
