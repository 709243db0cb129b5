using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Rondo.Tests.Kernel;

public sealed class HandlerRouteTests
{
    private sealed record Body(string Name, int? Count);

    private sealed record Page(string Folder, int? Limit, string? Mark);

    [Fact]
    public async Task A_handler_binds_and_answers_and_refuses_as_the_framework_would()
    {
        await using var ours = await StartAsync(routes =>
        {
            routes.MapGet("/pages/{folder}", ([AsParameters] Page page) => page);
            routes.MapPost("/bodies", (Body body, int times) => Results.Json(new { body, times }, statusCode: 201));
            routes.MapDelete(
                "/pages/{folder}",
                (string folder, HttpContext context) => context.Response.WriteAsync(folder)
            );
        });
        await using var theirs = await StartAsync(routes =>
        {
            EndpointRouteBuilderExtensions.MapGet(routes, "/pages/{folder}", ([AsParameters] Page page) => page);
            EndpointRouteBuilderExtensions.MapPost(
                routes,
                "/bodies",
                (Body body, int times) => Results.Json(new { body, times }, statusCode: 201)
            );
            EndpointRouteBuilderExtensions.MapDelete(
                routes,
                "/pages/{folder}",
                (string folder, HttpContext context) => context.Response.WriteAsync(folder)
            );
        });
        foreach (
            var (method, address, body) in new[]
            {
                ("GET", "/pages/a?limit=3&mark=%C3%BC", null),
                ("GET", "/pages/a", null),
                ("GET", "/pages/a?limit=three", null),
                ("DELETE", "/pages/a", null),
                ("PUT", "/pages/a", null),
                ("POST", "/bodies?times=2", """{"name":"x","count":1}"""),
                ("POST", "/bodies?times=2", """{"name":"""),
                ("POST", "/bodies?times=2", ""),
                ("POST", "/bodies", """{"name":"x"}"""),
                ("POST", "/bodies?times=2", null),
            }
        )
        {
            var expected = await AnswerAsync(theirs, method, address, body);

            Assert.Equal(expected, await AnswerAsync(ours, method, address, body));
            Assert.Equal(expected, await AnswerAsync(ours, method, address, body));
        }
    }

    [Fact]
    public async Task A_handler_with_a_parameter_that_cannot_be_bound_fails_before_any_request_is_answered()
    {
        await using var app = await StartAsync(routes => routes.MapGet("/page", (Body body) => body.Name));
        var endpoints = (IEndpointRouteBuilder)app;

        Assert.Throws<InvalidOperationException>(() => endpoints.DataSources.Single().Endpoints);
    }

    private static async Task<WebApplication> StartAsync(Action<IEndpointRouteBuilder> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        map(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static async Task<(HttpStatusCode, string?, string)> AnswerAsync(
        WebApplication app,
        string method,
        string address,
        string? body
    )
    {
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        using var request = new HttpRequestMessage(new HttpMethod(method), address);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (
            answer.StatusCode,
            answer.Content.Headers.ContentType?.ToString(),
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );
    }
}
