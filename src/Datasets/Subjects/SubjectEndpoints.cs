using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Paging;

namespace Rondo.Datasets.Subjects;

internal static class SubjectEndpoints
{
    /// <summary>Below the datasets of a project. The value comes in the body: addresses are written into logs.</summary>
    public static void Map(RouteGroupBuilder datasets)
    {
        datasets.MapGet("/forgotten", ListAsync).Needs(Permission.Read, At.Project);
        datasets.MapPost("/{dataset}/forget", ForgetAsync).Needs(Permission.DataWrite, At.Project);
    }

    private static async Task<IResult> ListAsync(
        string project,
        int? limit,
        string? before,
        SubjectDeletion subjects
    ) => Results.Ok(await subjects.ListAsync(project, PageLimit.Of(limit), before));

    private static async Task<IResult> ForgetAsync(
        [AsParameters] Route route,
        Body body,
        HttpContext context,
        SubjectDeletion subjects
    )
    {
        var place = new DatasetPlace(route.Project, route.Environment ?? "production", route.Dataset);
        var request = new SubjectRequest(body.Column ?? "", body.Value ?? "", body.Reason, body.Force);
        return Results.Ok(
            body.DryRun
                ? await subjects.PlanAsync(place, request, context.RequestAborted)
                : await subjects.ForgetAsync(place, request, context.GetActor(), context.RequestAborted)
        );
    }

    internal sealed record Route(string Project, string Dataset, string? Environment);

    internal sealed record Body(string? Column, string? Value, string? Reason, bool Force, bool DryRun);
}
