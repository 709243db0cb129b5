using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel;
using Rondo.Mlflow.Transfer;
using Rondo.Registry.Clients;

namespace Rondo.Registry.Transfer;

/// <summary>Models of clients come into a server as records, one to a line.</summary>
internal static class TransferRoutes
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost($"/api/v1/projects/{ClientModels.Project}/models/import", ImportAsync);

    public static IServiceCollection AddTransfer(this IServiceCollection services) =>
        services.AddSingleton<VersionImport>().AddSingleton<ModelImport>();

    private static async Task<IResult> ImportAsync(HttpContext context, ModelImport import) =>
        Results.Json(
            await import.PutAsync(await TransferBody.ReadAsync(context), context.GetActor()),
            TransferJson.Options
        );
}
