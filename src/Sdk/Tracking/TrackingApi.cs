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

    /// <summary>The server is there and refuses: asking again changes nothing.</summary>
    Refused,

    /// <summary>The server cannot be reached, does not know us, or cannot now: asking later may do.</summary>
    Away,
}

/// <summary>The answer to a request, with the server's words.</summary>
internal sealed record TrackingAnswer(TrackingAnswerKind Kind, string Words);

/// <summary>The server's routes that a run needs. Every request may be sent again: the second time changes nothing.</summary>
internal sealed class TrackingApi : IDisposable
{
    private const string Mlflow = "/api/2.0/mlflow/runs/";
    private const string ProxyScheme = "mlflow-artifacts:/";
    private const int WordsCharsMax = 500;
    private static readonly TimeSpan s_requestMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_artifactMax = TimeSpan.FromHours(1);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    public TrackingApi(TrackingSettings settings)
    {
        _time = settings.Time;
        Address = settings.Server!;
        _http = new HttpClient(settings.Handler()) { BaseAddress = Address, Timeout = Timeout.InfiniteTimeSpan };
        if (!string.IsNullOrEmpty(settings.Token))
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", settings.Token);
        }
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

        try
        {
            return answer with { Words = JsonElement.Parse(answer.Words).GetProperty("artifactUri").GetString()! };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return new(TrackingAnswerKind.Away, "What answers does not speak as a Rondo server does.");
        }
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
            var text = await response.Content.ReadAsStringAsync(either.Token);
            return new(KindOf(response.StatusCode), response.IsSuccessStatusCode ? text : Words(response, text));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new(TrackingAnswerKind.Away, e.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(TrackingAnswerKind.Away, $"It has not answered {method} {path} in time.");
        }
    }

    private static TrackingAnswerKind KindOf(HttpStatusCode status) =>
        (int)status switch
        {
            >= 200 and < 300 => TrackingAnswerKind.Done,
            400 or 404 or 405 or 409 or 412 or 413 or 415 or 422 => TrackingAnswerKind.Refused,
            _ => TrackingAnswerKind.Away,
        };

    private static string Words(HttpResponseMessage response, string text)
    {
        var words = text;
        try
        {
            var problem = JsonElement.Parse(text);
            words =
                problem.TryGetProperty("message", out var message) ? message.GetString()
                : problem.TryGetProperty("title", out var title) ? title.GetString()
                : text;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not one of ours: what came is said as it came.
        }

        var status = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        words = words is { Length: > WordsCharsMax } ? words[..WordsCharsMax] + "…" : words;
        return string.IsNullOrWhiteSpace(words) ? $"It answered {status} without saying why." : words;
    }
}
