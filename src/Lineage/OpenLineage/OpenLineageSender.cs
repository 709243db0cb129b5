using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Rondo.Lineage.OpenLineage;

/// <summary>How handing a document over went. What is refused will be refused again; what failed may go through later.</summary>
internal enum Delivery
{
    Taken,
    Refused,
    Failed,
}

/// <summary>Hands documents over: posts them, or appends them to a file.</summary>
internal sealed class OpenLineageSender : IDisposable
{
    private const int ErrorCharsMax = 300;

    private readonly OpenLineageOptions _options;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public OpenLineageSender(OpenLineageOptions options)
    {
        _options = options;
        _http.Timeout = options.Timeout;
        if (options.ApiKey is { Length: > 0 } key)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    public Task<(Delivery Delivery, string? Error)> SendAsync(string document, CancellationToken cancellation) =>
        _options.Target!.IsFile ? AppendAsync(document, cancellation) : PostAsync(document, cancellation);

    public void Dispose() => _http.Dispose();

    private async Task<(Delivery Delivery, string? Error)> AppendAsync(string document, CancellationToken cancellation)
    {
        try
        {
            await File.AppendAllTextAsync(_options.Target!.LocalPath, document + "\n", cancellation);
            return (Delivery.Taken, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (Delivery.Failed, e.Message);
        }
    }

    private async Task<(Delivery Delivery, string? Error)> PostAsync(string document, CancellationToken cancellation)
    {
        try
        {
            using var content = new StringContent(document, Encoding.UTF8, "application/json");
            using var response = await _http.PostAsync(_options.Target, content, cancellation);
            if (response.IsSuccessStatusCode)
            {
                return (Delivery.Taken, null);
            }

            var answer = await response.Content.ReadAsStringAsync(cancellation);
            var error = $"{(int)response.StatusCode} {response.ReasonPhrase}: {Hide(answer)}".TrimEnd(':', ' ');
            return (IsFinal(response.StatusCode) ? Delivery.Refused : Delivery.Failed, error);
        }
        catch (HttpRequestException e)
        {
            return (Delivery.Failed, e.Message);
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (Delivery.Failed, $"No answer within {_options.Timeout.TotalSeconds:0} s.");
        }
    }

    // A wrong or missing key is mended on one of the two sides: the events wait for it.
    private static bool IsFinal(HttpStatusCode status) =>
        (int)status is >= 400 and < 500
        && status
            is not (
                HttpStatusCode.Unauthorized
                or HttpStatusCode.Forbidden
                or HttpStatusCode.NotFound
                or HttpStatusCode.RequestTimeout
                or HttpStatusCode.TooManyRequests
            );

    // The other side may say back what it was sent.
    private string Hide(string answer)
    {
        var shown = _options.ApiKey is { Length: > 0 } key
            ? answer.Replace(key, "…", StringComparison.Ordinal)
            : answer;
        return shown.Length <= ErrorCharsMax ? shown : shown[..ErrorCharsMax] + "…";
    }
}
