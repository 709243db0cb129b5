using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Paging;
using Rondo.Kernel.Projects;
using Rondo.Pipelines.Runs;

namespace Rondo.Pipelines.Backfills;

internal static class BackfillEndpoints
{
    private const int ParallelOtherwise = 2;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes
            .MapPost("/api/v1/projects/{project}/pipelines/{pipeline}/backfills", CreateAsync)
            .Needs(Permission.PipelinesRun, At.Project);
        routes.MapGet("/api/v1/projects/{project}/backfills", ListAsync).Needs(Permission.Read, At.Project);
        routes
            .MapGet("/api/v1/backfills/{id}", (string id, BackfillStore backfills) => backfills.GetAsync(id))
            .Needs(Permission.Read, PipelinePlaces.OfBackfill);
        routes
            .MapGet("/api/v1/backfills/{id}/partitions", PartitionsAsync)
            .Needs(Permission.Read, PipelinePlaces.OfBackfill);
        routes
            .MapPost(
                "/api/v1/backfills/{id}/cancel",
                (string id, BackfillStore backfills, HttpContext context) =>
                    backfills.CancelAsync(id, context.GetActor())
            )
            .Needs(Permission.PipelinesRun, PipelinePlaces.OfBackfill);
    }

    private static async Task<IResult> CreateAsync(
        string project,
        string pipeline,
        NewBackfillBody body,
        HttpContext context,
        BackfillStore backfills
    )
    {
        var wish = new NewBackfill(
            project,
            body.Environment ?? PipelineCatalog.TriggeredEnvironment,
            pipeline,
            Required(body.From, "from"),
            Required(body.To, "to"),
            body.Only ?? BackfillOnly.Missing,
            body.Parallel ?? ParallelOtherwise
        )
        {
            Fresh = body.Fresh ?? false,
            Priority = body.Priority,
            Parameters = body.Parameters ?? new Dictionary<string, JsonElement>(StringComparer.Ordinal),
            Reason = string.IsNullOrWhiteSpace(body.Reason) ? null : body.Reason,
        };
        var backfill = await backfills.CreateAsync(wish, context.GetActor());
        return Results.Created($"/api/v1/backfills/{backfill.Id}", backfill);
    }

    private static async Task<Page<Backfill>> ListAsync(
        string project,
        string? before,
        int? limit,
        BackfillStore backfills,
        ProjectStore projects
    )
    {
        await projects.RequireAsync(project);
        return await backfills.ListAsync(project, before, limit);
    }

    private static Task<Page<BackfillPartition>> PartitionsAsync(
        string id,
        string? state,
        long? after,
        int? limit,
        BackfillStore backfills
    ) => backfills.PartitionsAsync(id, state, after, limit);

    private static string Required(string? key, string name) =>
        string.IsNullOrEmpty(key)
            ? throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The backfill does not say '{name}'.",
                "Name the first and the last partition."
            )
            : key;

    private sealed record NewBackfillBody(
        string? Environment,
        string? From,
        string? To,
        string? Only,
        int? Parallel,
        bool? Fresh,
        int? Priority,
        Dictionary<string, JsonElement>? Parameters,
        string? Reason
    );
}
