using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Leases;
using Rondo.Serving.Rollouts;

namespace Rondo.Serving.Changes;

/// <summary>The steps of a change, each a transaction: all of it or nothing, and only under the lease.</summary>
internal sealed class ChangeSteps(Database database, SettingStore settings, EventLog log, TimeProvider time)
{
    /// <summary>
    /// Changes one endpoint and returns how far it is then: changed, skipped, or waiting still, because a rollout is under way there. Null where the
    /// lease is lost or somebody else was faster.
    /// </summary>
    public Task<ChangeTarget?> ChangeAsync(Lease lease, EndpointChange change, ChangeTarget target) =>
        database.WriteAsync(async transaction =>
        {
            if (!await LeaseStore.HoldsAsync(transaction, lease) || !await ChangeStore.IsAsync(transaction, change))
            {
                return null;
            }

            await EndpointStore.LockAsync(transaction, target.Endpoint);
            if (await RolloutStore.UnderWayAsync(transaction, target.Endpoint) is { } version)
            {
                var waits = target with { Note = $"waits: the rollout of version {version} is under way" };
                return waits.Note == target.Note || await ChangeStore.MoveAsync(transaction, target, waits)
                    ? waits
                    : null;
            }

            var endpoint = await EndpointStore.FindAsync(transaction, target.Endpoint);
            var plan = endpoint?.Manifest is { } manifest ? SettingPlan.Of(manifest, change.Request.Set) : null;
            if (plan is null or { Problems.Count: > 0 } or { Settings.Count: 0 })
            {
                var why =
                    plan is null ? "is no declared endpoint any more"
                    : plan.Problems.Count > 0 ? plan.Problems[0].What
                    : SettingPlan.AsAsked;
                return await SkipAsync(transaction, change, target, why);
            }

            var position = await settings.PutAsync(transaction, endpoint!, change, plan);
            var changed = target with
            {
                State = TargetState.Changed,
                Settings = plan.Settings,
                Note = null,
                Position = position,
                ChangedAt = time.GetUtcNow(),
            };
            return await ChangeStore.MoveAsync(transaction, target, changed)
                ? changed
                : throw new InvalidOperationException($"Endpoint '{target.Endpoint}' was changed twice by one change.");
        });

    /// <summary>Ends a wave that has baked: what still waits is skipped, and the next wave begins, or the change is done.</summary>
    public Task<bool> AdvanceAsync(Lease lease, EndpointChange change, IReadOnlyList<ChangeTarget> waiting)
    {
        var last = change.Wave >= change.Waves;
        var now = time.GetUtcNow();
        var next = change with
        {
            State = last ? ChangeState.Completed : ChangeState.Running,
            Wave = last ? change.Wave : change.Wave + 1,
            WaveStartedAt = now,
            FinishedAt = last ? now : null,
        };
        return MoveAsync(
            lease,
            (change, next),
            last ? ChangeEvent.Completed : ChangeEvent.Advanced,
            async transaction =>
            {
                foreach (var target in waiting)
                {
                    await SkipAsync(
                        transaction,
                        change,
                        target,
                        "a rollout was under way there for as long as its wave baked"
                    );
                }
            }
        );
    }

    /// <summary>Stops a change: from here everything goes back.</summary>
    public Task<bool> StopAsync(Lease lease, EndpointChange change, ChangeEvidence evidence) =>
        MoveAsync(
            lease,
            (change, change with { State = ChangeState.RollingBack, Evidence = evidence }),
            ChangeEvent.Stopped
        );

    /// <summary>Puts one endpoint back, also in the middle of a rollout; false where the lease is lost or somebody else was faster.</summary>
    public Task<bool> RestoreAsync(Lease lease, EndpointChange change, ChangeTarget target) =>
        database.WriteAsync(async transaction =>
        {
            if (!await LeaseStore.HoldsAsync(transaction, lease))
            {
                return false;
            }

            await EndpointStore.LockAsync(transaction, target.Endpoint);
            if (!await ChangeStore.MoveAsync(transaction, target, target with { State = TargetState.Restored }))
            {
                return false;
            }

            if (await EndpointStore.FindAsync(transaction, target.Endpoint) is { Declared: not null } endpoint)
            {
                await settings.RemoveAsync(transaction, endpoint, change);
            }

            return true;
        });

    /// <summary>Ends a change of which nothing stands any more.</summary>
    public Task<bool> FinishBackAsync(Lease lease, EndpointChange change) =>
        MoveAsync(
            lease,
            (change, change with { State = ChangeState.RolledBack, FinishedAt = time.GetUtcNow() }),
            ChangeEvent.RolledBack,
            async transaction => await ChangeStore.LeaveOutAsync(transaction, change, "its wave was not reached")
        );

    private Task<bool> MoveAsync(
        Lease lease,
        (EndpointChange Old, EndpointChange New) change,
        string type,
        Func<Transaction, Task>? besides = null
    ) =>
        database.WriteAsync(async transaction =>
        {
            var (old, moved) = change;
            if (
                !await LeaseStore.HoldsAsync(transaction, lease)
                || !await ChangeStore.MoveAsync(transaction, old, moved)
            )
            {
                return false;
            }

            if (besides is not null)
            {
                await besides(transaction);
            }

            var counts = (await ChangeStore.CountsAsync(transaction, [old.Id]))[old.Id];
            var data = ChangeEvent.Of(
                moved,
                counts.Where(count => count.State == TargetState.Changed).Sum(count => count.Endpoints)
            );
            await log.AppendAsync(
                transaction,
                new NewEvent(
                    type,
                    moved.Project,
                    moved.Id,
                    ActorOf(moved),
                    data,
                    moved.Evidence?.Event ?? moved.Position
                )
            );
            return true;
        });

    private async Task<ChangeTarget?> SkipAsync(
        Transaction transaction,
        EndpointChange change,
        ChangeTarget target,
        string why
    )
    {
        var skipped = target with { State = TargetState.Skipped, Note = why };
        if (!await ChangeStore.MoveAsync(transaction, target, skipped))
        {
            return null;
        }

        var data = new ChangeSkippedEvent(change.Id, target.Endpoint, why);
        await log.AppendAsync(
            transaction,
            new NewEvent(ChangeSkippedEvent.Type, change.Project, target.Endpoint, change.Actor, data, change.Position)
        );
        return skipped;
    }

    private static Actor ActorOf(EndpointChange change) =>
        change.Evidence is { } evidence ? new Actor(evidence.Actor) : change.Actor;
}
