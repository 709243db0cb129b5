using Rondo.Kernel.Db;
using Rondo.Kernel.Leases;
using Rondo.Kernel.Reconcilers;

namespace Rondo.Serving.Changes;

/// <summary>
/// Takes changes wave by wave: each endpoint in a transaction of its own, the next wave when this one has baked, and everything back as soon as
/// something stops it. Whatever it has written another server goes on from.
/// </summary>
internal sealed class ChangeReconciler(Database database, ChangeSteps steps, ChangeTroubles troubles, TimeProvider time)
    : Reconciler
{
    public override string Name => "serving.changes.reconciler";

    public override bool Concerns(string kind) =>
        kind.StartsWith("change.", StringComparison.Ordinal)
        || kind.StartsWith("rollout.", StringComparison.Ordinal)
        || kind == RaisedAlert.EventType;

    public override async Task<bool> ReconcileAsync(Lease lease, CancellationToken cancellation)
    {
        var active = await database.ReadAsync(session => ChangeStore.ActiveAsync(session).AsTask(), cancellation);
        troubles.KeepOnly([.. active.Select(change => change.Id)]);
        var more = false;
        foreach (var change in active)
        {
            cancellation.ThrowIfCancellationRequested();
            more |=
                change.State == ChangeState.Running
                    ? await GoOnAsync(lease, change, cancellation)
                    : await GoBackAsync(lease, change, cancellation);
        }

        return more;
    }

    /// <summary>Changes that have not ended.</summary>
    public override async Task<long> PendingAsync() =>
        (await database.ReadAsync(session => ChangeStore.ActiveAsync(session).AsTask())).Count;

    private async Task<bool> GoOnAsync(Lease lease, EndpointChange change, CancellationToken cancellation)
    {
        var targets = await TargetsAsync(change, cancellation);
        if (await troubles.FindAsync(change, targets) is { } evidence)
        {
            return await steps.StopAsync(lease, change, evidence);
        }

        var begun = targets.Where(target => target.Wave > 0 && target.Wave <= change.Wave).ToList();
        var waiting = new List<ChangeTarget>();
        var touched = false;
        foreach (var target in begun.Where(target => target.State == TargetState.Waiting))
        {
            cancellation.ThrowIfCancellationRequested();
            if (await steps.ChangeAsync(lease, change, target) is not { } now)
            {
                return false;
            }

            touched |= now.State != TargetState.Waiting;
            if (now.State == TargetState.Waiting)
            {
                waiting.Add(now);
            }
        }

        // A wave bakes from the last endpoint that it has changed; what was changed just now is first looked at.
        var from = begun.Select(target => target.ChangedAt ?? change.WaveStartedAt).Append(change.WaveStartedAt).Max();
        return touched || (time.GetUtcNow() - from >= change.Bake && await steps.AdvanceAsync(lease, change, waiting));
    }

    private async Task<bool> GoBackAsync(Lease lease, EndpointChange change, CancellationToken cancellation)
    {
        foreach (
            var target in (await TargetsAsync(change, cancellation)).Where(target =>
                target.State == TargetState.Changed
            )
        )
        {
            cancellation.ThrowIfCancellationRequested();
            if (!await steps.RestoreAsync(lease, change, target))
            {
                return false;
            }
        }

        return await steps.FinishBackAsync(lease, change);
    }

    private Task<IReadOnlyList<ChangeTarget>> TargetsAsync(EndpointChange change, CancellationToken cancellation) =>
        database.ReadAsync(session => ChangeStore.TargetsAsync(session, change.Id).AsTask(), cancellation);
}
