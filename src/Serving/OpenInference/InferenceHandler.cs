using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rondo.Kernel.Ids;
using Rondo.Serving.Routing;

namespace Rondo.Serving.OpenInference;

/// <summary>Answers one inference request: the hot path of the server.</summary>
internal sealed class InferenceHandler(
    RoutingTable routes,
    IPredictionLog log,
    IdSource ids,
    TimeProvider time,
    ILogger<InferenceHandler> logger
)
{
    private const int BodyBytesMax = 16 * 1024 * 1024;
    private const int SwapsMax = 100;
    private const string BinaryHeader = "Inference-Header-Content-Length";

    public async Task HandleAsync(HttpContext context)
    {
        if (!routes.Loaded.IsCompleted)
        {
            // Just after a start: the request waits for the models instead of failing.
            await routes.Loaded.WaitAsync(TimeSpan.FromSeconds(30), time, context.RequestAborted);
        }

        var (name, version) = ModelRoute.Of(context);
        var from = time.GetTimestamp();
        if (context.Request.Headers.ContainsKey(BinaryHeader))
        {
            await InferenceError
                .Of(
                    StatusCodes.Status400BadRequest,
                    "The binary tensor extension is not served. Send the data as JSON."
                )
                .ExecuteAsync(context);
            return;
        }

        var body = await ReadAsync(context);
        if (body is null)
        {
            await InferenceError
                .Of(StatusCodes.Status413PayloadTooLarge, "The body is larger than 16 MiB. Send fewer rows at a time.")
                .ExecuteAsync(context);
            return;
        }

        if (Enter(name, version, out var failure) is not { } deployment)
        {
            context.Request.BodyReader.AdvanceTo(body.Value.End);
            await failure!.ExecuteAsync(context);
            return;
        }

        try
        {
            await AnswerAsync(context, deployment, body.Value, from);
        }
        finally
        {
            deployment.Exit();
        }
    }

    // The routes may be swapped between finding a deployment and entering it: then the newest routes have its successor.
    private Deployment? Enter(string name, string? version, out IResult? failure)
    {
        failure = null;
        for (var attempt = 0; attempt < SwapsMax; attempt++)
        {
            var route = routes.Find(name);
            if (route is null || (version is not null && route.Find(version) is null))
            {
                failure = InferenceError.NotFound(routes, name, version);
                return null;
            }

            if (!route.IsReady)
            {
                break;
            }

            var deployment = version is null ? route.Pick() : route.Find(version)!;
            if (deployment.TryEnter())
            {
                return deployment;
            }
        }

        failure = InferenceError.Of(
            StatusCodes.Status503ServiceUnavailable,
            $"No version of model '{name}' is ready. See why: rondo endpoints show {name}."
        );
        return null;
    }

    private async Task AnswerAsync(HttpContext context, Deployment deployment, ReadOnlySequence<byte> body, long from)
    {
        var session = deployment.Rent();
        try
        {
            if (Compute(context, session, deployment, (body, from)) is { } failure)
            {
                await failure.ExecuteAsync(context);
                return;
            }

            var id = session.Head.Id ?? ids.New("inf");
            var answer = session.Write(id);
            var response = context.Response;
            response.ContentType = "application/json";
            response.ContentLength = answer.Length;
            response.BodyWriter.Write(answer.Span);
            session.Log(log, id, time.GetUtcNow());
            deployment.Counters.CountAnswer(time.GetElapsedTime(from));
            await response.BodyWriter.FlushAsync(context.RequestAborted);
        }
        finally
        {
            deployment.Return(session);
        }
    }

    private IResult? Compute(
        HttpContext context,
        InferenceSession session,
        Deployment deployment,
        (ReadOnlySequence<byte> Body, long From) request
    )
    {
        try
        {
            session.Read(request.Body);
            session.Check();
            session.Prepare();
        }
        catch (RondoException e)
        {
            deployment.Counters.CountRefused();
            return InferenceError.Of(e);
        }
        finally
        {
            context.Request.BodyReader.AdvanceTo(request.Body.End);
        }

        try
        {
            session.Predict();
            return null;
        }
        catch (Exception e)
        {
            deployment.Counters.CountError(time.GetElapsedTime(request.From));
            logger.LogError(e, "Version {Version} of {Endpoint} failed", deployment.VersionText, deployment.Endpoint);
            return InferenceError.Of(
                StatusCodes.Status500InternalServerError,
                $"Version {deployment.VersionText} of model '{deployment.Endpoint}' failed: {e.Message}"
            );
        }
    }

    // The body stays in the pipe's own memory: the request ends after it has been read from there.
    private static async ValueTask<ReadOnlySequence<byte>?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > BodyBytesMax)
        {
            return null;
        }

        var reader = context.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync(context.RequestAborted);
            if (read.Buffer.Length > BodyBytesMax)
            {
                reader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted || read.Buffer.Length == context.Request.ContentLength)
            {
                return read.Buffer;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }
}
