using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Rondo.Tracking.Mlflow;

/// <summary>MLflow's REST surface. Every route stands below the base of its SDKs and below that of its pages.</summary>
internal static class MlflowEndpoints
{
    /// <summary>The version that clients are told: what they decide by is what this server speaks.</summary>
    public const string Version = "3.11.0";

    private static readonly string[] s_bases = ["/api/2.0/mlflow", "/ajax-api/2.0/mlflow"];
    private static readonly string[] s_artifacts = ["/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts"];
    private static readonly string[] s_serverInfo = ["/api/3.0/mlflow/server-info", "/ajax-api/3.0/mlflow/server-info"];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", () => Results.Text("OK"));
        routes.MapGet("/version", () => Results.Text(Version));
        foreach (var address in s_serverInfo)
        {
            routes.MapGet(
                address,
                MlflowHandler.Of(_ => Task.FromResult<object>(new ServerInfo("SqlStore", WorkspacesEnabled: false)))
            );
        }

        foreach (var address in s_bases)
        {
            var group = routes.MapGroup(address);
            ExperimentRoutes.Map(group);
            RunRoutes.Map(group);
            LogRoutes.Map(group);
        }

        foreach (var address in s_artifacts)
        {
            ArtifactRoutes.Map(routes.MapGroup(address));
        }
    }

    private sealed record ServerInfo(string StoreType, bool WorkspacesEnabled);
}
