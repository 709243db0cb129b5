using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Reconcilers;
using Rondo.Registry;
using Rondo.Registry.Governance;
using Rondo.Sdk.Wire;
using Rondo.Serving.Changes;
using Rondo.Serving.Routing;

namespace Rondo.Serving.Rollouts;

/// <summary>Turns what was released and registered in production into endpoints and wishes for rollouts.</summary>
internal sealed class RolloutSubscriber(
    ModelRegistry registry,
    ModelGovernance governance,
    RolloutStore rollouts,
    SettingStore settings,
    EventLog log,
    TimeProvider time
) : EventSubscriber
{
    private static readonly Actor s_actor = Actor.System("rollout");

    public override string Name => "serving.rollouts";

    public override IReadOnlyCollection<string> Types =>
        [ModelRegisteredEvent.Type, ModelVersionMovedEvent.Type, ReleasedEndpoints.EventType];

    public override async Task HandleAsync(Transaction transaction, LoggedEvent e)
    {
        if (e.Type == ModelRegisteredEvent.Type)
        {
            await RegisteredAsync(transaction, e, e.DataAs<ModelRegisteredEvent>());
            return;
        }

        if (e.Type == ModelVersionMovedEvent.Type)
        {
            await MovedAsync(transaction, e, e.DataAs<ModelVersionMovedEvent>());
            return;
        }

        var release = e.DataAs<ReleasedEndpoints>();
        if (release.Environment != ReleasedEndpoints.Production)
        {
            return;
        }

        // Whoever changes an endpoint holds it, and then waits for its place in the log: all are taken before the first event.
        foreach (var name in (release.Endpoints ?? []).Select(declared => declared.Name).Order(StringComparer.Ordinal))
        {
            await EndpointStore.LockAsync(transaction, name);
        }

        foreach (var declared in release.Endpoints ?? [])
        {
            await DeclareAsync(transaction, e, declared);
        }
    }

    private async Task RegisteredAsync(Transaction transaction, LoggedEvent e, ModelRegisteredEvent registered)
    {
        if (registered.Environment != ReleasedEndpoints.Production)
        {
            return;
        }

        var model = new ModelKey(e.Project, registered.Environment, registered.Model);
        // One that waits for its approval is served when that has come.
        if (await governance.StateAsync(transaction, model, registered.Version) != VersionState.Pending)
        {
            var replaced = await ReplaceRejectedAsync(transaction, e, model);
            await AskAsync(transaction, e, model, registered.Version, replaced);
        }
    }

    private async Task AskAsync(
        Transaction transaction,
        LoggedEvent e,
        ModelKey model,
        long version,
        HashSet<string> except
    )
    {
        foreach (var endpoint in await EndpointStore.FollowingAsync(transaction, model))
        {
            if (!except.Contains(endpoint.Name))
            {
                await rollouts.AskAsync(transaction, new RolloutWish(endpoint.Name, version, s_actor, e.Position));
            }
        }
    }

    private async Task MovedAsync(Transaction transaction, LoggedEvent e, ModelVersionMovedEvent moved)
    {
        var model = new ModelKey(e.Project, moved.Environment, moved.Model);
        switch (moved.To)
        {
            case VersionState.Rejected:
                await GoBackAsync(transaction, e, model, moved.Version);
                break;
            case VersionState.Approved
                when moved.From != VersionState.Production && moved.Environment == ReleasedEndpoints.Production:
                await ApprovedAsync(transaction, e, model, moved);
                break;
        }
    }

    private async Task ApprovedAsync(
        Transaction transaction,
        LoggedEvent e,
        ModelKey model,
        ModelVersionMovedEvent moved
    )
    {
        var replaced = await ReplaceRejectedAsync(transaction, e, model);
        // Elsewhere, what was approved once and is of the past does not come back by that.
        if (moved.From == VersionState.Pending)
        {
            var serving = await registry.FindByAliasAsync(transaction, model, ModelAliases.Serving);
            if (serving is null || serving.Version < moved.Version)
            {
                await AskAsync(transaction, e, model, moved.Version, replaced);
            }
        }
    }

    // A version that was rejected goes on answering where there is no other: the first that comes takes its place, if clients can ask it. The endpoints
    // of which that is asked.
    private async Task<HashSet<string>> ReplaceRejectedAsync(Transaction transaction, LoggedEvent e, ModelKey model)
    {
        var replaced = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (endpoint, version) in await DeploymentStore.ServingAsync(transaction, model))
        {
            if (
                await governance.StateAsync(transaction, model, version) == VersionState.Rejected
                && await ModelGovernance.NewestApprovedAsync(transaction, model, version) is { } approved
            )
            {
                await rollouts.AskAsync(transaction, new RolloutWish(endpoint, approved, s_actor, e.Position));
                replaced.Add(endpoint);
            }
        }

        return replaced;
    }

    // Wherever the rejected version serves, the newest other that may takes its place. Where it is only tried, its rollout ends, and what serves goes on.
    private async Task GoBackAsync(Transaction transaction, LoggedEvent e, ModelKey model, long rejected)
    {
        foreach (var endpoint in await DeploymentStore.AnsweringAsync(transaction, model, rejected))
        {
            if (await DeploymentStore.ServingAsync(transaction, endpoint) != rejected)
            {
                continue;
            }

            if (await ModelGovernance.NewestApprovedAsync(transaction, model, rejected) is { } version)
            {
                await rollouts.AskAsync(
                    transaction,
                    new RolloutWish(endpoint, version, new Actor(e.Actor), e.Position, ByHand: true)
                );
                continue;
            }

            await AppendAsync(
                transaction,
                e,
                FallbackMissingEvent.Type,
                endpoint,
                new FallbackMissingEvent(
                    endpoint,
                    rejected,
                    $"Version {rejected} was rejected, and '{model}' has no other approved version: the endpoint goes on answering with it."
                )
            );
        }
    }

    private async Task DeclareAsync(Transaction transaction, LoggedEvent e, EndpointManifest declared)
    {
        var model = new ModelKey(e.Project, ReleasedEndpoints.Production, declared.Model);
        var known = await EndpointStore.FindAsync(transaction, declared.Name);
        if (known is not null && (known.Model != model || known.Manifest is null))
        {
            var reason = known.Manifest is null
                ? $"'{declared.Name}' was made by hand and pins a version."
                : $"'{declared.Name}' serves '{known.Model}'. Give the endpoint of '{model}' another name.";
            await AppendAsync(
                transaction,
                e,
                EndpointRefusedEvent.Type,
                declared.Name,
                new EndpointRefusedEvent(declared.Name, reason)
            );
            return;
        }

        // What changes have put over the declaration stands, as far as the release says nothing else.
        var holds = known is null ? declared : await settings.ReleaseAsync(transaction, declared);
        await EndpointStore.SaveAsync(
            transaction,
            new ServedEndpoint(
                declared.Name,
                model,
                holds,
                known?.CreatedAt ?? time.GetUtcNow(),
                known?.CreatedBy ?? e.Actor
            )
            {
                Declared = declared,
            }
        );
        if (known is null)
        {
            var created = new EndpointCreatedEvent(declared.Name, model.Model, model.Environment, null)
            {
                Manifest = declared,
            };
            await AppendAsync(transaction, e, EndpointCreatedEvent.Type, declared.Name, created);
            await ServeWhatIsThereAsync(transaction, e, declared.Name, model);
        }
        else if (EndpointStore.Text(known.Manifest) != EndpointStore.Text(holds))
        {
            var updated = new EndpointUpdatedEvent(
                declared.Name,
                model.Model,
                model.Environment,
                holds,
                SettingStore.Differences(known.Manifest!, holds),
                "a release"
            );
            await AppendAsync(transaction, e, EndpointUpdatedEvent.Type, declared.Name, updated);
        }
    }

    // A model may be older than the endpoint that is to serve it.
    private async Task ServeWhatIsThereAsync(Transaction transaction, LoggedEvent e, string endpoint, ModelKey model)
    {
        var version =
            (await registry.FindByAliasAsync(transaction, model, ModelAliases.Serving))?.Version
            ?? await ModelGovernance.NewestApprovedAsync(transaction, model, except: 0);
        if (version is { } number)
        {
            await rollouts.AskAsync(transaction, new RolloutWish(endpoint, number, s_actor, e.Position));
        }
    }

    private async Task AppendAsync(Transaction transaction, LoggedEvent e, string type, string endpoint, object data) =>
        await log.AppendAsync(
            transaction,
            new NewEvent(type, e.Project, endpoint, new Actor(e.Actor), data, e.Position)
        );
}
