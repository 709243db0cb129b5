using Microsoft.AspNetCore.Routing;
using Rondo.Kernel;

namespace Rondo.Tests.Access;

/// <summary>What the server maps, without asking for it: no request is sent here.</summary>
public sealed class RouteTests(AccessServer server) : IClassFixture<AccessServer>
{
    [Fact]
    public void Every_handler_waits_for_its_first_request_and_can_then_be_bound()
    {
        var handlers = server
            .Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RequestDelegate!.Target is FirstRequest)
            .ToList();

        Assert.True(handlers.Count > 100, $"Only {handlers.Count} handlers are bound at their first request.");
        foreach (var handler in handlers)
        {
            var unbound = Record.Exception(() => ((FirstRequest)handler.RequestDelegate!.Target!).Bind());

            Assert.True(unbound is null, $"{handler.DisplayName}: {unbound}");
        }
    }

    [Fact]
    public void No_handler_is_bound_by_the_framework_before_the_server_answers()
    {
        var early = server
            .Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint =>
                endpoint.RequestDelegate!.Target?.GetType().Assembly.GetName().Name is { } name
                && name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
            )
            .Select(endpoint => endpoint.DisplayName);

        Assert.Empty(early);
    }
}
