using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Rondo.Data;
using Rondo.Sdk;

namespace Rondo.Cli.Api;

/// <summary>The server's HTTP interface. Problem details become a <see cref="RondoException"/> again, so that a command ends with the right words and exit code.</summary>
internal sealed class RondoApi : IDisposable
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(10);

    private readonly HttpClient _http;

    // A large file takes as long as it takes.
    private readonly HttpClient _streams;

    public RondoApi(Uri address, string? token)
    {
        Address = address;
        _http = new HttpClient { BaseAddress = address, Timeout = s_timeout };
        _streams = new HttpClient { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.Authorization = BearerToken.Header(token);
        _streams.DefaultRequestHeaders.Authorization = _http.DefaultRequestHeaders.Authorization;
    }

    public Uri Address { get; }

    public Task<JsonElement> GetAsync(string path, CancellationToken cancellation) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path), cancellation);

    public Task<JsonElement> PostAsync(string path, object body, CancellationToken cancellation) =>
        SendAsync(Request(HttpMethod.Post, path, body), cancellation);

    public Task<JsonElement> PutAsync(string path, object body, CancellationToken cancellation) =>
        SendAsync(Request(HttpMethod.Put, path, body), cancellation);

    public Task<JsonElement> DeleteAsync(string path, CancellationToken cancellation) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Delete, path), cancellation);

    /// <summary>An answer that is a page and no document.</summary>
    public Task<string> GetTextAsync(string path, CancellationToken cancellation) =>
        SendTextAsync(new HttpRequestMessage(HttpMethod.Get, path), cancellation);

    /// <summary>Sends a file's bytes as they are.</summary>
    public Task<JsonElement> PostFileAsync(string path, string file, CancellationToken cancellation) =>
        SendFileAsync(HttpMethod.Post, path, file, cancellation);

    /// <summary>Sends a file's bytes as they are, to be kept under their address.</summary>
    public Task<JsonElement> PutFileAsync(string path, string file, CancellationToken cancellation) =>
        SendFileAsync(HttpMethod.Put, path, file, cancellation);

    /// <summary>Sends bytes as they are.</summary>
    public Task<JsonElement> PostBytesAsync(string path, byte[] bytes, CancellationToken cancellation) =>
        SendAsync(
            new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(bytes) },
            cancellation
        );

    /// <summary>Sends what a stream has, however much that is.</summary>
    public async Task PutStreamAsync(string path, Stream content, CancellationToken cancellation) =>
        await SendTextAsync(
            _streams,
            new HttpRequestMessage(HttpMethod.Put, path) { Content = new StreamContent(content) },
            cancellation
        );

    /// <summary>Hands an answer over as it comes, however much that is.</summary>
    public async Task ReadStreamAsync(string path, Func<Stream, Task> read, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        try
        {
            using var response = await _streams.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                cancellation
            );
            if (!response.IsSuccessStatusCode)
            {
                throw ErrorOf(request, response, await response.Content.ReadAsStringAsync(cancellation));
            }

            await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
            await read(stream);
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException)
        {
            throw Unreachable(e);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _streams.Dispose();
    }

    private async Task<JsonElement> SendFileAsync(
        HttpMethod method,
        string path,
        string file,
        CancellationToken cancellation
    )
    {
        await using var stream = Open(file);
        return await SendAsync(
            new HttpRequestMessage(method, path) { Content = new StreamContent(stream) },
            cancellation
        );
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, object body) =>
        new(method, path) { Content = JsonContent.Create(body, body.GetType(), options: RondoJson.Options) };

    private async Task<JsonElement> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var text = await SendTextAsync(request, cancellation);
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    private Task<string> SendTextAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        SendTextAsync(_http, request, cancellation);

    private async Task<string> SendTextAsync(
        HttpClient http,
        HttpRequestMessage request,
        CancellationToken cancellation
    )
    {
        try
        {
            using var owned = request;
            using var response = await http.SendAsync(request, cancellation);
            var text = await response.Content.ReadAsStringAsync(cancellation);
            if (!response.IsSuccessStatusCode)
            {
                throw ErrorOf(request, response, text);
            }

            return text;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw Unreachable(e);
        }
        catch (TaskCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new RondoException(
                ErrorCode.Unavailable,
                $"The server at {Address.GetLeftPart(UriPartial.Authority)} has not answered {request.Method} {request.RequestUri} within {s_timeout.TotalMinutes:0} minutes.",
                "See 'rondo status' and server.log in its data folder.",
                e
            );
        }
        catch (JsonException e)
        {
            throw new RondoException(
                ErrorCode.Unavailable,
                $"What answers at {Address.GetLeftPart(UriPartial.Authority)} does not speak as a Rondo server does: the answer is not JSON.",
                "Name the right address with --server.",
                e
            );
        }
    }

    private RondoException Unreachable(Exception e) =>
        new(
            ErrorCode.Unavailable,
            $"The server at {Address.GetLeftPart(UriPartial.Authority)} cannot be reached: {e.Message.TrimEnd('.')}.",
            "Start it with 'rondo up', or name another with --server.",
            e
        );

    private static FileStream Open(string file)
    {
        if (Directory.Exists(file))
        {
            throw new RondoException(ErrorCode.InvalidArgument, $"{file} is a folder.", "Name one of its files.");
        }

        if (!File.Exists(file))
        {
            throw new RondoException(ErrorCode.NotFound, $"There is no file {Path.GetFullPath(file)}.");
        }

        try
        {
            return File.OpenRead(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RondoException(
                ErrorCode.PermissionDenied,
                $"{Path.GetFullPath(file)} cannot be read: {e.Message}",
                null,
                e
            );
        }
    }

    private static RondoException ErrorOf(HttpRequestMessage request, HttpResponseMessage response, string text)
    {
        try
        {
            var problem = JsonDocument.Parse(text).RootElement;
            if (problem.ValueKind == JsonValueKind.Object && problem.TryGetProperty("title", out var title))
            {
                var code =
                    problem.TryGetProperty("code", out var named)
                    && Enum.TryParse<ErrorCode>(named.GetString(), ignoreCase: true, out var parsed)
                        ? parsed
                        : CodeOf(response);
                return new RondoException(code, title.GetString() ?? "", problem.Text("detail"));
            }

            // The Open Inference Protocol has an error shape of its own.
            if (problem.ValueKind == JsonValueKind.Object && problem.TryGetProperty("error", out var error))
            {
                return new RondoException(CodeOf(response), error.GetString() ?? "");
            }

            // So have MLflow's routes.
            if (problem.ValueKind == JsonValueKind.Object && problem.TryGetProperty("error_code", out _))
            {
                return new RondoException(CodeOf(response), problem.Text("message") ?? "");
            }
        }
        catch (JsonException)
        {
            // Not one of ours: say what came.
        }

        return new RondoException(
            CodeOf(response),
            $"{request.Method} {response.RequestMessage?.RequestUri?.AbsolutePath} answered {(int)response.StatusCode} {response.ReasonPhrase}, without saying why.",
            "Is this a Rondo server of the same version? See 'rondo status'."
        );
    }

    private static ErrorCode CodeOf(HttpResponseMessage response) =>
        (int)response.StatusCode switch
        {
            400 => ErrorCode.InvalidArgument,
            401 => ErrorCode.Unauthenticated,
            403 => ErrorCode.PermissionDenied,
            404 => ErrorCode.NotFound,
            409 => ErrorCode.Conflict,
            412 => ErrorCode.FailedPrecondition,
            429 => ErrorCode.ResourceExhausted,
            503 => ErrorCode.Unavailable,
            _ => ErrorCode.Internal,
        };
}
