using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Registry;
using Rondo.Serving.Rollouts;
using Rondo.Serving.Routing;

namespace Rondo.Serving;

/// <summary>The management of endpoints below <c>/api/v1</c>.</summary>
internal static class Endpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var endpoints = routes.MapGroup("/api/v1/endpoints");
        endpoints.MapGet("", ListAsync).NeedsSomewhere(Permission.Read);
        endpoints.MapPost("", CreateAsync).NeedsSomewhere(Permission.EndpointsWrite);
        endpoints
            .MapGet(
                "/{endpoint}",
                async (string endpoint, EndpointStore store, EndpointOverviews overviews) =>
                    await overviews.DetailsOfAsync(await store.RequireAsync(endpoint))
            )
            .Needs(Permission.Read, ServingPlaces.OfEndpoint);
        endpoints.MapGet("/{endpoint}/rollouts", RolloutsAsync).Needs(Permission.Read, ServingPlaces.OfEndpoint);
        endpoints
            .MapPost("/{endpoint}/deployments", MoveAsync)
            .Needs(Permission.EndpointsWrite, ServingPlaces.OfEndpoint);
        routes
            .MapGet(
                "/api/v1/projects/{project}/models/{model}/versions/{version}/deployments",
                (string project, string model, long version, string? environment, DeploymentHistory history) =>
                    history.ListAsync(
                        new ModelKey(project, environment ?? ReleasedEndpoints.Production, model),
                        version
                    )
            )
            .Needs(Permission.Read, At.Project);
    }

    private static async Task<IReadOnlyList<EndpointOverview>> ListAsync(
        string? project,
        HttpContext context,
        EndpointStore store,
        EndpointOverviews overviews
    )
    {
        var all = new List<EndpointOverview>();
        foreach (var endpoint in await store.ListAsync(project, context.GetCaller().ProjectsWith(Permission.Read)))
        {
            all.Add(await overviews.OfAsync(endpoint));
        }

        return all;
    }

    private static async Task<IResult> CreateAsync(
        CreateBody body,
        HttpContext context,
        PinnedEndpoints pinned,
        EndpointOverviews overviews
    )
    {
        context.GetCaller().Require(Permission.EndpointsWrite, Place.Project(body.Project));
        var model = new ModelKey(body.Project, body.Environment ?? ReleasedEndpoints.Production, body.Model);
        var endpoint = await pinned.CreateAsync(body.Name, model, body.Version, context.GetActor());
        return Results.Created($"/api/v1/endpoints/{endpoint.Name}", await overviews.OfAsync(endpoint));
    }

    private static async Task<IReadOnlyList<RolloutView>> RolloutsAsync(
        string endpoint,
        EndpointStore store,
        RolloutStore rollouts
    )
    {
        await store.RequireAsync(endpoint);
        return [.. (await rollouts.ListAsync(endpoint)).Select(RolloutView.Of)];
    }

    private static async Task<IResult> MoveAsync(
        string endpoint,
        MoveBody body,
        HttpContext context,
        PinnedEndpoints pinned
    )
    {
        await pinned.MoveAsync(endpoint, body.Version, context.GetActor());
        return Results.Accepted($"/api/v1/endpoints/{endpoint}");
    }

    private sealed record CreateBody(string Name, string Project, string Model, long Version, string? Environment);

    private sealed record MoveBody(long Version);
}
