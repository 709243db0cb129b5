using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel.Access;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Backfills;

namespace Rondo.Pipelines.Runs;

/// <summary>The projects of runs and backfills, which are named by their ids alone.</summary>
internal static class PipelinePlaces
{
    /// <summary>The project of the run in the address.</summary>
    public static PlaceFinder OfRun { get; } = async context => [await RunAsync(context, "id")];

    /// <summary>The projects of both runs in the address.</summary>
    public static PlaceFinder OfBothRuns { get; } =
        async context => [await RunAsync(context, "id"), await RunAsync(context, "other")];

    /// <summary>The project of the backfill in the address.</summary>
    public static PlaceFinder OfBackfill { get; } =
        async context =>
        {
            var backfills = context.RequestServices.GetRequiredService<BackfillStore>();
            return [Place.Project((await backfills.GetAsync((string)context.Request.RouteValues["id"]!)).Project)];
        };

    private static async Task<Place> RunAsync(HttpContext context, string name)
    {
        var id = (string)context.Request.RouteValues[name]!;
        var database = context.RequestServices.GetRequiredService<Database>();
        return Place.Project((await database.ReadAsync(session => RunReader.InfoAsync(session, id))).Project);
    }
}
