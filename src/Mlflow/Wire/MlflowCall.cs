using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Kernel;
using Rondo.Kernel.Access;

namespace Rondo.Mlflow.Wire;

/// <summary>One request: its fields, from the query or the body, and who sends it.</summary>
internal sealed record MlflowCall(HttpContext Context, MlflowFields Fields)
{
    private const int BodyBytesMax = 64 * 1024 * 1024;

    private static readonly string[] s_repeated = ["order_by", "run_ids", "experiment_ids", "stages"];

    private static readonly object s_key = new();

    /// <summary>Who sends it.</summary>
    public Actor Actor => Context.GetActor();

    /// <summary>Who sends it, and what they may do.</summary>
    public Caller Caller => Context.GetCaller();

    /// <summary>A service.</summary>
    public T Get<T>()
        where T : notnull => Context.RequestServices.GetRequiredService<T>();

    /// <summary>A part of the address.</summary>
    public string Part(string name) => (string?)Context.Request.RouteValues[name] ?? "";

    /// <summary>
    /// The part at the end of the address, behind other words of it. A slash may be written as <c>%2F</c>: that is left as it is in the parts that
    /// were read, and looks there as <c>%252F</c> does, which is no slash.
    /// </summary>
    public string LastPart(string name, string behind)
    {
        var asked = Context.Features.Get<IHttpRequestFeature>()?.RawTarget.Split('?')[0] ?? "";
        var at = asked.IndexOf(behind, StringComparison.Ordinal);
        return at < 0 ? Part(name) : Uri.UnescapeDataString(asked[(at + behind.Length)..]);
    }

    /// <summary>All values of a field of the query that stands there several times.</summary>
    public IReadOnlyList<string> Repeated(string name) =>
        new MlflowFields(
            JsonSerializer.SerializeToElement(
                new Dictionary<string, object>(StringComparer.Ordinal)
                {
                    [name] = Context.Request.Query[name].Where(value => !string.IsNullOrEmpty(value)),
                }
            )
        ).Texts(name);

    /// <summary>Reads a request as its method has it; once, also where the check of what it needs has read it already.</summary>
    public static async Task<MlflowCall> ReadAsync(HttpContext context)
    {
        if (context.Items[s_key] is MlflowCall read)
        {
            return read;
        }

        var call = new MlflowCall(
            context,
            IsQuery(context.Request) ? Query(context.Request) : new MlflowFields(await BodyAsync(context))
        );
        context.Items[s_key] = call;
        return call;
    }

    /// <summary>The fields of a query, also where the body is no message.</summary>
    public static MlflowFields Query(HttpRequest request)
    {
        var fields = request.Query.ToDictionary(
            pair => pair.Key,
            pair => (object?)(IsList(pair.Key) ? pair.Value.ToArray() : pair.Value[^1]),
            StringComparer.Ordinal
        );
        return new MlflowFields(JsonSerializer.SerializeToElement(fields));
    }

    // A client may send the message of a GET as its body, where the address has none.
    private static bool IsQuery(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && (request.QueryString.HasValue || request.ContentLength is null or 0);

    private static bool IsList(string name) => s_repeated.Contains(name, StringComparer.Ordinal);

    private static async Task<JsonElement> BodyAsync(HttpContext context)
    {
        if (IsAddressAlone(context.Request))
        {
            return JsonElement.Parse("{}");
        }

        var type = context.Request.ContentType?.Split(';')[0].Trim();
        if (!string.Equals(type, "application/json", StringComparison.OrdinalIgnoreCase))
        {
            throw Refusal.Invalid(
                type is null
                    ? "Bad Request. The header Content-Type is missing; send application/json."
                    : "Bad Request. Content-Type must be application/json."
            );
        }

        var body = new PooledBytes();
        context.Response.RegisterForDispose(body);
        int read;
        while ((read = await context.Request.Body.ReadAsync(body.GetMemory(), context.RequestAborted)) > 0)
        {
            body.Advance(read);
            if (body.Count > BodyBytesMax)
            {
                throw Refusal.Invalid($"A request has at most {BodyBytesMax} bytes. Send it in several.");
            }
        }

        return Parse(context, body.WrittenMemory);
    }

    // What is named by the address is deleted without a message, and so without the type of one.
    private static bool IsAddressAlone(HttpRequest request) =>
        HttpMethods.IsDelete(request.Method) && request is { ContentType: null, ContentLength: null or 0 };

    // The message lives in memory that is used again: until the answer has been sent, and no longer.
    private static JsonElement Parse(HttpContext context, ReadOnlyMemory<byte> body)
    {
        try
        {
            if (body.IsEmpty)
            {
                return JsonElement.Parse("{}");
            }

            var document = JsonDocument.Parse(body);
            context.Response.RegisterForDispose(document);
            var message = document.RootElement;
            // Old clients write the JSON into a text of JSON.
            if (message.ValueKind == JsonValueKind.String)
            {
                message = JsonElement.Parse(message.GetString()!);
            }

            return message.ValueKind == JsonValueKind.Object
                ? message
                : throw Refusal.Invalid("The body of the request is JSON, but not an object.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Refusal.Invalid($"The body of the request is not JSON: {e.Message}");
        }
    }
}
