using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Rondo.Kernel;
using Rondo.Kernel.Access;
using Rondo.Kernel.Blobs;
using Rondo.Kernel.Projects;
using Rondo.Sdk.Processes;

namespace Rondo.Delivery.Repositories;

/// <summary>Git's smart HTTP protocol, spoken by git itself: this passes bytes between a client and <c>git … --stateless-rpc</c>.</summary>
internal sealed partial class GitEndpoints(
    GitRepositories repositories,
    ProjectStore projects,
    PushGate gate,
    DeliveryOptions options,
    ILogger<GitEndpoints> logger
)
{
    private const string UploadPack = "git-upload-pack";
    private const string ReceivePack = "git-receive-pack";

    // What a client asks of upload-pack is lists of commits; 64 MiB are more than a million of them.
    private const long AskBytesMax = 64L * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder routes, DeliveryOptions options)
    {
        var group = routes.MapGroup("/git/{repository}");
        group
            .MapGet(
                "/info/refs",
                (string repository, string? service, HttpContext context, GitEndpoints git) =>
                    git.AdvertiseAsync(repository, service, context)
            )
            .Needs(Permission.Read, OfRepository);
        group
            .MapPost(
                "/" + UploadPack,
                (string repository, HttpContext context, GitEndpoints git) => git.UploadAsync(repository, context)
            )
            .Needs(Permission.Read, OfRepository)
            .WithMetadata(new RequestSizeLimitAttribute(AskBytesMax));
        group
            .MapPost(
                "/" + ReceivePack,
                (string repository, HttpContext context, GitEndpoints git) => git.ReceiveAsync(repository, context)
            )
            .Needs(Permission.DeliveryPush, OfRepository)
            .WithMetadata(new RequestSizeLimitAttribute(options.PushBytesMax));
    }

    private static PlaceFinder OfRepository { get; } =
        context =>
            ValueTask.FromResult<IReadOnlyList<Place>>([
                Place.Project(ProjectOf((string)context.Request.RouteValues["repository"]!)),
            ]);

    private async Task AdvertiseAsync(string repository, string? service, HttpContext context)
    {
        if (service is not (UploadPack or ReceivePack))
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                "This address speaks Git's smart HTTP protocol only.",
                "Use git: git push ADDRESS main."
            );
        }

        if (service == ReceivePack)
        {
            // Whoever may not push hears so before anything is sent.
            context.GetCaller().Require(Permission.DeliveryPush, Place.Project(ProjectOf(repository)));
        }

        var folder = await OpenAsync(repository);
        Answer(context, $"application/x-{service}-advertisement");
        var title = $"# service={service}\n";
        await context.Response.WriteAsync($"{title.Length + 4:x4}{title}0000", context.RequestAborted);
        await ServeAsync(context, Call(context, folder, service, "--advertise-refs"), Stream.Null);
    }

    private async Task UploadAsync(string repository, HttpContext context)
    {
        var folder = await OpenAsync(repository);
        Answer(context, $"application/x-{UploadPack}-result");
        await ServeAsync(context, Call(context, folder, UploadPack), BodyOf(context.Request));
    }

    private async Task ReceiveAsync(string repository, HttpContext context)
    {
        var folder = await OpenAsync(repository);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        await using var gated = gate.Open(ProjectOf(repository), context.GetActor(), ended.Token);
        Answer(context, $"application/x-{ReceivePack}-result");
        var call = Call(context, folder, ReceivePack);
        var environment = new Dictionary<string, string>(call.Environment, StringComparer.Ordinal)
        {
            ["RONDO_PUSH"] = gated.Folder,
        };
        try
        {
            await ServeAsync(context, call with { Environment = environment }, BodyOf(context.Request));
        }
        finally
        {
            // Git is done: whatever the gate still waits for will not come.
            await ended.CancelAsync();
        }

        await gated.CompleteAsync();
    }

    private async Task<string> OpenAsync(string repository)
    {
        var project = ProjectOf(repository);
        if (project == Project.OfClients)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"The project '{project}' has the models that MLflow's clients register, and no pipelines.",
                "Create one for yours: rondo projects create NAME."
            );
        }

        await projects.RequireAsync(project);
        return await repositories.OpenAsync(project);
    }

    // Requiring the project keeps any other name, whatever characters it has, away from the file system.
    private static string ProjectOf(string repository) =>
        repository.EndsWith(".git", StringComparison.Ordinal) ? repository[..^4] : repository;

    private ProgramCall Call(HttpContext context, string folder, string service, params IEnumerable<string> arguments)
    {
        var protocol = context.Request.Headers["Git-Protocol"].ToString();
        IEnumerable<(string, string)> environment = ProtocolPattern().IsMatch(protocol)
            ? [("GIT_PROTOCOL", protocol)]
            : [];
        return repositories.Call(folder, [service["git-".Length..], "--stateless-rpc", .. arguments, "."], environment);
    }

    private async Task ServeAsync(HttpContext context, ProgramCall call, Stream body)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var served = call with
        {
            Feed = input => FeedAsync(body, input, stop),
            Read = output => SendAsync(output, context),
            OnError = line => logger.LogWarning("git: {Line}", line),
            // Git tidies up behind the push that gave the occasion.
            MayLeaveDaemons = true,
        };
        try
        {
            await ProcessRoom.Current.RunAsync(served, stop.Token);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // What the client sent came to no good end, and git was ended. The answer so far is all that there is.
        }
    }

    private static async Task SendAsync(Stream output, HttpContext context)
    {
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await output.ReadAsync(buffer, context.RequestAborted)) > 0)
        {
            await context.Response.Body.WriteAsync(buffer.AsMemory(0, read), context.RequestAborted);
            // Progress is worth nothing when it comes late.
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }

    private async Task FeedAsync(Stream body, Stream input, CancellationTokenSource stop)
    {
        try
        {
            await body.CopyToAsync(input, stop.Token);
        }
        catch (Exception e)
            when (e
                    is IOException
                        or InvalidDataException
                        or OperationCanceledException
                        or BadHttpRequestException
                        or RondoException
            )
        {
            // Git has had enough, the client is gone, or what it sent is no gzip: git must not wait for the rest.
            logger.LogWarning("A git request ended early: {Message}", e.Message);
            await stop.CancelAsync();
        }
    }

    private Stream BodyOf(HttpRequest request) =>
        request.Headers.ContentEncoding.ToString() switch
        {
            "" or "identity" => request.Body,
            // What is unpacked has the same limit: a small request must not become a large one.
            "gzip" or "x-gzip" => new BoundedStream(
                new GZipStream(request.Body, CompressionMode.Decompress),
                request.Path.Value!.EndsWith(UploadPack, StringComparison.Ordinal) ? AskBytesMax : options.PushBytesMax,
                "The request"
            ),
            var other => throw new RondoException(
                ErrorCode.InvalidArgument,
                $"A body in encoding '{other}' cannot be read.",
                "Send it plain, or as gzip."
            ),
        };

    private static void Answer(HttpContext context, string contentType)
    {
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-cache, no-store";
    }

    [GeneratedRegex(@"^[A-Za-z0-9=:._-]{1,200}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ProtocolPattern();
}
