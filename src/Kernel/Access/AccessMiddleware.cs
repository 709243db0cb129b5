using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Rondo.Kernel.Access;

/// <summary>Lets through what the caller may do. An endpoint that does not say what it needs is reached by nobody.</summary>
public sealed class AccessMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        // Without an endpoint there is nothing to guard: what answers is that there is none, or none for this method.
        if (context.GetEndpoint() is not RouteEndpoint endpoint)
        {
            return next(context);
        }

        var rules = endpoint.Metadata.GetOrderedMetadata<AccessRule>();
        var caller = context.GetCaller();
        var free = rules.Count > 0;
        for (var i = 0; i < rules.Count && free; i++)
        {
            free = caller.MayEverywhere(rules[i].Permission);
        }

        return free ? next(context) : CheckedAsync(context, endpoint, rules);
    }

    private async Task CheckedAsync(HttpContext context, RouteEndpoint endpoint, IReadOnlyList<AccessRule> rules)
    {
        var shape = endpoint.Metadata.GetMetadata<ErrorShape>();
        try
        {
            await CheckAsync(context, endpoint, rules);
        }
        catch (Exception e) when (shape?.Knows(e) is true)
        {
            await shape.Write(context, e);
            return;
        }

        await next(context);
    }

    private static async Task CheckAsync(HttpContext context, RouteEndpoint endpoint, IReadOnlyList<AccessRule> rules)
    {
        if (rules.Count == 0)
        {
            throw new RondoException(
                ErrorCode.PermissionDenied,
                $"Nobody may use {endpoint.RoutePattern.RawText}: it does not say what it needs."
            );
        }

        var caller = context.GetCaller();
        foreach (var rule in rules)
        {
            if (!caller.MaySomewhere(rule.Permission))
            {
                throw caller.Refused(rule.Permission, null);
            }

            if (rule.Find is null || caller.MayEverywhere(rule.Permission))
            {
                continue;
            }

            var places = await rule.Find(context);
            foreach (var place in places.Count > 0 ? places : [Place.Everything])
            {
                caller.Require(rule.Permission, place);
            }
        }
    }
}

/// <summary>Where the check stands in the way of a request.</summary>
public static class AccessChecks
{
    /// <summary>Checks what the endpoint needs; comes after whoever says who the caller is.</summary>
    public static IApplicationBuilder UseAccess(this IApplicationBuilder app) => app.UseMiddleware<AccessMiddleware>();
}
