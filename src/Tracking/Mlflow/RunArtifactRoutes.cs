using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Access;
using Rondo.Tracking.Artifacts;
using Rondo.Tracking.Rules;

namespace Rondo.Tracking.Mlflow;

/// <summary>Files of a run by the run: listed for everybody, sent and received for pages.</summary>
internal static class RunArtifactRoutes
{
    public static void Map(RouteGroupBuilder routes)
    {
        routes
            .MapGet("/artifacts/list", MlflowHandler.Of<LoggedArtifacts>(ListAsync))
            .Needs(Permission.Read, MlflowPlaces.Run);
        routes
            .MapPost("/artifacts/presigned-upload-url", MlflowHandler.Raw<ArtifactFolder>(ArtifactRoutes.RefuseParts))
            .NeedsSomewhere(Permission.TrackingWrite);
    }

    /// <summary>What only pages ask for.</summary>
    public static void MapPages(RouteGroupBuilder routes)
    {
        routes
            .MapGet("/get-artifact", MlflowHandler.Raw<LoggedArtifacts>(GetAsync))
            .Needs(Permission.Read, MlflowPlaces.Run);
        routes
            .MapPost("/upload-artifact", MlflowHandler.Raw<LoggedArtifacts>(UploadAsync))
            .Needs(Permission.TrackingWrite, MlflowPlaces.RunInQuery);
    }

    private static async Task<object> ListAsync(LoggedArtifacts artifacts, MlflowCall call)
    {
        var (root, files) = await artifacts.ListOfRunAsync(
            call.Fields.RunId(),
            call.Fields.Text("path") ?? "",
            call.Fields.Text("page_token")
        );
        return new ArtifactListing(root, WireLists.OrAbsent(files));
    }

    private static async Task GetAsync(LoggedArtifacts artifacts, HttpContext context)
    {
        var fields = MlflowCall.Query(context.Request);
        var path = fields.Required("path");
        await using var file = await artifacts.OpenAsync(fields.RunId(), path);
        await ArtifactRoutes.SendAsync(context, file, path);
    }

    private static async Task UploadAsync(LoggedArtifacts artifacts, HttpContext context)
    {
        var fields = MlflowCall.Query(context.Request);
        if (context.Request.ContentLength > Limits.UploadBytesMax)
        {
            throw Refusal.Invalid(
                $"The file has more than {Limits.UploadBytesMax} bytes. Send it by PUT to /mlflow-artifacts/artifacts."
            );
        }

        var path = fields.Required("path");
        await artifacts.PutAsync(fields.RunId(), path, context.Request.Body, context.RequestAborted);
        await ArtifactRoutes.WriteEmptyAsync(context);
    }
}

internal sealed record ArtifactListing(string RootUri, IReadOnlyList<ArtifactEntry>? Files);
