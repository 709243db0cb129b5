using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>
/// Everything that decides what a step makes. Two attempts with equal identities make the same, so the outputs of the one
/// may stand for those of the other. The whole record is worth keeping: its parts say why a step ran again.
/// </summary>
/// <param name="Step">The step's name.</param>
/// <param name="CodeDigest">The digest of its code closure.</param>
/// <param name="Inputs">Input port → artifact.</param>
/// <param name="Arguments">Argument → its resolved value.</param>
/// <param name="Outputs">Output ports and their types.</param>
/// <param name="Seed">The seed of its random numbers.</param>
/// <param name="Environment">Declared environment variables, or null.</param>
/// <param name="Partition">The partition of the run, or null.</param>
/// <param name="Salt">Changed to make everything run again, or null.</param>
public sealed record StepIdentity(
    string Step,
    string CodeDigest,
    IReadOnlyDictionary<string, ArtifactRef> Inputs,
    IReadOnlyDictionary<string, JsonElement> Arguments,
    IReadOnlyList<PortManifest> Outputs,
    int Seed,
    IReadOnlyDictionary<string, string>? Environment = null,
    string? Partition = null,
    string? Salt = null
)
{
    private const string Version = "rondo-step-identity-1";

    /// <summary>
    /// Environment variable → the secret that it holds and its version, as <c>name@version</c>. A secret's value is no part of an
    /// identity. Null: none.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Secrets { get; init; }

    /// <summary>The cache key: SHA-256, lower-case hex, over a canonical form in which each text is preceded by its length.</summary>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var write = new Writer(hash);
        write.Text(Version);
        write.Text(Step);
        write.Text(CodeDigest);
        write.Map(Inputs, input => write.Texts(input.Type, input.Digest));
        write.Map(Arguments, value => write.Text(Canonical(value)));
        write.Map(Outputs.ToDictionary(port => port.Port, port => port.Type, StringComparer.Ordinal), write.Text);
        write.Text(Seed.ToString(CultureInfo.InvariantCulture));
        write.Map(Environment ?? new Dictionary<string, string>(StringComparer.Ordinal), write.Text);
        write.Optional(Partition);
        write.Optional(Salt);
        // Behind the rest and only if there are any: an identity without secrets keeps the digest that it had before there were secrets.
        if (Secrets is { Count: > 0 } secrets)
        {
            write.Map(secrets, write.Text);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>One text for one value: members in ordinal order, numbers in their shortest form (1.0 is 1).</summary>
    internal static string Canonical(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => "{"
                + string.Join(
                    ",",
                    value
                        .EnumerateObject()
                        .OrderBy(member => member.Name, StringComparer.Ordinal)
                        .Select(member => JsonSerializer.Serialize(member.Name) + ":" + Canonical(member.Value))
                )
                + "}",
            JsonValueKind.Array => "[" + string.Join(",", value.EnumerateArray().Select(Canonical)) + "]",
            JsonValueKind.Number => Number(value),
            JsonValueKind.String => JsonSerializer.Serialize(value.GetString()),
            _ => value.GetRawText(),
        };

    private static string Number(JsonElement value) =>
        value.TryGetInt64(out var whole)
            ? whole.ToString(CultureInfo.InvariantCulture)
            : value.GetDouble() switch
            {
                var number when number == Math.Truncate(number) && Math.Abs(number) < 1e15 => ((long)number).ToString(
                    CultureInfo.InvariantCulture
                ),
                var number => number.ToString("R", CultureInfo.InvariantCulture),
            };

    private sealed class Writer(IncrementalHash hash)
    {
        public void Text(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            Count(bytes.Length);
            hash.AppendData(bytes);
        }

        public void Texts(params ReadOnlySpan<string> texts)
        {
            foreach (var text in texts)
            {
                Text(text);
            }
        }

        public void Optional(string? text)
        {
            Count(text is null ? 0 : 1);
            if (text is not null)
            {
                Text(text);
            }
        }

        public void Map<T>(IReadOnlyDictionary<string, T> map, Action<T> value)
        {
            Count(map.Count);
            foreach (var (key, item) in map.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                Text(key);
                value(item);
            }
        }

        private void Count(int count)
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(bytes, count);
            hash.AppendData(bytes);
        }
    }
}
