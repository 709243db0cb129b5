using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;

namespace Rondo;

/// <summary>
/// Maps handlers as the web framework does, but for one thing: the code that binds a request to a handler's parameters is made for the
/// first request, not for all routes before the server answers its first. This class stands in the outermost namespace, where it is found
/// before the framework's methods of the same names.
/// </summary>
public static class HandlerRoutes
{
    private static readonly string[] s_get = [HttpMethods.Get];
    private static readonly string[] s_post = [HttpMethods.Post];
    private static readonly string[] s_put = [HttpMethods.Put];
    private static readonly string[] s_patch = [HttpMethods.Patch];
    private static readonly string[] s_delete = [HttpMethods.Delete];

    public static RouteHandlerBuilder MapGet(
        this IEndpointRouteBuilder routes,
        [StringSyntax("Route")] string pattern,
        Delegate handler
    ) => Map(routes, pattern, handler, s_get);

    public static RouteHandlerBuilder MapPost(
        this IEndpointRouteBuilder routes,
        [StringSyntax("Route")] string pattern,
        Delegate handler
    ) => Map(routes, pattern, handler, s_post);

    public static RouteHandlerBuilder MapPut(
        this IEndpointRouteBuilder routes,
        [StringSyntax("Route")] string pattern,
        Delegate handler
    ) => Map(routes, pattern, handler, s_put);

    public static RouteHandlerBuilder MapPatch(
        this IEndpointRouteBuilder routes,
        [StringSyntax("Route")] string pattern,
        Delegate handler
    ) => Map(routes, pattern, handler, s_patch);

    public static RouteHandlerBuilder MapDelete(
        this IEndpointRouteBuilder routes,
        [StringSyntax("Route")] string pattern,
        Delegate handler
    ) => Map(routes, pattern, handler, s_delete);

    // What takes the whole request needs no binding. These are here so that the same handlers are taken for one as by the framework.

    public static IEndpointConventionBuilder MapGet(
        this IEndpointRouteBuilder routes,
        [StringSyntax("Route")] string pattern,
        RequestDelegate handler
    ) => routes.MapMethods(pattern, s_get, handler);

    public static IEndpointConventionBuilder MapPost(
        this IEndpointRouteBuilder routes,
        [StringSyntax("Route")] string pattern,
        RequestDelegate handler
    ) => routes.MapMethods(pattern, s_post, handler);

    public static IEndpointConventionBuilder MapPut(
        this IEndpointRouteBuilder routes,
        [StringSyntax("Route")] string pattern,
        RequestDelegate handler
    ) => routes.MapMethods(pattern, s_put, handler);

    public static IEndpointConventionBuilder MapPatch(
        this IEndpointRouteBuilder routes,
        [StringSyntax("Route")] string pattern,
        RequestDelegate handler
    ) => routes.MapMethods(pattern, s_patch, handler);

    public static IEndpointConventionBuilder MapDelete(
        this IEndpointRouteBuilder routes,
        [StringSyntax("Route")] string pattern,
        RequestDelegate handler
    ) => routes.MapMethods(pattern, s_delete, handler);

    // What a handler takes and gives is read at once: a parameter that cannot be bound fails the start, as ever.
    private static RouteHandlerBuilder Map(
        IEndpointRouteBuilder routes,
        string pattern,
        Delegate handler,
        string[] methods
    ) =>
        RouteHandlerServices.Map(
            routes,
            pattern,
            handler,
            methods,
            RequestDelegateFactory.InferMetadata,
            static (handler, options, inferred) =>
                new RequestDelegateResult(new FirstRequest(handler, options, inferred).RunAsync, [])
        );
}
