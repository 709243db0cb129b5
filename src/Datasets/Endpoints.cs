using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Rondo.Data;
using Rondo.Datasets.Subjects;
using Rondo.Datasets.Versions;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Paging;

namespace Rondo.Datasets;

internal static class Endpoints
{
    private const string Production = "production";

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/projects/{project}/datasets");
        group.MapGet("", ListAsync).Needs(Permission.Read, At.Project);
        group.MapGet("/{dataset}/versions", VersionsAsync).Needs(Permission.Read, At.Project);
        group.MapDelete("/{dataset}/versions/{version}", DeleteAsync).Needs(Permission.DataWrite, At.Project);
        group.MapGet("/{dataset}/diff", DiffAsync).Needs(Permission.Read, At.Project);
        group.MapGet("/{dataset}/versions/{version}/description", DescribeAsync).Needs(Permission.Read, At.Project);
        group.MapPost("/{dataset}/missing", MissingAsync).Needs(Permission.DataWrite, At.Project);
        group.MapPost("/{dataset}/versions", AddAsync).Needs(Permission.DataWrite, At.Project);
        group
            .MapPut("/{dataset}/content/{digest}", PutContentAsync)
            .WithMetadata(new RequestSizeLimitAttribute(DatasetStore.FileBytesMax))
            .Needs(Permission.DataWrite, At.Project);
        SubjectEndpoints.Map(group);
        group
            .MapPost("/{dataset}/files/{fileName}", PushAsync)
            .WithMetadata(new RequestSizeLimitAttribute(DatasetStore.FileBytesMax))
            .Needs(Permission.DataWrite, At.Project);
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

    // "newest" stands for the number of the newest version.
    private static async Task<IResult> DescribeAsync(
        [AsParameters] DescriptionRoute route,
        DatasetDescriptions descriptions,
        CancellationToken cancellation
    ) =>
        Results.Ok(
            await descriptions.DescribeAsync(
                new DatasetPlace(route.Project, route.Environment ?? Production, route.Dataset),
                NumberOf(route.Version),
                cancellation
            )
        );

    private static long? NumberOf(string version) =>
        version == "newest" ? null
        : long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new RondoException(
            ErrorCode.InvalidArgument,
            $"'{version}' is no version.",
            "Give its number, or newest."
        );

    private static async Task<IResult> MissingAsync(
        [AsParameters] DatasetRoute route,
        ContentDigests asked,
        DatasetStore datasets
    ) =>
        Results.Ok(
            new ContentDigests(
                await datasets.MissingAsync(
                    new DatasetPlace(route.Project, route.Environment ?? Production, route.Dataset),
                    asked.Digests ?? []
                )
            )
        );

    private static async Task<IResult> AddAsync(
        [AsParameters] DatasetRoute route,
        DatasetAddition addition,
        HttpContext context,
        DatasetStore datasets
    )
    {
        var added = await datasets.AddAsync(
            new DatasetPlace(route.Project, route.Environment ?? Production, route.Dataset),
            // How far a connector was read, and which run has made the rows, is for the steps themselves to say.
            addition with
            {
                Marks = null,
                ReadSince = null,
                Rows = null,
            },
            context.GetActor()
        );
        return Results.Json(added, statusCode: added.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private static async Task<IResult> PutContentAsync(
        [AsParameters] ContentRoute route,
        HttpContext context,
        DatasetStore datasets
    ) =>
        Results.Ok(
            await datasets.PutContentAsync(
                new DatasetPlace(route.Project, Production, route.Dataset),
                route.Digest,
                context.Request.Body
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

    internal sealed record DescriptionRoute(string Project, string Dataset, string Version, string? Environment);

    internal sealed record DatasetRoute(string Project, string Dataset, string? Environment);

    internal sealed record ContentRoute(string Project, string Dataset, string Digest);

    internal sealed record ContentDigests(IReadOnlyList<string>? Digests);

    internal sealed record VersionRoute(string Project, string Dataset, long Version, string? Environment);

    internal sealed record PushQuery(string Project, string Dataset, string FileName, string? Environment);
}
