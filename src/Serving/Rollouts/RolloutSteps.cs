using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Leases;
using Rondo.Registry;
using Rondo.Serving.Routing;

namespace Rondo.Serving.Rollouts;

/// <summary>One change of a rollout's state; <paramref name="Event"/> is null where nobody else needs to know.</summary>
internal sealed record RolloutChange(
    ServedEndpoint Endpoint,
    Rollout Old,
    Rollout New,
    string? Event = null,
    IReadOnlyList<RolloutCheck>? Checks = null
);

/// <summary>Writes a rollout's change, the traffic that goes with it, the alias and the event: all of it or nothing.</summary>
internal sealed class RolloutSteps(
    Database database,
    RolloutStore rollouts,
    DeploymentStore deployments,
    ModelRegistry registry,
    EventLog log
)
{
    private static readonly Actor s_actor = Actor.System("rollout");

    public Task<long?> ServingAsync(string endpoint) =>
        database.ReadAsync(session => DeploymentStore.ServingAsync(session, endpoint).AsTask());

    /// <summary>Applies the changes in one transaction; false where the lease is lost or the state is another by now.</summary>
    public Task<bool> ApplyAsync(Lease lease, params RolloutChange[] changes) =>
        database.WriteAsync(async transaction =>
        {
            if (!await LeaseStore.HoldsAsync(transaction, lease))
            {
                return false;
            }

            // What is declared may be changed meanwhile: a rollout begins by what holds, or not yet.
            var endpoint = changes[0].Endpoint;
            await EndpointStore.LockAsync(transaction, endpoint.Name);
            if (changes.Any(change => change.New.State == RolloutState.Completed))
            {
                await ModelRegistry.LockAsync(transaction, endpoint.Model);
            }

            if (
                changes[0] is { Old.State: RolloutState.Waiting, New.State: RolloutState.Running }
                && !await HoldsAsync(transaction, endpoint)
            )
            {
                return false;
            }

            foreach (var change in changes)
            {
                if (!await rollouts.ChangeAsync(transaction, change.Old, change.New))
                {
                    return false;
                }

                await ApplyAsync(transaction, change);
            }

            return true;
        });

    private static async Task<bool> HoldsAsync(Transaction transaction, ServedEndpoint endpoint) =>
        await EndpointStore.FindAsync(transaction, endpoint.Name) is { } now
        && EndpointStore.Text(now.Manifest) == EndpointStore.Text(endpoint.Manifest);

    private async Task ApplyAsync(Transaction transaction, RolloutChange change)
    {
        var position = change.Event is null ? null : (long?)await AppendAsync(transaction, change);
        switch (change.New.State)
        {
            case RolloutState.Running:
                await registry.RequireAsync(transaction, change.Endpoint.Model, change.New.Version);
                await ShareAsync(transaction, change.New);
                break;
            case RolloutState.Completed:
                await CompleteAsync(transaction, change, position);
                break;
            case RolloutState.RolledBack:
                await GiveBackAsync(transaction, change);
                break;
        }
    }

    private async Task ShareAsync(Transaction transaction, Rollout rollout)
    {
        var endpoint = rollout.Endpoint;
        await deployments.SetAsync(transaction, endpoint, rollout.Version, rollout.Percent, DeploymentState.Canary);
        if (rollout.Previous is { } previous)
        {
            await deployments.SetAsync(transaction, endpoint, previous, 100 - rollout.Percent, DeploymentState.Serving);
        }
    }

    private async Task CompleteAsync(Transaction transaction, RolloutChange change, long? cause)
    {
        var rollout = change.New;
        await deployments.SetAsync(transaction, rollout.Endpoint, rollout.Version, 100, DeploymentState.Serving);
        if (rollout.Previous is { } previous)
        {
            await deployments.SetAsync(transaction, rollout.Endpoint, previous, 0, DeploymentState.Retired);
        }

        if (change.Endpoint.Manifest is not null)
        {
            await registry.MoveAliasAsync(
                transaction,
                new AliasMove(change.Endpoint.Model, ModelAliases.Serving, rollout.Version, s_actor, cause)
            );
        }
    }

    // Only what had begun to get traffic has something to give back.
    private async Task GiveBackAsync(Transaction transaction, RolloutChange change)
    {
        if (change.Old.State != RolloutState.Running)
        {
            return;
        }

        var rollout = change.New;
        await deployments.SetAsync(transaction, rollout.Endpoint, rollout.Version, 0, DeploymentState.RolledBack);
        if (rollout.Previous is { } previous)
        {
            await deployments.SetAsync(transaction, rollout.Endpoint, previous, 100, DeploymentState.Serving);
        }
    }

    private async ValueTask<long> AppendAsync(Transaction transaction, RolloutChange change)
    {
        var rollout = change.New;
        var data = new RolloutEvent(
            rollout.Endpoint,
            change.Endpoint.Model.Model,
            rollout.Version,
            rollout.Previous,
            rollout.Percent,
            rollout.Reason ?? "",
            change.Checks ?? []
        );
        return await log.AppendAsync(
            transaction,
            new NewEvent(
                change.Event!,
                change.Endpoint.Model.Project,
                rollout.Endpoint,
                rollout.Actor,
                data,
                rollout.Cause
            )
        );
    }
}
