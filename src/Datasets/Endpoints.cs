using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Rondo.Datasets.Subjects;
using Rondo.Datasets.Versions;
using Rondo.Kernel;
using Rondo.Kernel.Paging;

namespace Rondo.Datasets;

internal static class Endpoints
{
    private const string Production = "production";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/projects/{project}/datasets");
        group.MapGet("", ListAsync);
        group.MapGet("/{dataset}/versions", VersionsAsync);
        group.MapDelete("/{dataset}/versions/{version}", DeleteAsync);
        group.MapGet("/{dataset}/diff", DiffAsync);
        SubjectEndpoints.Map(group);
        group
            .MapPost("/{dataset}/files/{fileName}", PushAsync)
            .WithMetadata(new RequestSizeLimitAttribute(DatasetStore.FileBytesMax));
    }

    private static async Task<IResult> ListAsync(string project, string? environment, DatasetStore datasets) =>
        Results.Ok(new Page<DatasetVersion>(await datasets.ListAsync(project, environment), Next: null));

    private static async Task<IResult> VersionsAsync([AsParameters] VersionsQuery query, DatasetStore datasets) =>
        Results.Ok(
            await datasets.VersionsAsync(
                new DatasetPlace(query.Project, query.Environment ?? Production, query.Dataset),
                PageLimit.Of(query.Limit),
                query.Before
            )
        );

    private static async Task<IResult> DiffAsync(
        [AsParameters] DiffQuery query,
        DatasetDiffs diffs,
        CancellationToken cancellation
    ) =>
        Results.Ok(
            await diffs.DiffAsync(
                new DatasetPlace(query.Project, query.Environment ?? Production, query.Dataset),
                query.From,
                query.To,
                cancellation
            )
        );

    private static async Task<IResult> DeleteAsync(
        [AsParameters] VersionRoute route,
        HttpContext context,
        DatasetDeletion deletion
    ) =>
        Results.Ok(
            await deletion.DeleteAsync(
                new DatasetPlace(route.Project, route.Environment ?? Production, route.Dataset),
                route.Version,
                context.GetActor()
            )
        );

    private static async Task<IResult> PushAsync(
        [AsParameters] PushQuery query,
        HttpContext context,
        DatasetStore datasets
    )
    {
        var push = await datasets.PushFileAsync(
            new DatasetPlace(query.Project, query.Environment ?? Production, query.Dataset),
            query.FileName,
            context.Request.Body,
            context.GetActor()
        );
        return Results.Json(push, statusCode: push.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    internal sealed record VersionsQuery(string Project, string Dataset, string? Environment, int? Limit, long? Before);

    internal sealed record DiffQuery(string Project, string Dataset, string? Environment, long From, long To);

    internal sealed record VersionRoute(string Project, string Dataset, long Version, string? Environment);

    internal sealed record PushQuery(string Project, string Dataset, string FileName, string? Environment);
}
