using System.Security.Cryptography;
using System.Text;

namespace Rondo.Secrets.Keys;

/// <summary>Seals values: AES-256-GCM with a fresh nonce for each, bound to the place that the value belongs to.</summary>
internal sealed class SecretKey
{
    public const int Bytes = 32;

    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int IdDigits = 16;

    private readonly byte[] _key;

    public SecretKey(byte[] key)
    {
        _key = key;
        Id = Convert.ToHexStringLower(SHA256.HashData([.. "rondo-secrets-key-id"u8, .. key]))[..IdDigits];
    }

    /// <summary>Tells keys apart, and nothing about them.</summary>
    public string Id { get; }

    /// <summary>Nonce, tag and sealed bytes, as Base64.</summary>
    public string Seal(string value, string place)
    {
        var plain = Encoding.UTF8.GetBytes(value);
        var box = new byte[NonceBytes + TagBytes + plain.Length];
        var nonce = box.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(_key, TagBytes);
        cipher.Encrypt(
            nonce,
            plain,
            box.AsSpan(NonceBytes + TagBytes),
            box.AsSpan(NonceBytes, TagBytes),
            Encoding.UTF8.GetBytes(place)
        );
        CryptographicOperations.ZeroMemory(plain);
        return Convert.ToBase64String(box);
    }

    /// <summary>The value; fails where a byte of it, its place or the key is another.</summary>
    public string Open(string sealedValue, string place)
    {
        try
        {
            var box = Convert.FromBase64String(sealedValue).AsSpan();
            var plain = new byte[box.Length - NonceBytes - TagBytes];
            using var cipher = new AesGcm(_key, TagBytes);
            cipher.Decrypt(
                box[..NonceBytes],
                box[(NonceBytes + TagBytes)..],
                box.Slice(NonceBytes, TagBytes),
                plain,
                Encoding.UTF8.GetBytes(place)
            );
            return Encoding.UTF8.GetString(plain);
        }
        catch (Exception e) when (e is CryptographicException or FormatException or OverflowException)
        {
            throw new RondoException(
                ErrorCode.DataCorrupt,
                $"The sealed value of {place} was changed: it cannot be opened.",
                "Set the secret again.",
                e
            );
        }
    }
}
