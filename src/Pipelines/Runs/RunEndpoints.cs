using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Pipelines.Rows;

namespace Rondo.Pipelines.Runs;

/// <summary>Runs as a client reads them, goes on with them, does them again, and answers their questions.</summary>
internal static class RunEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/runs/{id}", GetAsync).Needs(Permission.Read, PipelinePlaces.OfRun);
        routes.MapPost("/api/v1/runs/{id}/cancel", CancelAsync).Needs(Permission.PipelinesRun, PipelinePlaces.OfRun);
        routes.MapPost("/api/v1/runs/{id}/resume", ResumeAsync).Needs(Permission.PipelinesRun, PipelinePlaces.OfRun);
        routes.MapPost("/api/v1/runs/{id}/rerun", RerunAsync).Needs(Permission.PipelinesRun, PipelinePlaces.OfRun);
        routes.MapGet("/api/v1/runs/{id}/explain", ExplainAsync).Needs(Permission.Read, PipelinePlaces.OfRun);
        routes
            .MapGet("/api/v1/runs/{id}/compare/{other}", CompareAsync)
            .Needs(Permission.Read, PipelinePlaces.OfBothRuns);
        routes
            .MapGet("/api/v1/runs/{id}/rows", (string id, RowAccounts rows) => rows.OfAsync(id))
            .Needs(Permission.Read, PipelinePlaces.OfRun);
        routes.MapGet("/api/v1/approvals", WaitingAsync).NeedsSomewhere(Permission.Read);
        routes
            .MapPost("/api/v1/runs/{id}/approvals/{node}", AnswerAsync)
            .Needs(Permission.ModelsDecide, PipelinePlaces.OfRun);
    }

    private static Task<Run> GetAsync(string id, [AsParameters] StepQuery query, RunStore runs) =>
        runs.GetAsync(id, new StepFilter(query.After, query.State, query.Group, query.Limit));

    private static Task<Run> CancelAsync(string id, RunStore runs, HttpContext context) =>
        runs.CancelAsync(id, context.GetActor());

    private static async Task<IResult> ResumeAsync(string id, bool? current, RunStore runs, HttpContext context) =>
        Created(await runs.ResumeAsync(id, context.GetActor(), current ?? false));

    private static async Task<IResult> RerunAsync(string id, bool? current, RunStore runs, HttpContext context) =>
        Created(await runs.RerunAsync(id, context.GetActor(), current ?? false));

    private static Task<RunExplanation> ExplainAsync(string id, string? step, string? after, RunExplainer explainer) =>
        explainer.ExplainAsync(id, step, after);

    private static async Task<RunComparison> CompareAsync(string id, string other, RunStore runs) =>
        RunComparison.Of(await runs.GetAsync(id), await runs.GetAsync(other));

    private static async Task<IReadOnlyList<Approval>> WaitingAsync(
        string? run,
        ApprovalStore approvals,
        HttpContext context
    ) => await approvals.WaitingAsync(run, context.GetCaller().ProjectsWith(Permission.Read));

    private static async Task<Run> AnswerAsync(
        [AsParameters] Question question,
        AnswerBody body,
        ApprovalStore approvals,
        RunStore runs,
        HttpContext context
    )
    {
        if (body.Answer.ValueKind == JsonValueKind.Undefined)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "The body has no member 'answer'.",
                "Send {\"answer\": true, \"comment\": \"why\"}."
            );
        }

        await approvals.AnswerAsync(
            new ApprovalAnswer(question.Id, question.Node, body.Answer, body.Comment, context.GetActor())
        );
        return await runs.GetAsync(question.Id);
    }

    private static IResult Created(Run run) => Results.Created($"/api/v1/runs/{run.Id}", run);

    private sealed record StepQuery(string? After, string? State, string? Group, int? Limit);

    private sealed record Question(string Id, string Node);

    private sealed record AnswerBody(JsonElement Answer, string? Comment);
}
