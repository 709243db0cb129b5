using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Kernel.Reconcilers;
using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Serving.Rollouts;

/// <summary>Turns what was released and registered in production into endpoints and wishes for rollouts.</summary>
internal sealed class RolloutSubscriber(ModelRegistry registry, RolloutStore rollouts, EventLog log, TimeProvider time)
    : EventSubscriber
{
    private static readonly Actor s_actor = Actor.System("rollout");

    public override string Name => "serving.rollouts";

    public override IReadOnlyCollection<string> Types => [ModelRegisteredEvent.Type, ReleasedEndpoints.EventType];

    public override async Task HandleAsync(Transaction transaction, LoggedEvent e)
    {
        if (e.Type == ModelRegisteredEvent.Type)
        {
            await RegisteredAsync(transaction, e, e.DataAs<ModelRegisteredEvent>());
            return;
        }

        var release = e.DataAs<ReleasedEndpoints>();
        if (release.Environment != ReleasedEndpoints.Production)
        {
            return;
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
        foreach (var endpoint in await EndpointStore.FollowingAsync(transaction, model))
        {
            await rollouts.AskAsync(
                transaction,
                new RolloutWish(endpoint.Name, registered.Version, s_actor, e.Position)
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

        await EndpointStore.SaveAsync(
            transaction,
            new ServedEndpoint(
                declared.Name,
                model,
                declared,
                known?.CreatedAt ?? time.GetUtcNow(),
                known?.CreatedBy ?? e.Actor
            )
        );
        if (known is null)
        {
            var created = new EndpointCreatedEvent(declared.Name, model.Model, model.Environment, null);
            await AppendAsync(transaction, e, EndpointCreatedEvent.Type, declared.Name, created);
            await ServeWhatIsThereAsync(transaction, e, declared.Name, model);
        }
        else if (!SameDeclaration(known.Manifest!, declared))
        {
            var updated = new EndpointUpdatedEvent(declared.Name, model.Model, model.Environment);
            await AppendAsync(transaction, e, EndpointUpdatedEvent.Type, declared.Name, updated);
        }
    }

    // A model may be older than the endpoint that is to serve it.
    private async Task ServeWhatIsThereAsync(Transaction transaction, LoggedEvent e, string endpoint, ModelKey model)
    {
        var version =
            await registry.FindByAliasAsync(transaction, model, ModelAliases.Serving)
            ?? await registry.FindNewestAsync(transaction, model);
        if (version is not null)
        {
            await rollouts.AskAsync(transaction, new RolloutWish(endpoint, version.Version, s_actor, e.Position));
        }
    }

    private async Task AppendAsync(Transaction transaction, LoggedEvent e, string type, string endpoint, object data) =>
        await log.AppendAsync(
            transaction,
            new NewEvent(type, e.Project, endpoint, new Actor(e.Actor), data, e.Position)
        );

    private static bool SameDeclaration(EndpointManifest one, EndpointManifest other) =>
        System.Text.Json.JsonSerializer.Serialize(one, Data.RondoJson.Options)
        == System.Text.Json.JsonSerializer.Serialize(other, Data.RondoJson.Options);
}
