using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Transfer;
using Rondo.Registry.Clients;
using Rondo.Registry.Governance;
using Rondo.Registry.Mlflow;
using Rondo.Tracking;

namespace Rondo.Registry.Transfer;

/// <summary>Models of clients come into a server as records, one to a line.</summary>
internal static class TransferRoutes
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes
            .MapPost($"/api/v1/projects/{ClientModels.Project}/models/import", ImportAsync)
            .Needs(Permission.ModelsWrite, RegistryPlaces.Clients);

    public static IServiceCollection AddTransfer(this IServiceCollection services) =>
        services.AddSingleton<VersionImport>().AddSingleton<ModelImport>();

    private static async Task<IResult> ImportAsync(HttpContext context, ModelImport import, ArtifactRoots roots)
    {
        var records = await TransferBody.ReadAsync(context);
        var caller = context.GetCaller();
        await RequireAsync(caller, records.OfType<ModelVersionRecord>(), roots);
        var mayDecide = caller.May(Permission.ModelsDecide, Place.Project(ClientModels.Project));
        return Results.Json(await import.PutAsync(records, context.GetActor(), mayDecide), TransferJson.Options);
    }

    // A version does not come in with a decision that its bringer could not make, nor with files that they could not read.
    private static async Task RequireAsync(Caller caller, IEnumerable<ModelVersionRecord> versions, ArtifactRoots roots)
    {
        foreach (var version in versions)
        {
            if (!ModelStage.IsKnown(version.Stage) || ModelStage.StateOf(version.Stage) != VersionState.Pending)
            {
                caller.Require(Permission.ModelsDecide, Place.Project(ClientModels.Project));
            }

            if (!caller.MayEverywhere(Permission.Read))
            {
                var places = await roots.PlacesOfAsync(version.Storage.Length > 0 ? version.Storage : version.Source);
                foreach (var place in places.Concat(await roots.PlacesOfAsync(version.RunId, version.LoggedModel)))
                {
                    caller.Require(Permission.Read, place);
                }
            }
        }
    }
}
