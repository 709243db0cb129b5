using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rondo.Mlflow.Wire;

/// <summary>
/// Where the next page starts: after so many rows (<c>{"offset": n}</c>, as MLflow's own tokens), or after the row with these keys,
/// where the order is that of an index.
/// </summary>
internal sealed record PageToken
{
    [JsonPropertyName("offset")]
    public long? Offset { get; init; }

    [JsonPropertyName("after")]
    public IReadOnlyList<string>? After { get; init; }

    /// <summary>Reads what a client sent; null where it sent none.</summary>
    public static PageToken? Read(string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return null;
        }

        try
        {
            var read = JsonSerializer.Deserialize<PageToken>(Convert.FromBase64String(token));
            if (read is { Offset: >= 0 } or { After: not null })
            {
                return read;
            }
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            // Told below, as every other token that this server did not make.
        }

        throw Bad(token);
    }

    /// <summary>The rows before a page whose order has no key to go on by.</summary>
    public static long RowsBefore(PageToken? token) => token is null ? 0 : token.Offset ?? throw Bad(token.Write());

    public static Refusal Bad(string token) =>
        Refusal.Value(Names.Json(token), "page_token", "Send a token as the page before it gave it.");

    public string Write() => Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(this, s_short));

    private static readonly JsonSerializerOptions s_short = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };
}
