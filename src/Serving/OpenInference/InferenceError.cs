using Microsoft.AspNetCore.Http;
using Rondo.Kernel.Access;
using Rondo.Serving.Routing;

namespace Rondo.Serving.OpenInference;

/// <summary>Errors in the protocol's own shape: <c>{"error": "…"}</c>.</summary>
internal static class InferenceError
{
    public static IResult Of(int status, string message) => Results.Json(new { error = message }, statusCode: status);

    /// <summary>How clients of the protocol are told what was refused before a route was reached.</summary>
    public static ErrorShape Shape { get; } =
        new(error => error is RondoException, (context, error) => Of((RondoException)error).ExecuteAsync(context));

    public static IResult Of(RondoException e) => Of(StatusOf(e.Code), e.Message);

    public static IResult NotFound(RoutingTable routes, string name, string? version)
    {
        var route = routes.Find(name);
        return Of(
            StatusCodes.Status404NotFound,
            route is null
                ? $"There is no model '{name}'. List what there is: rondo endpoints."
                : $"Model '{name}' has no version {version} loaded. There is {string.Join(", ", route.Deployments.Select(d => d.VersionText))}."
        );
    }

    public static int StatusOf(ErrorCode code) =>
        code switch
        {
            ErrorCode.InvalidArgument => StatusCodes.Status400BadRequest,
            ErrorCode.PermissionDenied => StatusCodes.Status403Forbidden,
            ErrorCode.NotFound => StatusCodes.Status404NotFound,
            ErrorCode.ResourceExhausted => StatusCodes.Status413PayloadTooLarge,
            ErrorCode.FailedPrecondition => StatusCodes.Status412PreconditionFailed,
            ErrorCode.Unavailable => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status500InternalServerError,
        };
}
