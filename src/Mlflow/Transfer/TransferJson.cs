using System.Collections.ObjectModel;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Rondo.Data;

namespace Rondo.Mlflow.Transfer;

/// <summary>How records are written: one to a line.</summary>
internal static partial class TransferJson
{
    private const int DepthMax = 16;

    public static IReadOnlyDictionary<string, string> None { get; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>What may not be null is not.</summary>
    public static JsonSerializerOptions Options { get; } =
        new(RondoJson.Options)
        {
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            MaxDepth = DepthMax,
        };

    /// <summary>The record as one line, without its end.</summary>
    public static byte[] Line(TransferRecord record) => JsonSerializer.SerializeToUtf8Bytes(record, Options);

    /// <summary>The record of a line; <paramref name="number"/> says where it stands, should it be none.</summary>
    public static TransferRecord Read(string line, long number)
    {
        try
        {
            // PostgreSQL keeps no such character in a text.
            if (ZeroPattern().IsMatch(line))
            {
                throw new JsonException("A text has a character of code 0, which is not kept.");
            }

            var bytes = Encoding.UTF8.GetBytes(line);
            RequireNoNullInside(bytes);
            return JsonSerializer.Deserialize<TransferRecord>(bytes, Options) ?? throw new JsonException("It is null.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new RondoException(
                ErrorCode.InvalidArgument,
                FormattableString.Invariant($"Line {number} is no record: {e.Message}"),
                "Records are written by a Rondo of the same version: rondo tracking export.",
                e
            );
        }
    }

    // What is null in a list or a map stands for nothing.
    private static void RequireNoNullInside(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = DepthMax });
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.Null && reader.CurrentDepth > 1)
            {
                throw new JsonException("A list or map in it has a null.");
            }
        }
    }

    [GeneratedRegex(
        @"(?<!\\)(\\\\)*\\u0000",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 10_000
    )]
    private static partial Regex ZeroPattern();
}
