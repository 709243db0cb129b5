using System.Text;
using Microsoft.AspNetCore.Http;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Credentials;

namespace Rondo.Server.Http;

/// <summary>
/// Says who sends a request. On loopback a request without a credential is the local user's; a server that other machines can
/// reach asks every request for one. A page in a browser must not act as the local user: a foreign <c>Origin</c> or a
/// <c>Host</c> that is not loopback is refused.
/// </summary>
internal sealed class CallerMiddleware(RequestDelegate next, CredentialStore credentials, ServerOptions options)
{
    private readonly bool _loopbackOnly = options.LoopbackOnly;

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Headers.Authorization.Count > 0)
        {
            return InvokeWithTokenAsync(context);
        }

        if (!_loopbackOnly)
        {
            return RefuseAsync(
                context,
                new RondoException(
                    ErrorCode.Unauthenticated,
                    "This server wants a credential.",
                    "Send 'Authorization: Bearer TOKEN'; make a token with 'rondo credentials create NAME'."
                )
            );
        }

        if (!IsLocalPageOrNoPage(context.Request))
        {
            return RefuseAsync(
                context,
                new RondoException(
                    ErrorCode.PermissionDenied,
                    "A page of another origin may not use this server as the local user.",
                    "Send a credential."
                )
            );
        }

        context.SetCaller(Caller.Local);
        return next(context);
    }

    private async Task InvokeWithTokenAsync(HttpContext context)
    {
        var token = TokenOf(context.Request.Headers.Authorization.ToString());
        if (token is null || await credentials.FindAsync(token) is not { } caller)
        {
            await RefuseAsync(
                context,
                new RondoException(ErrorCode.Unauthenticated, "The credential is unknown or was revoked.")
            );
            return;
        }

        context.SetCaller(caller);
        await next(context);
    }

    private static Task RefuseAsync(HttpContext context, RondoException error)
    {
        if (error.Code == ErrorCode.Unauthenticated)
        {
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"rondo\"";
        }

        return ErrorMiddleware.WriteAsync(context, error);
    }

    private static bool IsLocalPageOrNoPage(HttpRequest request)
    {
        var host = request.Host.Host;
        var local = host is "localhost" or "127.0.0.1" or "[::1]" or "::1";
        var origin = request.Headers.Origin.ToString();
        return local && (origin.Length == 0 || origin == $"{request.Scheme}://{request.Host}");
    }

    // Git sends a token as the password of Basic authentication, everybody else as a bearer.
    private static string? TokenOf(string header)
    {
        if (header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return header["Bearer ".Length..].Trim();
        }

        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var buffer = new byte[header.Length];
        if (!Convert.TryFromBase64String(header["Basic ".Length..].Trim(), buffer, out var length))
        {
            return null;
        }

        var pair = Encoding.UTF8.GetString(buffer, 0, length);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : pair[(colon + 1)..];
    }
}
