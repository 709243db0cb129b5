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
    /// <summary>The environment of models where none is named.</summary>
    public const string Production = "production";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/models/find", FindTextAsync).NeedsSomewhere(Permission.Read);
        var models = routes.MapGroup("/api/v1/projects/{project}/models");
        models
            .MapGet(
                "",
                async (string project, int? limit, string? after, ModelLists lists, ProjectStore projects) =>
                {
                    await projects.RequireAsync(project);
                    return await lists.ModelsAsync(project, PageAsked.Of(limit, after));
                }
            )
            .Needs(Permission.Read, At.Project);
        models.MapGet("/{model}/versions", ListAsync).Needs(Permission.Read, At.Project);
        models
            .MapGet(
                "/{model}/rejections",
                ([AsParameters] ModelRoute route, ModelLists lists) =>
                    lists.RejectionsAsync(
                        route.Project,
                        route.Environment,
                        route.Model,
                        PageAsked.Of(route.Limit, route.After)
                    )
            )
            .Needs(Permission.Read, At.Project);
        models.MapGet("/{model}/versions/{version}", FindAsync).Needs(Permission.Read, At.Project);
        models.MapDelete("/{model}/versions/{version}", DeleteAsync).Needs(Permission.ModelsWrite, At.Project);
        AliasEndpoints.Map(models);
        CardEndpoints.Map(models);
        models.MapPost("/{model}/versions/{version}/state", DecideAsync).Needs(Permission.ModelsDecide, At.Project);
        models
            .MapGet(
                "/{model}/versions/{version}/history",
                ([AsParameters] VersionRoute route, HttpContext context, ModelGovernance governance) =>
                    governance.HistoryAsync(route.Key, route.Version, context.GetCaller())
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
        ModelLists lists,
        ProjectStore projects,
        RegisteredModelStore clientModels
    )
    {
        await projects.RequireAsync(route.Project);
        var asked = PageAsked.Of(route.Limit, route.After);
        if (route.Project == ClientModels.Project)
        {
            await clientModels.RequireOfClientsAsync(route.Model, route.Environment);
            return await OwnWordsAsync(() => lists.OfClientsAsync(route.Model, asked));
        }

        var versions = await lists.VersionsAsync(route.Project, route.Environment, route.Model, asked);
        return versions.Items.Count > 0 || asked.After is not null
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
        [AsParameters] ClientServices clients
    )
    {
        var (project, model, version, environment) = route;
        var key = new ModelKey(project, environment ?? Production, model);
        if (project == ClientModels.Project)
        {
            await clients.Models.RequireOfClientsAsync(model, environment);
            var ofClient = ClientVersion.Of(
                await OwnWordsAsync(() => clients.Versions.FindAsync(model, version))
                    ?? throw await registry.MissingAsync(key, version)
            );
            return ofClient with { Files = clients.Files.Read(ofClient.Storage) };
        }

        var found = await registry.LookUpAsync(key, version) ?? throw await registry.MissingAsync(key, version);
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
        [AsParameters] ClientServices clients
    )
    {
        if (route.Project == ClientModels.Project)
        {
            await clients.Models.RequireOfClientsAsync(route.Model, route.Environment);
            await OwnWordsAsync(async () =>
            {
                await clients.Versions.DeleteAsync(route.Model, route.Version, context.GetActor(), withAliases: false);
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
        var move = new VersionMove(route.Key, route.Version, body.State ?? "", context.GetActor(), body.Reason ?? "")
        {
            Evidence = body.Evidence is { ValueKind: not JsonValueKind.Null } given ? given : null,
        };
        var from = await governance.DecideAsync(move, context.GetCaller());
        return new Decision(ModelVersion.IdOf(route.Key, route.Version), from, body.State!);
    }

    /// <summary>Does what clients may do as well, and tells what is wrong in our own words.</summary>
    public static async Task<T> OwnWordsAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Refusal e)
        {
            throw e.Code == Refusal.DoesNotExist
                ? new RondoException(
                    ErrorCode.NotFound,
                    e.Message.TrimEnd('.') + ".",
                    $"List what there is: rondo models --project {ClientModels.Project}."
                )
                : new RondoException(ErrorCode.InvalidArgument, e.Message);
        }
    }

    private sealed record ClientServices(
        RegisteredModelStore Models,
        RegisteredVersionStore Versions,
        ModelFileReader Files
    );

    private sealed record ModelRoute(string Project, string Model, string? Environment, int? Limit, string? After);

    private sealed record VersionRoute(string Project, string Model, long Version, string? Environment)
    {
        public ModelKey Key => new(Project, Environment ?? Production, Model);
    }

    private sealed record DecisionBody(string State, string Reason, JsonElement? Evidence);

    private sealed record Decision(string Id, string From, string State);

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
