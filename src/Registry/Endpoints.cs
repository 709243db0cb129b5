using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Kernel.Projects;
using Rondo.Registry.Deletion;
using Rondo.Registry.Versions;

namespace Rondo.Registry;

internal static class Endpoints
{
    private const string Production = "production";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var models = routes.MapGroup("/api/v1/projects/{project}/models");
        models.MapGet(
            "",
            async (string project, ModelRegistry registry, ProjectStore projects) =>
            {
                await projects.RequireAsync(project);
                return await registry.ListModelsAsync(project);
            }
        );
        models.MapGet("/{model}/versions", ListAsync);
        models.MapGet(
            "/{model}/rejections",
            (string project, string model, string? environment, ModelRegistry registry) =>
                registry.ListRejectionsAsync(project, environment, model)
        );
        models.MapGet("/{model}/versions/{version}", FindAsync);
        models.MapDelete("/{model}/versions/{version}", DeleteAsync);
        models.MapPut("/{model}/aliases/{alias}", MoveAliasAsync);
    }

    private static async Task<IReadOnlyList<ModelVersionSummary>> ListAsync(
        [AsParameters] ModelRoute route,
        ModelRegistry registry,
        ProjectStore projects
    )
    {
        await projects.RequireAsync(route.Project);
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

    private static async Task<ModelVersionDetail> FindAsync(
        string project,
        string model,
        long version,
        string? environment,
        ModelRegistry registry
    )
    {
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
            found.DeletedAt,
            found.DeletedBy
        );
    }

    private static async Task<IResult> DeleteAsync(
        [AsParameters] VersionRoute route,
        HttpContext context,
        ModelDeletion deletion
    )
    {
        var key = new ModelKey(route.Project, route.Environment ?? Production, route.Model);
        return Results.Ok(await deletion.DeleteAsync(key, route.Version, context.GetActor()));
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

    private sealed record ModelRoute(string Project, string Model, string? Environment);

    private sealed record VersionRoute(string Project, string Model, long Version, string? Environment);

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
        DateTimeOffset? DeletedAt,
        string? DeletedBy
    );
}
