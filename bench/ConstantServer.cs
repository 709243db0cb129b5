using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Rondo.Benchmarks;

/// <summary>The peer: the same web server, set up alike, that reads a request's body and answers with constant bytes.</summary>
internal static class ConstantServer
{
    private static readonly byte[] s_answer = Encoding.UTF8.GetBytes(
        """{"model_name":"m","model_version":"1","id":"0","outputs":[{"name":"prediction","datatype":"FP32","shape":[1],"data":[12.345]}]}"""
    );

    public static async Task<int> RunAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapGet("/constant", AnswerAsync);
        app.MapPost("/constant", ReadAndAnswerAsync);
        app.MapPost(TrackingClient.Base + "runs/log-metric", ReadAndAnswerAsync);
        await app.StartAsync();
        Console.WriteLine("listens on " + app.Urls.First());
        await app.WaitForShutdownAsync();
        return 0;
    }

    private static async Task ReadAndAnswerAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            reader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                break;
            }
        }

        await AnswerAsync(context);
    }

    private static Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = s_answer.Length;
        return context.Response.Body.WriteAsync(s_answer).AsTask();
    }
}
