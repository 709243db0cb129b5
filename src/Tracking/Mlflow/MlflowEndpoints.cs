using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Wire;

namespace Rondo.Tracking.Mlflow;

/// <summary>MLflow's REST surface. Every route stands below the base of its SDKs and below that of its pages.</summary>
internal static class MlflowEndpoints
{
    /// <summary>The version that clients are told: what they decide by is what this server speaks.</summary>
    public const string Version = "3.11.0";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", () => Results.Text("OK")).NeedsNothing();
        routes.MapGet("/version", () => Results.Text(Version)).NeedsNothing();
        foreach (var address in MlflowBases.Newer)
        {
            routes
                .MapGet(
                    address + "/server-info",
                    MlflowHandler.Of(_ => Task.FromResult<object>(new ServerInfo("SqlStore", WorkspacesEnabled: false)))
                )
                .NeedsNothing();
            LoggedModelRoutes.Map(GroupAt(address));
        }

        foreach (var address in MlflowBases.Classic)
        {
            var group = GroupAt(address);
            ExperimentRoutes.Map(group);
            RunRoutes.Map(group);
            LogRoutes.Map(group);
            MetricRoutes.Map(group);
            LoggedModelRoutes.Map(group);
            RunArtifactRoutes.Map(group);
        }

        var pages = GroupAt(MlflowBases.Pages);
        ExperimentRoutes.MapPages(pages);
        MetricRoutes.MapPages(pages);
        RunArtifactRoutes.MapPages(pages);

        foreach (var address in MlflowBases.Artifacts)
        {
            ArtifactRoutes.Map(GroupAt(address));
        }

        RouteGroupBuilder GroupAt(string address) => routes.MapGroup(address).WithMetadata(MlflowHandler.Errors);
    }

    private sealed record ServerInfo(string StoreType, bool WorkspacesEnabled);
}
