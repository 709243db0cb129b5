using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Rondo.Kernel.Access;

/// <summary>The places that a request is about; never none. What the request names and is not there is told in the finder's own words.</summary>
public delegate ValueTask<IReadOnlyList<Place>> PlaceFinder(HttpContext context);

/// <summary>
/// What an endpoint needs, said where it is mapped: a permission at each place that the finder finds. Without a finder the permission
/// somewhere is enough, and the handler shows what the caller may see.
/// </summary>
public sealed record AccessRule(Permission Permission, PlaceFinder? Find);

/// <summary>How an endpoint tells what is refused before it was reached, where its clients know another form than the server's own.</summary>
public sealed record ErrorShape(Func<Exception, bool> Knows, Func<HttpContext, Exception, Task> Write);

/// <summary>Places that addresses name.</summary>
public static class At
{
    /// <summary>Everything: only who may do it everywhere may do it.</summary>
    public static PlaceFinder Everything { get; } = _ => ValueTask.FromResult<IReadOnlyList<Place>>([Place.Everything]);

    /// <summary>The project in the address.</summary>
    public static PlaceFinder Project { get; } =
        context =>
            ValueTask.FromResult<IReadOnlyList<Place>>([
                context.Request.RouteValues["project"] is string project ? Place.Project(project) : Place.Everything,
            ]);

    /// <summary>One project, whatever the request says.</summary>
    public static PlaceFinder TheProject(string name)
    {
        IReadOnlyList<Place> places = [Place.Project(name)];
        return _ => ValueTask.FromResult(places);
    }
}

/// <summary>How endpoints say what they need.</summary>
public static class AccessRules
{
    /// <summary>Needs a permission at each place that is found. Said twice, both are needed.</summary>
    public static T Needs<T>(this T route, Permission permission, PlaceFinder at)
        where T : IEndpointConventionBuilder => route.WithMetadata(new AccessRule(permission, at));

    /// <summary>Needs a permission somewhere: the handler shows as much as the caller may see.</summary>
    public static T NeedsSomewhere<T>(this T route, Permission permission)
        where T : IEndpointConventionBuilder => route.WithMetadata(new AccessRule(permission, null));

    /// <summary>Needs a credential and nothing else.</summary>
    public static T NeedsNothing<T>(this T route)
        where T : IEndpointConventionBuilder => route.WithMetadata(new AccessRule(Permission.None, null));
}
