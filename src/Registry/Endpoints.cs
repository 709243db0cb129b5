using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Kernel.Paging;
using Rondo.Kernel.Projects;
using Rondo.Mlflow.Wire;
using Rondo.Registry.Cards;
using Rondo.Registry.Clients;
using Rondo.Registry.Clients.Formats;
using Rondo.Registry.Deletion;
using Rondo.Registry.Governance;
using Rondo.Registry.Versions;

namespace Rondo.Registry;

internal static class Endpoints
{
    private const string Production = "production";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/models/find", FindTextAsync).NeedsSomewhere(Permission.Read);
        var models = routes.MapGroup("/api/v1/projects/{project}/models");
        models
            .MapGet(
                "",
                async (string project, ModelRegistry registry, ProjectStore projects) =>
                {
                    await projects.RequireAsync(project);
                    return await registry.ListModelsAsync(project);
                }
            )
            .Needs(Permission.Read, At.Project);
        models.MapGet("/{model}/versions", ListAsync).Needs(Permission.Read, At.Project);
        models
            .MapGet(
                "/{model}/rejections",
                (string project, string model, string? environment, ModelRegistry registry) =>
                    registry.ListRejectionsAsync(project, environment, model)
            )
            .Needs(Permission.Read, At.Project);
        models.MapGet("/{model}/versions/{version}", FindAsync).Needs(Permission.Read, At.Project);
        models.MapDelete("/{model}/versions/{version}", DeleteAsync).Needs(Permission.ModelsWrite, At.Project);
        models.MapPut("/{model}/aliases/{alias}", MoveAliasAsync).Needs(Permission.ModelsWrite, At.Project);
        CardEndpoints.Map(models);
        models.MapPost("/{model}/versions/{version}/state", DecideAsync).Needs(Permission.ModelsDecide, At.Project);
        models
            .MapGet(
                "/{model}/versions/{version}/history",
                ([AsParameters] VersionRoute route, ModelGovernance governance) =>
                    governance.HistoryAsync(route.Key, route.Version)
            )
            .Needs(Permission.Read, At.Project);
    }

    private static async Task<ModelFindings> FindTextAsync(
        string? text,
        int? limit,
        ModelTextSearch search,
        HttpContext context
    )
    {
        try
        {
            return await search.FindAsync(
                text ?? "",
                context.GetCaller().ProjectsWith(Permission.Read),
                PageLimit.Of(limit)
            );
        }
        catch (Refusal e)
        {
            throw new RondoException(ErrorCode.InvalidArgument, e.Message);
        }
    }

    private static async Task<object> ListAsync(
        [AsParameters] ModelRoute route,
        ModelRegistry registry,
        RegisteredVersionStore ofClients,
        ProjectStore projects
    )
    {
        await projects.RequireAsync(route.Project);
        if (route.Project == ClientModels.Project)
        {
            return (await OwnWordsAsync(() => ofClients.ListAsync(route.Model))).Select(ClientVersion.Of);
        }

        var versions = await registry.ListAsync(route.Project, route.Environment, route.Model);
        return versions.Count > 0
            ? versions
            : throw new RondoException(
                ErrorCode.NotFound,
                $"Project '{route.Project}' has no version of a model '{route.Model}'"
                    + (route.Environment is { } environment ? $" in {environment}." : "."),
                $"List what there is: rondo models --project {route.Project}."
            );
    }

    private static async Task<object> FindAsync(
        [AsParameters] VersionRoute route,
        ModelRegistry registry,
        RegisteredVersionStore ofClients,
        ModelFileReader files
    )
    {
        var (project, model, version, environment) = route;
        if (project == ClientModels.Project)
        {
            var ofClient = ClientVersion.Of(await OwnWordsAsync(() => ofClients.GetAsync(model, version)));
            return ofClient with { Files = files.Read(ofClient.Storage) };
        }

        var found =
            await registry.LookUpAsync(new ModelKey(project, environment ?? Production, model), version)
            ?? throw new RondoException(
                ErrorCode.NotFound,
                $"Model '{project}/{environment ?? Production}/{model}' has no version {version}.",
                $"List what there is: rondo models show {model} --project {project}."
            );
        return new ModelVersionDetail(
            found.Id,
            found.Project,
            found.Environment,
            found.Model,
            found.Version,
            StoredProposal.Of(found.Proposal),
            found.Origin,
            found.CreatedAt,
            found.Before,
            found.State,
            found.DeletedAt,
            found.DeletedBy
        );
    }

    private static async Task<IResult> DeleteAsync(
        [AsParameters] VersionRoute route,
        HttpContext context,
        ModelDeletion deletion,
        RegisteredVersionStore ofClients
    )
    {
        if (route.Project == ClientModels.Project)
        {
            await OwnWordsAsync(async () =>
            {
                await ofClients.DeleteAsync(route.Model, route.Version, context.GetActor());
                return true;
            });
            return Results.Ok(new { id = ModelVersion.IdOf(route.Key, route.Version) });
        }

        var key = new ModelKey(route.Project, route.Environment ?? Production, route.Model);
        return Results.Ok(await deletion.DeleteAsync(key, route.Version, context.GetActor()));
    }

    private static async Task<Decision> DecideAsync(
        [AsParameters] VersionRoute route,
        DecisionBody body,
        HttpContext context,
        ModelGovernance governance
    )
    {
        var from = await governance.DecideAsync(
            new VersionMove(route.Key, route.Version, body.State ?? "", context.GetActor(), body.Reason ?? "")
            {
                Evidence = body.Evidence,
            }
        );
        return new Decision(ModelVersion.IdOf(route.Key, route.Version), from, body.State!);
    }

    private static async Task<IResult> MoveAliasAsync(
        [AsParameters] AliasRoute route,
        AliasBody body,
        HttpContext context,
        ModelRegistry registry,
        Database database
    )
    {
        if (route.Alias == ModelAliases.Serving)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                "The alias 'serving' says what an endpoint answers with, and is moved by rollouts only.",
                "Pin a version on an endpoint instead: rondo endpoints create NAME --model MODEL --pin VERSION."
            );
        }

        var key = new ModelKey(route.Project, body.Environment ?? Production, route.Model);
        await database.WriteAsync(async transaction =>
            await registry.MoveAliasAsync(
                transaction,
                new AliasMove(key, route.Alias, body.Version, context.GetActor())
            )
        );
        return Results.NoContent();
    }

    private static async Task<T> OwnWordsAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Refusal e)
        {
            throw new RondoException(
                e.Code == Refusal.DoesNotExist ? ErrorCode.NotFound : ErrorCode.InvalidArgument,
                e.Message
            );
        }
    }

    private sealed record ModelRoute(string Project, string Model, string? Environment);

    private sealed record VersionRoute(string Project, string Model, long Version, string? Environment)
    {
        public ModelKey Key => new(Project, Environment ?? Production, Model);
    }

    private sealed record DecisionBody(string State, string Reason, JsonElement? Evidence);

    private sealed record Decision(string Id, string From, string State);

    private sealed record AliasRoute(string Project, string Model, string Alias);

    private sealed record AliasBody(long Version, string? Environment);

    private sealed record ModelVersionDetail(
        string Id,
        string Project,
        string Environment,
        string Model,
        long Version,
        StoredProposal Proposal,
        ModelOrigin Origin,
        DateTimeOffset CreatedAt,
        ModelsBefore Before,
        string State,
        DateTimeOffset? DeletedAt,
        string? DeletedBy
    );
}
