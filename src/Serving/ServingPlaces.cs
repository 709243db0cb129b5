using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Serving.Routing;

namespace Rondo.Serving;

/// <summary>The projects of endpoints, which are named without one.</summary>
public static class ServingPlaces
{
    /// <summary>The project of the endpoint in the address.</summary>
    public static PlaceFinder OfEndpoint { get; } =
        async context =>
        {
            var endpoints = context.RequestServices.GetRequiredService<EndpointStore>();
            var endpoint = await endpoints.RequireAsync((string)context.Request.RouteValues["endpoint"]!);
            return [Place.Project(endpoint.Model.Project)];
        };

    /// <summary>The same of what the Open Inference Protocol calls a model: as a rule it is loaded, and nothing is read.</summary>
    internal static PlaceFinder OfServed { get; } =
        async context =>
        {
            var name = (string)context.Request.RouteValues["name"]!;
            var routes = context.RequestServices.GetRequiredService<RoutingTable>();
            if (routes.Find(name)?.Deployments is [var first, ..])
            {
                return [Place.Project(first.Version.Model.Project)];
            }

            return await context.RequestServices.GetRequiredService<EndpointStore>().FindAsync(name) is { } endpoint
                ? [Place.Project(endpoint.Model.Project)]
                : throw new RondoException(
                    ErrorCode.NotFound,
                    $"There is no model '{name}'. List what there is: rondo endpoints."
                );
        };
}
