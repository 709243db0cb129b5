using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Transfer;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Experiments;

namespace Rondo.Tracking.Transfer;

/// <summary>Experiments go out of a server and come into one as records, one to a line.</summary>
internal static class TransferRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/tracking/import", ImportAsync).NeedsSomewhere(Permission.TrackingWrite);
        routes.MapGet("/api/v1/tracking/export", ExportAsync).Needs(Permission.Read, Exported);
    }

    private static PlaceFinder Exported { get; } =
        context =>
            ValueTask.FromResult<IReadOnlyList<Place>>([
                Place.Experiment(context.Request.Query["experiment"] is [{ } only] ? only : ""),
            ]);

    public static IServiceCollection AddTransfer(this IServiceCollection services) =>
        services
            .AddSingleton<ExperimentImport>()
            .AddSingleton<RunImport>()
            .AddSingleton<LoggedImport>()
            .AddSingleton<LoggedModelImport>()
            .AddSingleton<TrackingImport>()
            .AddSingleton<TrackingExport>();

    private static async Task<IResult> ImportAsync(HttpContext context, TrackingImport import) =>
        Results.Json(
            await import.PutAsync(await TransferBody.ReadAsync(context), context.GetCaller()),
            TransferJson.Options
        );

    private static async Task ExportAsync(
        HttpContext context,
        string experiment,
        TrackingExport export,
        ExperimentStore experiments
    )
    {
        Experiment found;
        try
        {
            found = await experiments.GetByNameAsync(experiment);
        }
        catch (Refusal e)
        {
            throw new RondoException(
                ErrorCode.NotFound,
                $"There is no experiment {Names.Json(experiment)}.",
                "It is named as in the list of experiments, with capital letters as there.",
                e
            );
        }

        context.Response.ContentType = "application/x-ndjson";
        await foreach (var record in export.ReadAsync(found, context.RequestAborted))
        {
            await context.Response.Body.WriteAsync(TransferJson.Line(record), context.RequestAborted);
            await context.Response.Body.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
        }
    }
}
