using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace TransitDemand.Replay;

/// <summary>The few addresses of the server that the replay needs, over kept-alive connections.</summary>
internal sealed class RondoClient : IDisposable
{
    private static readonly TimeSpan SettleTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(40);

    private readonly HttpClient _http;
    private readonly Options _options;

    public RondoClient(Options options)
    {
        _options = options;
        _http = new HttpClient { BaseAddress = options.Server, Timeout = TimeSpan.FromSeconds(100) };
    }

    /// <summary>How long the replay has waited for the server to settle.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>Asks an endpoint; null where it did not answer as it should.</summary>
    public async Task<(double? Answer, double Ms)> AskAsync(string endpoint, byte[] request)
    {
        var from = Stopwatch.GetTimestamp();
        try
        {
            using var content = Json(request);
            using var response = await _http.PostAsync($"/v2/models/{endpoint}/infer", content);
            var body = await response.Content.ReadAsByteArrayAsync();
            var ms = Stopwatch.GetElapsedTime(from).TotalMilliseconds;
            return (response.IsSuccessStatusCode ? InferenceRequest.Answer(body) : null, ms);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or JsonException)
        {
            return (null, Stopwatch.GetElapsedTime(from).TotalMilliseconds);
        }
    }

    public Task SendTruthsAsync(string endpoint, IReadOnlyList<Truth> truths) =>
        PostAsync($"/api/v1/endpoints/{endpoint}/ground-truth", JsonContent.Create(truths));

    public Task PushAsync(string file, byte[] rows) =>
        PostAsync(
            $"/api/v1/projects/{_options.Project}/datasets/{_options.Dataset}/files/{file}?environment=production",
            new ByteArrayContent(rows)
        );

    public Task StartRunAsync(string reason) =>
        PostAsync(
            $"/api/v1/projects/{_options.Project}/pipelines/{_options.Pipeline}/runs",
            JsonContent.Create(new { environment = "production", reason })
        );

    /// <summary>The newest runs of the pipeline in production.</summary>
    public async Task<IReadOnlyList<RunView>> RunsAsync()
    {
        var query = $"project={_options.Project}&pipeline={_options.Pipeline}&environment=production&limit=200";
        var page = await _http.GetFromJsonAsync<JsonElement>("/api/v1/runs?" + query);
        var items = page.ValueKind == JsonValueKind.Array ? page : page.GetProperty("items");
        return [.. items.EnumerateArray().Select(RunView.Of)];
    }

    /// <summary>Whether traffic is moving from one version to another.</summary>
    public async Task<bool> IsRollingOutAsync()
    {
        var endpoint = await _http.GetFromJsonAsync<JsonElement>($"/api/v1/endpoints/{_options.Endpoint}");
        return endpoint.TryGetProperty("rollout", out var rollout)
            && rollout.ValueKind == JsonValueKind.Object
            && rollout.GetProperty("state").GetString() is "waiting" or "running";
    }

    /// <summary>
    /// Waits until nothing is left to be done on the server. In life a retraining takes minutes and a day takes a day; here a day
    /// takes milliseconds, and must not overtake a retraining.
    /// </summary>
    public async Task SettleAsync()
    {
        var from = Stopwatch.GetTimestamp();
        // Twice in a row: what one part has just finished, another may be about to pick up.
        for (var quiet = 0; quiet < 2; )
        {
            var status = await _http.GetFromJsonAsync<JsonElement>("/api/v1/status");
            quiet = status.GetProperty("busy").EnumerateObject().Any() ? 0 : quiet + 1;
            if (Stopwatch.GetElapsedTime(from) > SettleTimeout)
            {
                throw new TimeoutException(
                    $"The server has been busy for {SettleTimeout.TotalMinutes} minutes: {status.GetProperty("busy")}"
                );
            }
            if (quiet < 2)
            {
                await Task.Delay(PollEvery);
            }
        }
        Waited += Stopwatch.GetElapsedTime(from);
    }

    public void Dispose() => _http.Dispose();

    private static ByteArrayContent Json(byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        return content;
    }

    private async Task PostAsync(string address, HttpContent content)
    {
        using var owned = content;
        using var response = await _http.PostAsync(address, content);
        if (!response.IsSuccessStatusCode)
        {
            var body = await response.Content.ReadAsStringAsync();
            throw new HttpRequestException($"POST {address} was answered {(int)response.StatusCode}: {body}");
        }
    }
}

/// <summary>A true count, by the id of the prediction that it belongs to.</summary>
internal sealed record Truth(string InferenceId, double Value);

/// <summary>A run of the pipeline.</summary>
internal sealed record RunView(string Id, string State, string? Trigger)
{
    public static RunView Of(JsonElement run) =>
        new(
            run.GetProperty("id").GetString()!,
            run.GetProperty("state").GetString()!,
            run.TryGetProperty("trigger", out var trigger) && trigger.ValueKind == JsonValueKind.String
                ? trigger.GetString()
                : null
        );
}
