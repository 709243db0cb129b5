using System.Security.Cryptography;
using Rondo.Kernel;
using Rondo.Sdk.Files;

namespace Rondo.Secrets.Keys;

/// <summary>
/// The key of this server: from the environment, or from a file that only its user can read, made when the first secret is set. All servers
/// on one database need the same.
/// </summary>
internal sealed class SecretKeys(ServerPaths paths, string? given)
{
    /// <summary>The environment variable that holds a key as Base64.</summary>
    public const string Variable = "RONDO_SECRETS_KEY";

    private const string FileName = "secrets.key";
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly Lock _lock = new();
    private SecretKey? _key;

    private string File => Path.Combine(paths.SharedFolder, FileName);

    /// <summary>The key, made if there is none.</summary>
    public SecretKey GetOrMake()
    {
        lock (_lock)
        {
            return _key ??= Given() ?? Read() ?? Make();
        }
    }

    /// <summary>The key that has sealed something.</summary>
    public SecretKey Get(string id)
    {
        lock (_lock)
        {
            _key ??= Given() ?? Read();
        }

        return _key?.Id == id
            ? _key
            : throw new RondoException(
                ErrorCode.FailedPrecondition,
                _key is null
                    ? $"The key that seals secrets is not there: neither {File} nor {Variable}."
                    : $"Secrets were sealed with key {id}; this server has key {_key.Id}.",
                $"Bring the key back (from a copy of the data folder, or in {Variable}), or set the secrets again."
            );
    }

    private SecretKey? Given() => string.IsNullOrEmpty(given) ? null : new SecretKey(Decode(given, Variable));

    private SecretKey? Read()
    {
        if (!System.IO.File.Exists(File))
        {
            return null;
        }

        if (!OperatingSystem.IsWindows() && (System.IO.File.GetUnixFileMode(File) & ~OnlyOwner) != UnixFileMode.None)
        {
            throw new RondoException(
                ErrorCode.FailedPrecondition,
                $"{File} can be read by others.",
                $"Let nobody but its owner read it: chmod 600 {File}."
            );
        }

        return new SecretKey(Decode(System.IO.File.ReadAllText(File).Trim(), File));
    }

    // Of two servers that make one, the first wins.
    private SecretKey Make()
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(SecretKey.Bytes));
        FileOnce.Make(File, System.Text.Encoding.ASCII.GetBytes(key), onlyForOwner: true);
        return Read()!;
    }

    private static byte[] Decode(string text, string where)
    {
        var key = new byte[SecretKey.Bytes + 3];
        return Convert.TryFromBase64String(text, key, out var length) && length == SecretKey.Bytes
            ? key[..SecretKey.Bytes]
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"{where} does not hold a key.",
                $"It is {SecretKey.Bytes} random bytes as Base64. Make one: openssl rand -base64 {SecretKey.Bytes}."
            );
    }
}
