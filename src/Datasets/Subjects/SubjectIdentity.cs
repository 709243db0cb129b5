using System.Security.Cryptography;
using System.Text;
using Rondo.Data;

namespace Rondo.Datasets;

/// <summary>
/// Who a subject was, for whoever knows the value already: a hash of column and value with a salt of its own (PBKDF2 with SHA-256, 100,000
/// rounds, 32 bytes; both as lower-case hex). It tells nothing by itself, and is slow to guess; a value that can be guessed can still be tried.
/// </summary>
/// <param name="Salt">16 random bytes.</param>
/// <param name="Hash">The hash.</param>
public sealed record SubjectIdentity(string Salt, string Hash)
{
    private const int SaltBytes = 16;
    private const int HashBytes = 32;
    private const int Rounds = 100_000;

    /// <summary>The identity of a value, with a new salt.</summary>
    public static SubjectIdentity Of(ColumnValue value)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new SubjectIdentity(Convert.ToHexStringLower(salt), HashOf(value, salt));
    }

    /// <summary>Whether it is that of this value.</summary>
    public bool Is(ColumnValue value) =>
        CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(Hash),
            Encoding.ASCII.GetBytes(HashOf(value, Convert.FromHexString(Salt)))
        );

    private static string HashOf(ColumnValue value, byte[] salt)
    {
        // Columns are the same without regard to case and underscores.
        var column = value.Column.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
        var bytes = Encoding.UTF8.GetBytes($"{column}\n{value.Value.Trim()}");
        return Convert.ToHexStringLower(
            Rfc2898DeriveBytes.Pbkdf2(bytes, salt, Rounds, HashAlgorithmName.SHA256, HashBytes)
        );
    }
}
