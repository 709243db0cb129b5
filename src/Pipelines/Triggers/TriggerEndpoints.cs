using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Projects;

namespace Rondo.Pipelines.Triggers;

internal static class TriggerEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/projects/{project}/triggers", ListAsync).Needs(Permission.Read, At.Project);
        routes
            .MapPost("/api/v1/projects/{project}/pipelines/{pipeline}/triggers/pause", PauseAsync)
            .Needs(Permission.PipelinesRun, At.Project);
        routes
            .MapPost("/api/v1/projects/{project}/pipelines/{pipeline}/triggers/resume", ResumeAsync)
            .Needs(Permission.PipelinesRun, At.Project);
        routes.MapPost("/api/v1/projects/{project}/events", AppendAsync).Needs(Permission.PipelinesRun, At.Project);
    }

    private static async Task<IReadOnlyList<TriggerView>> ListAsync(
        string project,
        TriggerBoard triggers,
        ProjectStore projects
    )
    {
        await projects.RequireAsync(project);
        return await triggers.ListAsync(project);
    }

    private static async Task<IReadOnlyList<TriggerView>> PauseAsync(
        string project,
        string pipeline,
        ChoiceBody? body,
        HttpContext context,
        [AsParameters] Services services
    )
    {
        var choice = new TriggerChoice(project, pipeline, body?.Number);
        await services.Pauses.PauseAsync(choice, body?.Reason, context.GetActor());
        return await OfPipelineAsync(services, choice);
    }

    private static async Task<IReadOnlyList<TriggerView>> ResumeAsync(
        string project,
        string pipeline,
        ChoiceBody? body,
        HttpContext context,
        [AsParameters] Services services
    )
    {
        var choice = new TriggerChoice(project, pipeline, body?.Number);
        await services.Pauses.ResumeAsync(choice, context.GetActor());
        return await OfPipelineAsync(services, choice);
    }

    private static async Task<IReadOnlyList<TriggerView>> OfPipelineAsync(Services services, TriggerChoice choice) =>
        [.. (await services.Board.ListAsync(choice.Project)).Where(view => view.Pipeline == choice.Pipeline)];

    private static async Task<IResult> AppendAsync(
        string project,
        CustomEvent body,
        HttpContext context,
        CustomEvents events
    )
    {
        var position = await events.AppendAsync(project, body, context.GetActor());
        return Results.Created($"/api/v1/events?after={position - 1}&limit=1", new { position });
    }

    private sealed record ChoiceBody(long? Number, string? Reason);

    private sealed record Services(TriggerPauses Pauses, TriggerBoard Board);
}
