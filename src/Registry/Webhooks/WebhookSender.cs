using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Rondo.Kernel.Ids;

namespace Rondo.Registry.Webhooks;

/// <summary>
/// Posts to webhooks: with the id of the delivery, the time, and, where there is a secret, a signature over both and the body (HMAC-SHA256).
/// Follows no redirection and asks no proxy: neither could be held to public addresses.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    private const int AnswerCharsMax = 1000;
    private const int AnswerBytesMax = 4 * AnswerCharsMax;

    private readonly WebhookSecrets _secrets;
    private readonly WebhookOptions _options;
    private readonly IdSource _ids;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    public WebhookSender(WebhookSecrets secrets, WebhookOptions options, IdSource ids, TimeProvider time)
    {
        _secrets = secrets;
        _options = options;
        _ids = ids;
        _time = time;
        _http = new HttpClient(
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                ConnectCallback = (context, cancellation) =>
                    PublicAddresses.ConnectAsync(context, options, cancellation),
            }
        )
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Tells a webhook something that is made up.</summary>
    public Task<WebhookOutcome> TryAsync(Webhook webhook, WebhookEvent e, CancellationToken cancellation) =>
        SendAsync(
            webhook,
            _ids.NewUuid(),
            WebhookPayloads.Write(e, _time.GetUtcNow(), WebhookPayloads.Example(e)),
            cancellation
        );

    /// <summary>Tells a webhook, once.</summary>
    public async Task<WebhookOutcome> SendAsync(
        Webhook webhook,
        string delivery,
        string payload,
        CancellationToken cancellation
    )
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(_options.Timeout);
        try
        {
            using var request = await RequestAsync(webhook, delivery, payload);
            using var response = await _http.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                limited.Token
            );
            var success = response.IsSuccessStatusCode;
            return new WebhookOutcome(
                success,
                (int)response.StatusCode,
                await AnswerAsync(response, limited.Token),
                success ? null : $"{(int)response.StatusCode} {response.ReasonPhrase}".TrimEnd()
            );
        }
        catch (Exception e) when (e is HttpRequestException or RondoException)
        {
            return new WebhookOutcome(false, null, null, e.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new WebhookOutcome(
                false,
                null,
                null,
                string.Create(CultureInfo.InvariantCulture, $"No answer within {_options.Timeout.TotalSeconds:0.#} s.")
            );
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The signature of a delivery: <c>v1,</c> and the base64 of HMAC-SHA256 over <c>id.time.body</c>.</summary>
    public static string Sign(string secret, string delivery, string timestamp, string payload) =>
        "v1,"
        + Convert.ToBase64String(
            HMACSHA256.HashData(
                Encoding.UTF8.GetBytes(secret),
                Encoding.UTF8.GetBytes($"{delivery}.{timestamp}.{payload}")
            )
        );

    // It is for people to look at: whatever is wrong with it, the status has said whether the webhook took what it was told.
    private static async Task<string> AnswerAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var bytes = new byte[AnswerBytesMax];
        var count = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            count = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation);
        }
        catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
        {
            // Then nothing is shown.
        }

        var answer = Encoding.UTF8.GetString(bytes, 0, count);
        return answer.Length <= AnswerCharsMax ? answer : answer[..AnswerCharsMax];
    }

    private async Task<HttpRequestMessage> RequestAsync(Webhook webhook, string delivery, string payload)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(payload));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, PublicAddresses.Require(webhook.Url, _options))
        {
            Content = content,
        };
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        request.Headers.Add("X-MLflow-Delivery-Id", delivery);
        request.Headers.Add("X-MLflow-Timestamp", timestamp);
        if (await _secrets.OpenAsync(webhook) is { } secret)
        {
            request.Headers.TryAddWithoutValidation("X-MLflow-Signature", Sign(secret, delivery, timestamp, payload));
        }

        return request;
    }
}
