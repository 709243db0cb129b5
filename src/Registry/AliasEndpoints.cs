using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Registry.Clients;

namespace Rondo.Registry;

/// <summary>Moves and removes the aliases of models, by the rules that clients are held to, too.</summary>
internal static class AliasEndpoints
{
    public static void Map(IEndpointRouteBuilder models)
    {
        models.MapPut("/{model}/aliases/{alias}", MoveAsync).Needs(Permission.ModelsWrite, At.Project);
        models.MapDelete("/{model}/aliases/{alias}", RemoveAsync).Needs(Permission.ModelsWrite, At.Project);
    }

    private static async Task<IResult> MoveAsync(
        [AsParameters] AliasRoute route,
        AliasBody body,
        HttpContext context,
        [AsParameters] AliasServices services
    )
    {
        RequireOwn(route.Alias);
        var version =
            body.Version
            ?? throw new RondoException(
                ErrorCode.InvalidArgument,
                "The body has no 'version'.",
                "Send the number of the version that the alias is to mean."
            );
        await Endpoints.OwnWordsAsync(() =>
        {
            // A slash is what the web server leaves as it was written.
            RegisteredModelStore.CheckAlias(route.Alias.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));
            return Task.FromResult(true);
        });
        var key = new ModelKey(route.Project, body.Environment ?? Endpoints.Production, route.Model);
        await services.Database.WriteAsync(async transaction =>
        {
            await services.OfClients.TouchAsync(transaction, key);
            await services.Registry.MoveAliasAsync(
                transaction,
                new AliasMove(key, route.Alias, version, context.GetActor())
            );
        });
        return Results.NoContent();
    }

    // Whatever its name: an earlier version of Rondo took names here that are no aliases.
    private static async Task<IResult> RemoveAsync(
        [AsParameters] AliasRoute route,
        string? environment,
        HttpContext context,
        [AsParameters] AliasServices services
    )
    {
        RequireOwn(route.Alias);
        var key = new ModelKey(route.Project, environment ?? Endpoints.Production, route.Model);
        await services.Database.WriteAsync(async transaction =>
        {
            await services.OfClients.TouchAsync(transaction, key);
            if (!await services.Registry.RemoveAliasAsync(transaction, key, route.Alias, context.GetActor()))
            {
                throw new RondoException(
                    ErrorCode.NotFound,
                    $"Model '{key}' has no alias '{route.Alias}' that somebody has given it.",
                    $"List what there is: rondo models --project {route.Project}."
                );
            }
        });
        return Results.NoContent();
    }

    private static void RequireOwn(string alias)
    {
        if (alias == ModelAliases.Serving)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                "The alias 'serving' says what an endpoint answers with, and is moved by rollouts only.",
                "Pin a version on an endpoint instead: rondo endpoints create NAME --model MODEL --pin VERSION."
            );
        }
    }

    private sealed record AliasRoute(string Project, string Model, string Alias);

    private sealed record AliasBody(long? Version, string? Environment);

    private sealed record AliasServices(ModelRegistry Registry, RegisteredModelStore OfClients, Database Database);
}
