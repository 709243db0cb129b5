using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel.Access;
using Rondo.Serving.Routing;

namespace Rondo.Serving.OpenInference;

/// <summary>The Open Inference Protocol, version 2, over REST: a model is an endpoint, its versions those that are loaded behind it.</summary>
internal sealed class OpenInferenceEndpoints(RoutingTable routes, InferenceHandler inference)
{
    public void Map(IEndpointRouteBuilder builder)
    {
        var v2 = builder.MapGroup("/v2").WithMetadata(InferenceError.Shape);
        v2.MapGet(
                "",
                () =>
                    new
                    {
                        name = "rondo",
                        version = VersionText,
                        extensions = Array.Empty<string>(),
                    }
            )
            .NeedsNothing();
        v2.MapGet("/health/live", () => new { live = true }).NeedsNothing();
        v2.MapGet("/health/ready", () => Answer(routes.Loaded.IsCompleted, new { ready = routes.Loaded.IsCompleted }))
            .NeedsNothing();
        foreach (var model in new[] { "/models/{name}", "/models/{name}/versions/{version}" })
        {
            v2.MapGet(model, context => WriteAsync(context, Metadata(context)))
                .Needs(Permission.Predict, ServingPlaces.OfServed);
            v2.MapGet(model + "/ready", context => WriteAsync(context, Ready(context)))
                .Needs(Permission.Predict, ServingPlaces.OfServed);
            v2.MapPost(model + "/infer", inference.HandleAsync).Needs(Permission.Predict, ServingPlaces.OfServed);
        }
    }

    private static string VersionText { get; } =
        typeof(OpenInferenceEndpoints).Assembly.GetName().Version?.ToString(3) ?? "0";

    private IResult Metadata(HttpContext context)
    {
        var (route, version) = ModelRoute.Of(context);
        var found = routes.Find(route);
        var deployment =
            version is not null ? found?.Find(version)
            : found?.Deployments is [var first, ..] ? first
            : null;
        if (found is null || deployment is null)
        {
            return InferenceError.NotFound(routes, route, version);
        }

        return Results.Json(
            new
            {
                name = route,
                versions = found.Deployments.Select(d => d.VersionText).ToArray(),
                platform = deployment.Format.Replace('-', '_'),
                inputs = deployment.Version.Signature.Inputs.Select(TensorView.Of).ToArray(),
                outputs = deployment.Version.Signature.Outputs.Select(TensorView.Of).ToArray(),
            }
        );
    }

    private IResult Ready(HttpContext context)
    {
        var (route, version) = ModelRoute.Of(context);
        var found = routes.Find(route);
        if (found is null || (version is not null && found.Find(version) is null))
        {
            return InferenceError.NotFound(routes, route, version);
        }

        return Answer(found.IsReady, new { name = route, ready = found.IsReady });
    }

    private static IResult Answer(bool ready, object body) =>
        Results.Json(body, statusCode: ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);

    private static Task WriteAsync(HttpContext context, IResult result) => result.ExecuteAsync(context);

    private sealed record TensorView(string Name, string Datatype, IReadOnlyList<long> Shape)
    {
        public static TensorView Of(Sdk.Wire.TensorSignature tensor) => new(tensor.Name, tensor.DataType, tensor.Shape);
    }
}

/// <summary>The model and version that an address names.</summary>
internal static class ModelRoute
{
    public static (string Name, string? Version) Of(HttpContext context) =>
        ((string)context.Request.RouteValues["name"]!, context.Request.RouteValues["version"] as string);
}
