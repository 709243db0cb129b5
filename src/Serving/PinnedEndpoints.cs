using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Events;
using Rondo.Registry;
using Rondo.Registry.Governance;
using Rondo.Serving.Rollouts;
using Rondo.Serving.Routing;

namespace Rondo.Serving;

/// <summary>Endpoints by hand: one that pins a version, and the wish to move any endpoint to a version.</summary>
internal sealed class PinnedEndpoints(
    Database database,
    EventLog log,
    ModelRegistry registry,
    ModelGovernance governance,
    EndpointStore endpoints,
    DeploymentStore deployments,
    RolloutStore rollouts,
    EndpointLoader loader,
    TimeProvider time
)
{
    private const int NameCharsMax = 64;

    /// <summary>Creates an endpoint that answers with one version until it is told otherwise. The version must load and answer its example.</summary>
    public async Task<ServedEndpoint> CreateAsync(string name, ModelKey model, long version, Actor actor)
    {
        RequireName(name);
        var pinned = await registry.GetAsync(model, version);
        await governance.RequireServableAsync(model, version);
        if (await endpoints.FindAsync(name) is not null)
        {
            throw Exists(name);
        }

        await loader.PrepareAsync(name, pinned);
        var endpoint = new ServedEndpoint(name, model, null, time.GetUtcNow(), actor.Name);
        await database.WriteAsync(async transaction =>
        {
            await EndpointStore.LockAsync(transaction, name);
            if (await EndpointStore.FindAsync(transaction, name) is not null)
            {
                throw Exists(name);
            }

            await registry.RequireAsync(transaction, model, version);
            await EndpointStore.SaveAsync(transaction, endpoint);
            await deployments.SetAsync(transaction, name, version, 100, DeploymentState.Serving);
            var data = new EndpointCreatedEvent(name, model.Model, model.Environment, version);
            await log.AppendAsync(
                transaction,
                new NewEvent(EndpointCreatedEvent.Type, model.Project, name, actor, data)
            );
        });
        await loader.RefreshAsync();
        return endpoint;
    }

    /// <summary>Asks for a rollout of a version, older or newer, by hand.</summary>
    public async Task MoveAsync(string name, long version, Actor actor)
    {
        var endpoint = await endpoints.RequireAsync(name);
        await governance.RequireServableAsync(endpoint.Model, version);
        await database.WriteAsync(async transaction =>
        {
            await registry.RequireAsync(transaction, endpoint.Model, version);
            var data = new RolloutRequestedEvent(name, endpoint.Model.Model, version);
            var position = await log.AppendAsync(
                transaction,
                new NewEvent(RolloutRequestedEvent.Type, endpoint.Model.Project, name, actor, data)
            );
            await rollouts.AskAsync(transaction, new RolloutWish(name, version, actor, position, ByHand: true));
        });
    }

    private static void RequireName(string name)
    {
        var valid =
            name.Length is > 0 and <= NameCharsMax
            && char.IsAsciiLetterLower(name[0])
            && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
        if (!valid)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{name}' cannot name an endpoint.",
                "Use 1 to 64 lower-case letters, digits and hyphens, starting with a letter."
            );
        }
    }

    private static RondoException Exists(string name) =>
        new(
            ErrorCode.Conflict,
            $"There is an endpoint '{name}' already.",
            $"Move it to another version: rondo endpoints move {name} --pin VERSION."
        );
}
