using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Rondo.Lineage;

internal static class Endpoints
{
    public static IEndpointRouteBuilder Map(IEndpointRouteBuilder routes)
    {
        // Ids hold slashes (`transit/production/station-demand/3`, `rondo/model:ab12…`): the rest of the path, or `?of=`.
        routes.MapGet("/api/v1/lineage/{**id}", GetAsync);
        return routes;
    }

    private static async Task<IResult> GetAsync(LineageStore store, string? id, string? of, string? direction)
    {
        var start = Uri.UnescapeDataString(of ?? id ?? "");
        if (start.Length == 0)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "The request names nothing to look up.",
                "Name a model version (project/environment/model/version), a dataset version, a run, or an artifact (type:digest)."
            );
        }

        return direction switch
        {
            null or "up" => Results.Ok(await store.UpAsync(start)),
            "down" => Results.Ok(await store.DownAsync(start)),
            _ => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"direction={direction} is not a direction.",
                "Use direction=up or direction=down."
            ),
        };
    }
}
