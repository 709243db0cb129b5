using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Rondo.Mlflow.Wire;
using Rondo.Server.Http;

namespace Rondo.Tests.Hosts.Server;

public sealed class ErrorMiddlewareTests
{
    private const int NoSpace = 28;

    public static TheoryData<Exception, int, string> Errors { get; } =
        new()
        {
            { new InvalidOperationException("a secret of ours"), 500, "INTERNAL_ERROR" },
            { new IOException("no space", NoSpace), 503, "TEMPORARILY_UNAVAILABLE" },
            { new RondoException(ErrorCode.NotFound, "It is not there."), 404, "RESOURCE_DOES_NOT_EXIST" },
        };

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task Clients_of_a_protocol_are_told_in_its_own_shape(Exception error, int status, string code)
    {
        var (answered, body) = await AnswerAsync(error, MlflowHandler.Errors);

        Assert.Equal(status, answered);
        Assert.Equal(code, body.GetProperty("error_code").GetString());
        Assert.DoesNotContain("secret", body.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Others_are_told_in_problem_details()
    {
        var (answered, body) = await AnswerAsync(new InvalidOperationException("a secret of ours"));

        Assert.Equal((500, "The server failed."), (answered, body.GetProperty("title").GetString()));
    }

    private static async Task<(int Status, JsonElement Body)> AnswerAsync(Exception error, params object[] metadata)
    {
        var context = new DefaultHttpContext();
        using var written = new MemoryStream();
        context.Response.Body = written;
        context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(metadata), "route"));
        var edge = new ErrorMiddleware(_ => throw error, NullLogger<ErrorMiddleware>.Instance);
        await edge.InvokeAsync(context);
        return (context.Response.StatusCode, JsonElement.Parse(written.ToArray()));
    }
}
