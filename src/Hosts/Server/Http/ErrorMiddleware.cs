using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rondo.Data;
using Rondo.Kernel;
using Rondo.Kernel.Access;

namespace Rondo.Server.Http;

/// <summary>The HTTP edge: turns errors into problem details (RFC 9457). What was not foreseen is logged whole and told in general.</summary>
internal sealed class ErrorMiddleware(RequestDelegate next, ILogger<ErrorMiddleware> logger)
{
    private const string NoType = "could not be converted to";

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            await TellUnfitAsync(context);
        }
        catch (RondoException e) when (!context.Response.HasStarted)
        {
            await TellAsync(context, e);
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await WriteAsync(context, new RondoException(ErrorCode.InvalidArgument, CauseOf(e)), e.StatusCode);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client went away: nobody reads an answer.
        }
        catch (IOException e) when (!context.Response.HasStarted && StorageFaults.Of(e) is not null)
        {
            await TellAsync(context, StorageFaults.Of(e)!);
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            logger.LogError(e, "{Method} {Path} failed", context.Request.Method, context.Request.Path);
            await TellAsync(
                context,
                new RondoException(ErrorCode.Internal, "The server failed.", "See server.log in its data folder.")
            );
        }
    }

    // Clients of a protocol are told in its own shape, where that has one.
    private static Task TellAsync(HttpContext context, RondoException e) =>
        context.GetEndpoint()?.Metadata.GetMetadata<ErrorShape>() is { } shape
            ? shape.Write(context, e)
            : WriteAsync(context, e);

    public static async Task WriteAsync(HttpContext context, RondoException e, int? status = null)
    {
        context.Response.StatusCode = status ?? StatusOf(e.Code);
        // Git shows people plain text, and of anything else the status only.
        if (context.Request.Headers.UserAgent.ToString().StartsWith("git/", StringComparison.Ordinal))
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(e.Message + "\n");
            return;
        }

        await context.Response.WriteAsJsonAsync(
            new
            {
                Type = "about:blank",
                Title = e.What,
                Status = context.Response.StatusCode,
                Detail = e.Mend,
                e.Code,
                Instance = context.Request.Path.Value,
            },
            RondoJson.Options,
            "application/problem+json"
        );
    }

    private static int StatusOf(ErrorCode code) =>
        code switch
        {
            ErrorCode.InvalidArgument => 400,
            ErrorCode.Unauthenticated => 401,
            ErrorCode.PermissionDenied => 403,
            ErrorCode.NotFound => 404,
            ErrorCode.Conflict => 409,
            ErrorCode.FailedPrecondition => 412,
            ErrorCode.ResourceExhausted => 429,
            ErrorCode.Unavailable => 503,
            _ => 500,
        };

    // What routing itself turns away has a status and no words.
    private static async Task TellUnfitAsync(HttpContext context)
    {
        var (method, path) = (context.Request.Method, context.Request.Path);
        var what = context.Response.StatusCode switch
        {
            StatusCodes.Status405MethodNotAllowed => $"{path} is not asked with {method}.",
            StatusCodes.Status415UnsupportedMediaType =>
                $"{method} {path} takes no body of the type '{context.Request.ContentType}': send JSON as application/json.",
            _ => null,
        };
        if (what is not null && context.Response is { HasStarted: false, ContentType: null })
        {
            await WriteAsync(context, new RondoException(ErrorCode.InvalidArgument, what), context.Response.StatusCode);
        }
    }

    // JSON says where something is wrong, and, where it is the type, names ours; else what lies deepest says most.
    private static string CauseOf(Exception e) =>
        e is JsonException { Path: { } path } && e.Message.Contains(NoType, StringComparison.Ordinal)
            ? $"The value at {path} of the body is of another type than is asked for."
        : e is JsonException || e.InnerException is null ? e.Message
        : CauseOf(e.InnerException);
}
