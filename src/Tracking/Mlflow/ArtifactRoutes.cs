using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.StaticFiles;
using Rondo.Kernel.Access;
using Rondo.Mlflow.Wire;
using Rondo.Tracking.Access;
using Rondo.Tracking.Artifacts;

namespace Rondo.Tracking.Mlflow;

/// <summary>The artifact proxy: files go through this server, as they come and without a copy in between.</summary>
internal static class ArtifactRoutes
{
    private const long FileBytesMax = 64L * 1024 * 1024 * 1024;
    private const string Files = "/artifacts/{**path}";

    private static readonly FileExtensionContentTypeProvider s_types = new();

    public static void Map(RouteGroupBuilder routes)
    {
        routes
            .MapGet("/artifacts", MlflowHandler.Of<ArtifactFolder>(ListAsync))
            .Needs(Permission.Read, MlflowPlaces.ArtifactFolder);
        routes
            .MapPut(Files, MlflowHandler.Raw<ArtifactFolder>(PutAsync))
            .Needs(Permission.TrackingWrite, MlflowPlaces.Artifact);
        routes.MapGet(Files, MlflowHandler.Raw<ArtifactFolder>(GetAsync)).Needs(Permission.Read, MlflowPlaces.Artifact);
        routes
            .MapPost("/mpu/{step}/{**path}", MlflowHandler.Raw<ArtifactFolder>(RefuseParts))
            .NeedsSomewhere(Permission.TrackingWrite);
        routes
            .MapGet("/presigned/{**path}", MlflowHandler.Raw<ArtifactFolder>(RefuseParts))
            .NeedsSomewhere(Permission.Read);
        routes
            .MapDelete(
                Files,
                MlflowHandler.Raw<ArtifactFolder>(
                    (folder, context) =>
                    {
                        folder.Delete(PathOf(context));
                        return WriteEmptyAsync(context);
                    }
                )
            )
            .Needs(Permission.TrackingWrite, MlflowPlaces.RemovedArtifact);
    }

    private static Task<object> ListAsync(ArtifactFolder folder, MlflowCall call) =>
        Task.FromResult<object>(new Listing(WireLists.OrAbsent(folder.List(call.Fields.Text("path") ?? ""))));

    private static async Task PutAsync(ArtifactFolder folder, HttpContext context)
    {
        // A model may be larger than any other request.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = FileBytesMax;
        }

        await folder.PutAsync(PathOf(context), context.Request.Body, context.RequestAborted);
        await WriteEmptyAsync(context);
    }

    private static async Task GetAsync(ArtifactFolder folder, HttpContext context)
    {
        var path = PathOf(context);
        await using var file = folder.Open(path);
        await SendAsync(context, file, path);
    }

    /// <summary>Answers that uploads go through this server, as they do without being asked to go another way.</summary>
    public static Task RefuseParts(ArtifactFolder folder, HttpContext context) =>
        throw new Refusal(
            Refusal.NotImplemented,
            "Files go through this server, not to a store beside it: send them whole by PUT to /mlflow-artifacts/artifacts."
        );

    /// <summary>Sends a file to be kept, not to be shown.</summary>
    public static async Task SendAsync(HttpContext context, FileStream file, string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentDisposition = $"attachment; filename*=UTF-8''{Uri.EscapeDataString(name)}";
        context.Response.ContentType = s_types.TryGetContentType(name, out var type)
            ? type
            : "application/octet-stream";
        context.Response.ContentLength = file.Length;
        await file.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    public static Task WriteEmptyAsync(HttpContext context) =>
        context.Response.WriteAsJsonAsync(MlflowHandler.Empty, MlflowHandler.Json, context.RequestAborted);

    // The web server resolves steps upwards before anybody sees them; who writes them means something else than what is left.
    private static string PathOf(HttpContext context)
    {
        var asked = context.Features.Get<IHttpRequestFeature>()?.RawTarget.Split('?')[0] ?? "";
        return asked.Split('/').Any(part => Uri.UnescapeDataString(part) is "." or "..")
            ? throw Refusal.Invalid($"Invalid path: {Names.Json(asked)} has a step upwards in it.")
            : (string?)context.Request.RouteValues["path"] ?? "";
    }

    private sealed record Listing(IReadOnlyList<ArtifactEntry>? Files);
}
