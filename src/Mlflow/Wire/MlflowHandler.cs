using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel;
using Rondo.Kernel.Access;

namespace Rondo.Mlflow.Wire;

/// <summary>The edge: reads a call, writes its answer, and tells what is refused in MLflow's own shape.</summary>
internal static class MlflowHandler
{
    /// <summary>Names in snake case; what is null is absent; numbers that JSON lacks are texts.</summary>
    public static JsonSerializerOptions Json { get; } =
        new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };

    /// <summary>How an answer is written.</summary>
    public static JsonWriterOptions Written { get; } = new() { Encoder = Json.Encoder, SkipValidation = true };

    /// <summary>How clients are told what was refused before a route was reached.</summary>
    public static ErrorShape Errors { get; } = new(Knows, WriteAsync);

    /// <summary>The answer to calls that have nothing to tell.</summary>
    public static object Empty { get; } = new();

    /// <summary>A route that a service answers.</summary>
    public static RequestDelegate Of<T>(Func<T, MlflowCall, Task<object>> answer)
        where T : notnull => Of(call => answer(call.Context.RequestServices.GetRequiredService<T>(), call));

    /// <summary>A route that a service obeys without telling anything.</summary>
    public static RequestDelegate Do<T>(Func<T, MlflowCall, Task> work)
        where T : notnull =>
        Of<T>(
            async (service, call) =>
            {
                await work(service, call);
                return Empty;
            }
        );

    /// <summary>A route.</summary>
    public static RequestDelegate Of(Func<MlflowCall, Task<object>> answer) =>
        Guarded(async context =>
        {
            var result = await answer(await MlflowCall.ReadAsync(context));
            await WriteAsync(context, result);
        });

    /// <summary>A route whose body is not a message: it reads and writes by itself.</summary>
    public static RequestDelegate Raw<T>(Func<T, HttpContext, Task> work)
        where T : notnull => Guarded(context => work(context.RequestServices.GetRequiredService<T>(), context));

    private static RequestDelegate Guarded(RequestDelegate work) =>
        async context =>
        {
            try
            {
                await work(context);
            }
            catch (Exception e) when (Knows(e))
            {
                await WriteAsync(context, e);
            }
        };

    // Whoever reads 500 asks again for minutes: what is the caller's fault is told as such, whatever its code.
    private static bool Knows(Exception error) => error is Refusal or RondoException { Code: not ErrorCode.Internal };

    private static Task WriteAsync(HttpContext context, Exception error)
    {
        var (status, code) = error is Refusal refusal
            ? (StatusOf(refusal), refusal.Code)
            : CodeOf(((RondoException)error).Code);
        return WriteAsync(context, status, code, error.Message);
    }

    // The whole answer is there already: to write it in pieces, each of which may wait, costs more than to write it.
    private static async Task WriteAsync(HttpContext context, object answer)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter, Written);
        if (answer is IMlflowAnswer written)
        {
            using (written)
            {
                written.Write(writer);
            }
        }
        else
        {
            JsonSerializer.Serialize(writer, answer, answer.GetType(), Json);
        }

        // What ends the answer goes with it: the last that is written leaves when the request has ended.
        writer.Flush();
    }

    private static Task WriteAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new MlflowError(code, message), Json, context.RequestAborted);
    }

    private static int StatusOf(Refusal refusal) =>
        refusal.Code switch
        {
            Refusal.DoesNotExist => 404,
            Refusal.NotImplemented => 501,
            _ => 400,
        };

    private static (int Status, string Code) CodeOf(ErrorCode code) =>
        code switch
        {
            ErrorCode.Unauthenticated => (401, "UNAUTHENTICATED"),
            ErrorCode.PermissionDenied => (403, "PERMISSION_DENIED"),
            ErrorCode.NotFound => (404, Refusal.DoesNotExist),
            ErrorCode.Conflict => (409, "RESOURCE_CONFLICT"),
            ErrorCode.ResourceExhausted => (429, "RESOURCE_EXHAUSTED"),
            ErrorCode.Unavailable => (503, "TEMPORARILY_UNAVAILABLE"),
            ErrorCode.Internal => (500, "INTERNAL_ERROR"),
            _ => (400, Refusal.InvalidParameter),
        };

    private sealed record MlflowError(string ErrorCode, string Message);
}
