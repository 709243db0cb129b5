using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Rondo.Sdk;

/// <summary>How a request ended.</summary>
internal enum TrackingAnswerKind
{
    /// <summary>It was done.</summary>
    Done,

    /// <summary>A server that speaks as ours does refuses: asking again changes nothing.</summary>
    Refused,

    /// <summary>The server does not have what was asked about: the run may be gone.</summary>
    Missing,

    /// <summary>The server cannot be reached, does not know us, cannot now, or something else answers: asking later may do.</summary>
    Away,
}

/// <summary>The answer to a request, with the server's words.</summary>
internal sealed record TrackingAnswer(TrackingAnswerKind Kind, string Words)
{
    /// <summary>Whether the server did not know the run before.</summary>
    public bool IsNew { get; init; }

    /// <summary>Whether the server may have done it all the same: the request left, and no answer of the server came.</summary>
    public bool MayBeDone { get; init; }
}

/// <summary>The server's routes that a run needs. Every request may be sent again: the second time changes nothing.</summary>
internal sealed class TrackingApi : IDisposable
{
    private const string Mlflow = "/api/2.0/mlflow/runs/";
    private const string ProxyScheme = "mlflow-artifacts:/";
    private const string StrangerWords = "What answers does not speak as a Rondo server does.";
    private const int WordsCharsMax = 500;
    private const int AnswerBytesMax = 1024 * 1024;
    private static readonly TimeSpan s_requestMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_artifactMax = TimeSpan.FromHours(1);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    public TrackingApi(TrackingSettings settings)
    {
        _time = settings.Time;
        Address = settings.Server!;
        _http = new HttpClient(settings.Handler())
        {
            BaseAddress = Address,
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = AnswerBytesMax,
        };
        _http.DefaultRequestHeaders.Authorization = BearerToken.Header(settings.Token);
    }

    public Uri Address { get; }

    /// <summary>Creates the run and its experiment where they are not there; done answers with the place of its artifacts.</summary>
    public async Task<TrackingAnswer> PutRunAsync(SpoolStart start, CancellationToken cancellation)
    {
        var body = new
        {
            start.Experiment,
            start.Name,
            start.User,
            StartedAt = start.At,
            start.Tags,
        };
        var content = Json(JsonSerializer.SerializeToUtf8Bytes(body, JsonSerializerOptions.Web));
        var answer = await SendAsync(HttpMethod.Put, "/api/v1/tracking/runs/" + start.Run, content, cancellation);
        if (answer.Kind != TrackingAnswerKind.Done)
        {
            return answer;
        }

        var run = JsonElement.Parse(answer.Words);
        return TextIn(run, "artifactUri") is { } root
            ? answer with
            {
                Words = root,
                IsNew = run.TryGetProperty("isNew", out var isNew) && isNew.ValueKind == JsonValueKind.True,
            }
            : new(TrackingAnswerKind.Away, StrangerWords);
    }

    /// <summary>Logs metrics, params and tags.</summary>
    public Task<TrackingAnswer> LogAsync(
        string run,
        IReadOnlyList<SpoolOperation> batch,
        CancellationToken cancellation
    ) => PostAsync("log-batch", json => WriteBatch(json, run, batch), cancellation);

    /// <summary>Logs a dataset.</summary>
    public Task<TrackingAnswer> LogDatasetAsync(string run, SpoolOperation dataset, CancellationToken cancellation)
    {
        var isWeb =
            dataset.Source.StartsWith("http://", StringComparison.Ordinal)
            || dataset.Source.StartsWith("https://", StringComparison.Ordinal);
        var body = new
        {
            run_id = run,
            datasets = new[]
            {
                new
                {
                    tags = new[] { new { key = "mlflow.data.context", value = dataset.Context } },
                    dataset = new
                    {
                        name = dataset.Key,
                        digest = dataset.Text,
                        // As MLflow's own client describes them, so that it can read them.
                        source_type = isWeb ? "http" : "local",
                        source = JsonSerializer.Serialize(
                            new Dictionary<string, string>(StringComparer.Ordinal)
                            {
                                [isWeb ? "url" : "uri"] = dataset.Source,
                            }
                        ),
                    },
                },
            },
        };
        return SendAsync(
            HttpMethod.Post,
            Mlflow + "log-inputs",
            Json(JsonSerializer.SerializeToUtf8Bytes(body)),
            cancellation
        );
    }

    /// <summary>Ends a run.</summary>
    public Task<TrackingAnswer> EndAsync(string run, SpoolOperation end, CancellationToken cancellation) =>
        PostAsync(
            "update",
            json =>
            {
                json.WriteString("run_id", run);
                json.WriteString("status", end.Key);
                json.WriteNumber("end_time", end.At);
            },
            cancellation
        );

    /// <summary>Puts a file among the artifacts of a run.</summary>
    public async Task<TrackingAnswer> PutArtifactAsync(
        string root,
        string path,
        string file,
        CancellationToken cancellation
    )
    {
        if (!root.StartsWith(ProxyScheme, StringComparison.Ordinal))
        {
            return new(
                TrackingAnswerKind.Refused,
                $"The experiment keeps its artifacts at {root}, which is not on the server."
            );
        }

        if (!File.Exists(file))
        {
            return new(TrackingAnswerKind.Refused, $"The copy {file} is not there any more.");
        }

        var address = root[ProxyScheme.Length..].Trim('/') + "/" + path;
        var escaped = string.Join('/', address.Split('/').Select(Uri.EscapeDataString));
        await using var stream = File.OpenRead(file);
        return await SendAsync(
            HttpMethod.Put,
            "/api/2.0/mlflow-artifacts/artifacts/" + escaped,
            new StreamContent(stream),
            cancellation
        );
    }

    public void Dispose() => _http.Dispose();

    private Task<TrackingAnswer> PostAsync(string route, Action<Utf8JsonWriter> write, CancellationToken cancellation)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return SendAsync(HttpMethod.Post, Mlflow + route, Json(body.WrittenSpan.ToArray()), cancellation);
    }

    private static void WriteBatch(Utf8JsonWriter json, string run, IReadOnlyList<SpoolOperation> batch)
    {
        json.WriteString("run_id", run);
        json.WriteStartArray("metrics");
        foreach (var point in batch.Where(operation => operation.Kind == SpoolOperationKind.Metric))
        {
            json.WriteStartObject();
            json.WriteString("key", point.Key);
            SpoolOperation.WriteNumber(json, point.Value);
            json.WriteNumber("timestamp", point.At);
            json.WriteNumber("step", point.Step);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WritePairs(json, "params", batch.Where(operation => operation.Kind == SpoolOperationKind.Param));
        WritePairs(json, "tags", batch.Where(operation => operation.Kind == SpoolOperationKind.Tag));
    }

    private static void WritePairs(Utf8JsonWriter json, string name, IEnumerable<SpoolOperation> pairs)
    {
        json.WriteStartArray(name);
        foreach (var pair in pairs)
        {
            json.WriteStartObject();
            json.WriteString("key", pair.Key);
            json.WriteString("value", pair.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static ByteArrayContent Json(byte[] body) =>
        new(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    private async Task<TrackingAnswer> SendAsync(
        HttpMethod method,
        string path,
        HttpContent content,
        CancellationToken cancellation
    )
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var limit = new CancellationTokenSource(content is StreamContent ? s_artifactMax : s_requestMax, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            using var response = await _http.SendAsync(request, either.Token);
            var text = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(either.Token));
            return AnswerOf(response.StatusCode, text);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new(TrackingAnswerKind.Away, e.Message) { MayBeDone = !IsBeforeRequest(e) };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(TrackingAnswerKind.Away, $"It has not answered {method} {path} in time.") { MayBeDone = true };
        }
    }

    private static bool IsBeforeRequest(Exception e) =>
        e
            is HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError
                    or HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError
                    or HttpRequestError.ProxyTunnelError
            };

    // What stands in between (a proxy, a page to log in) has answers of its own: none of them says that the server has or refuses something.
    private static TrackingAnswer AnswerOf(HttpStatusCode status, string text)
    {
        var json = ObjectIn(text);
        var code = json is null ? null : TextIn(json.Value, "error_code") ?? TextIn(json.Value, "code");
        return (int)status switch
        {
            >= 200 and < 300 => json is null
                ? new(TrackingAnswerKind.Away, StrangerWords)
                : new(TrackingAnswerKind.Done, text),
            404 when code == "RESOURCE_DOES_NOT_EXIST" => new(TrackingAnswerKind.Missing, Words(status, json, text)),
            // What is too large for a proxy never comes to the server.
            413 => new(TrackingAnswerKind.Refused, Words(status, json, text)),
            400 or 404 or 405 or 409 or 412 or 415 or 422 when code is not null => new(
                TrackingAnswerKind.Refused,
                Words(status, json, text)
            ),
            >= 300 and < 400 => new(TrackingAnswerKind.Away, $"It answers {Number(status)}: go elsewhere"),
            _ => new(TrackingAnswerKind.Away, Words(status, json, text)) { MayBeDone = (int)status >= 500 },
        };
    }

    private static string Words(HttpStatusCode status, JsonElement? json, string text)
    {
        var words = json is null ? text : TextIn(json.Value, "message") ?? TextIn(json.Value, "title") ?? text;
        words = words.Length > WordsCharsMax ? words[..WordsCharsMax] + "…" : words;
        return string.IsNullOrWhiteSpace(words) ? $"It answered {Number(status)} without saying why." : words;
    }

    private static string Number(HttpStatusCode status) => ((int)status).ToString(CultureInfo.InvariantCulture);

    private static JsonElement? ObjectIn(string text)
    {
        try
        {
            return JsonElement.Parse(text) is { ValueKind: JsonValueKind.Object } json ? json : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? TextIn(JsonElement json, string name)
    {
        try
        {
            return json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
        }
        catch (InvalidOperationException)
        {
            // Half a character.
            return null;
        }
    }
}
