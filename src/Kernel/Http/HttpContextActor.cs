using Microsoft.AspNetCore.Http;

namespace Rondo.Kernel;

/// <summary>Who sends a request: set once by the host, read by every handler that changes something.</summary>
public static class HttpContextActor
{
    private static readonly object s_key = new();

    /// <summary>The caller.</summary>
    public static Actor GetActor(this HttpContext context) =>
        context.Items[s_key] is Actor actor
            ? actor
            : throw new RondoException(ErrorCode.Unauthenticated, "The request has no caller.");

    /// <summary>Says who the caller is.</summary>
    public static void SetActor(this HttpContext context, Actor actor) => context.Items[s_key] = actor;
}
