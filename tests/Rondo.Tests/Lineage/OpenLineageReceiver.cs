using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Json.Schema;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rondo.Tests.Tidy;

namespace Rondo.Tests.Lineage;

/// <summary>A real server on loopback that takes OpenLineage events, checks each against the schema, and answers as a test says.</summary>
internal sealed class OpenLineageReceiver : IAsyncDisposable
{
    private static readonly JsonSchema s_schema = JsonSchema.FromText(
        File.ReadAllText(Path.Combine(Repository.Root, "tests/Rondo.Tests/Lineage/openlineage-2-0-2.schema.json"))
    );

    private readonly WebApplication _app;

    private OpenLineageReceiver(WebApplication app) => _app = app;

    public ConcurrentQueue<JsonNode> Events { get; } = [];

    public ConcurrentQueue<string> Keys { get; } = [];

    /// <summary>The status and the body of the next answers.</summary>
    public Func<JsonNode, (HttpStatusCode Status, string Body)> Answer { get; set; } =
        _ => (HttpStatusCode.Created, "");

    public string Address => _app.Urls.First();

    public static async Task<OpenLineageReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var receiver = new OpenLineageReceiver(app);
        app.MapPost("/api/v1/lineage", receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>What is wrong with a document; empty where nothing is.</summary>
    public static IReadOnlyList<string> Mistakes(JsonNode document)
    {
        var result = s_schema.Evaluate(
            document,
            new EvaluationOptions { OutputFormat = OutputFormat.List, RequireFormatValidation = true }
        );
        return result.IsValid
            ? []
            :
            [
                .. result
                    .Details.Where(detail => detail.HasErrors)
                    .SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Value}")),
            ];
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        var document = (await JsonNode.ParseAsync(context.Request.Body))!;
        Keys.Enqueue(context.Request.Headers.Authorization.ToString());
        var (status, body) = Answer(document);
        if ((int)status < 300)
        {
            Events.Enqueue(document);
        }

        context.Response.StatusCode = (int)status;
        await context.Response.WriteAsync(body);
    }
}
