using Microsoft.AspNetCore.Http;
using Rondo.Kernel.Access;

namespace Rondo.Kernel;

/// <summary>Who sends a request: set once by the host, read by every handler that changes something or shows a part.</summary>
public static class HttpContextCaller
{
    private static readonly object s_key = new();

    /// <summary>Who is written down as having done it.</summary>
    public static Actor GetActor(this HttpContext context) => context.GetCaller().Actor;

    /// <summary>The caller and what they may do.</summary>
    public static Caller GetCaller(this HttpContext context) =>
        context.Items[s_key] is Caller caller
            ? caller
            : throw new RondoException(ErrorCode.Unauthenticated, "The request has no caller.");

    /// <summary>Says who the caller is.</summary>
    public static void SetCaller(this HttpContext context, Caller caller) => context.Items[s_key] = caller;
}
