using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Paging;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Access;
using Rondo.Tracking.Experiments;
using Rondo.Tracking.Removing;
using Rondo.Tracking.Rules;
using Rondo.Tracking.Runs;
using Rondo.Tracking.Text;

namespace Rondo.Tracking.Comparing;

/// <summary>What people do with runs beyond MLflow's routes: find them by words, list them by folder, compare them, move them, and remove what was deleted.</summary>
internal static class ComparisonEndpoints
{
    private const double DaysMax = 36_500;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var tracking = routes.MapGroup("/api/v1/tracking");
        tracking.MapGet("/compare", CompareAsync).Needs(Permission.Read, Compared);
        tracking.MapGet("/find", FindAsync).NeedsSomewhere(Permission.Read);
        tracking.MapPost("/runs/{id}/experiment", MoveAsync).NeedsSomewhere(Permission.TrackingWrite);
        tracking
            .MapGet(
                "/experiments",
                (string? folder, ExperimentFolders folders, HttpContext context) =>
                    folders.ListAsync(Place.PathOf(folder ?? ""), context.GetCaller().FoldersWith(Permission.Read))
            )
            .NeedsSomewhere(Permission.Read);
        tracking.MapPost("/gc", RemoveAsync).Needs(Permission.ServerOperate, At.Everything);
    }

    private static PlaceFinder Compared { get; } =
        async context =>
            await context
                .RequestServices.GetRequiredService<TrackingPlaces>()
                .OfCalledAsync([.. context.Request.Query["run"].OfType<string>()]);

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

    private static async Task<Findings> FindAsync(
        string? text,
        int? limit,
        string? token,
        TextSearch search,
        HttpContext context
    )
    {
        try
        {
            return await search.FindAsync(
                text ?? "",
                context.GetCaller().FoldersWith(Permission.Read),
                PageLimit.Of(limit),
                token
            );
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
            var target = TrackingNames.ExperimentId(body.ExperimentId ?? "");
            await RequireAsync(context, id, target);
            return new Moved(id, body.ExperimentId ?? "", await move.MoveAsync(id, target, context.GetActor()));
        }
        catch (Refusal e)
        {
            throw new RondoException(
                e.Code == Refusal.DoesNotExist ? ErrorCode.NotFound : ErrorCode.InvalidArgument,
                e.Message
            );
        }
    }

    // What is nested in a run stands in the same experiment: it is out of one place and into another that all of them go.
    private static async Task RequireAsync(HttpContext context, string run, long target)
    {
        var caller = context.GetCaller();
        if (!caller.MayEverywhere(Permission.TrackingWrite))
        {
            var places = context.RequestServices.GetRequiredService<TrackingPlaces>();
            await places.RequireAsync(caller, Permission.TrackingWrite, [target]);
            foreach (var place in await places.OfCalledAsync([run]))
            {
                caller.Require(Permission.TrackingWrite, place);
            }
        }
    }

    private static Task<RemovalReport> RemoveAsync(
        RemovalBody body,
        HttpContext context,
        DeletedRemoval removal,
        TimeProvider time
    ) =>
        body.OlderThanDays is >= 0 and <= DaysMax
            ? removal.RemoveAsync(
                time.GetUtcNow() - TimeSpan.FromDays(body.OlderThanDays.Value),
                body.DryRun,
                context.GetActor(),
                context.RequestAborted
            )
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                body.OlderThanDays > DaysMax
                    ? $"How long ago something was deleted is too large: at most {DaysMax} days."
                    : "How long ago something was deleted is missing, or negative.",
                $"Send 'olderThanDays' from 0, for all that was deleted, to {DaysMax}."
            );

    private sealed record MoveBody(string? ExperimentId);

    private sealed record Moved(string Id, string ExperimentId, int Runs);

    private sealed record RemovalBody(double? OlderThanDays, bool DryRun);
}
