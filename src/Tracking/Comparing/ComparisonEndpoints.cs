using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Paging;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Removing;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;
using Rondo.Tracking.Text;

namespace Rondo.Tracking.Comparing;

/// <summary>What people do with runs beyond MLflow's routes: find them by words, compare them, move them, and remove what was deleted.</summary>
internal static class ComparisonEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var tracking = routes.MapGroup("/api/v1/tracking");
        tracking.MapGet("/compare", CompareAsync);
        tracking.MapGet("/find", FindAsync);
        tracking.MapPost("/runs/{id}/experiment", MoveAsync);
        tracking.MapPost("/gc", RemoveAsync);
    }

    private static async Task<IResult> CompareAsync(string[] run, string? format, bool? curves, RunComparer comparer)
    {
        var comparison = await comparer.CompareAsync(run, curves ?? format == "html");
        return format switch
        {
            null or "json" => Results.Ok(comparison),
            "html" => Results.Text(ComparisonPage.Of(comparison), "text/html; charset=utf-8"),
            var other => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{other}' is no format of a comparison.",
                "Use json or html."
            ),
        };
    }

    private static async Task<Findings> FindAsync(string? text, int? limit, string? token, TextSearch search)
    {
        try
        {
            return await search.FindAsync(text ?? "", PageLimit.Of(limit), token);
        }
        catch (Refusal e)
        {
            throw new RondoException(ErrorCode.InvalidArgument, e.Message);
        }
    }

    private static async Task<Moved> MoveAsync(string id, MoveBody body, HttpContext context, RunMove move)
    {
        try
        {
            return new Moved(
                id,
                body.ExperimentId ?? "",
                await move.MoveAsync(id, TrackingNames.ExperimentId(body.ExperimentId ?? ""), context.GetActor())
            );
        }
        catch (Refusal e)
        {
            throw new RondoException(
                e.Code == Refusal.DoesNotExist ? ErrorCode.NotFound : ErrorCode.InvalidArgument,
                e.Message
            );
        }
    }

    private static Task<RemovalReport> RemoveAsync(
        RemovalBody body,
        HttpContext context,
        DeletedRemoval removal,
        TimeProvider time
    ) =>
        body.OlderThanDays is >= 0 and <= 36_500
            ? removal.RemoveAsync(
                time.GetUtcNow() - TimeSpan.FromDays(body.OlderThanDays.Value),
                body.DryRun,
                context.GetActor(),
                context.RequestAborted
            )
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                "How long ago something was deleted is missing, or negative.",
                "Send 'olderThanDays', 0 for all that was deleted."
            );

    private sealed record MoveBody(string? ExperimentId);

    private sealed record Moved(string Id, string ExperimentId, int Runs);

    private sealed record RemovalBody(double? OlderThanDays, bool DryRun);
}
