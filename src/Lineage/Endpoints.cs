using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Lineage.OpenLineage;

namespace Rondo.Lineage;

internal static class Endpoints
{
    public static IEndpointRouteBuilder Map(IEndpointRouteBuilder routes)
    {
        // Ids hold slashes (`transit/production/station-demand/3`, `rondo/model:ab12…`): the rest of the path, or `?of=`.
        routes.MapGet("/api/v1/lineage/{**id}", GetAsync).NeedsSomewhere(Permission.Read);
        routes
            .MapGet("/api/v1/openlineage", (OutboxStore outbox) => outbox.StatusAsync())
            .Needs(Permission.Read, At.Everything);
        return routes;
    }

    private static async Task<IResult> GetAsync(LineageStore store, [AsParameters] Query query, HttpContext context)
    {
        var start = Uri.UnescapeDataString(query.Of ?? query.Id ?? "");
        if (start.Length == 0)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "The request names nothing to look up.",
                "Name a model version (project/environment/model/version), a dataset version, a run, an endpoint, or an artifact (type:digest)."
            );
        }

        if (query.Closure is true)
        {
            return Results.Ok(await store.ClosureAsync(start, context.GetCaller()));
        }

        var direction = query.Direction switch
        {
            null or "up" => LineageDirection.Up,
            "down" => LineageDirection.Down,
            "both" => LineageDirection.Both,
            _ => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"direction={query.Direction} is not a direction.",
                "Use direction=up, direction=down or direction=both."
            ),
        };
        return Results.Ok(
            await store.GetAsync(
                new LineageQuery(start, direction, query.Through ?? false, query.Grouped ?? false),
                context.GetCaller()
            )
        );
    }

    internal sealed record Query(
        string? Id,
        string? Of,
        string? Direction,
        bool? Through,
        bool? Grouped,
        bool? Closure
    );
}
