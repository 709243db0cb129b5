using System.Security.Cryptography;
using System.Text;
using Rondo.Sdk.Files;

namespace Rondo.Sdk;

/// <summary>
/// The secrets of a run, from the command line or the environment (<c>RONDO_SECRET_NAME</c>). Values are given to steps and written
/// nowhere; a version, which says whether the value has changed, counts as an input.
/// </summary>
internal sealed class LocalSecrets(IReadOnlyDictionary<string, string> given, string folder)
{
    private const string VariablePrefix = "RONDO_SECRET_";
    private const string SaltFile = "secret-salt";
    private const int SaltBytes = 16;
    private const int VersionBytes = 6;

    // A version stands in files. It must not be of use to who wants to guess the value.
    private const int Rounds = 100_000;

    private readonly Dictionary<string, string> _versions = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>The environment variable that a secret is taken from.</summary>
    public static string VariableOf(string name) => VariablePrefix + name.ToUpperInvariant().Replace('-', '_');

    /// <summary>Whether an environment variable holds a secret.</summary>
    public static bool IsVariable(string name) => name.StartsWith(VariablePrefix, StringComparison.Ordinal);

    /// <summary>The values that steps can see, for redaction.</summary>
    public IReadOnlyList<string> Values(IEnumerable<string> names) =>
        [.. names.Select(Find).OfType<string>().Where(value => value.Length > 0).Distinct(StringComparer.Ordinal)];

    public bool Has(string name) => Find(name) is not null;

    public string Value(string name) =>
        Find(name)
        ?? throw new RondoException(
            ErrorCode.FailedPrecondition,
            $"The secret '{name}' is not given.",
            $"Pass --secret {name}=VALUE, or set the environment variable {VariableOf(name)}."
        );

    /// <summary>Environment variable → name and version of its secret, for an identity; null if there are none.</summary>
    public IReadOnlyDictionary<string, string>? Versions(IReadOnlyDictionary<string, string> secrets) =>
        secrets.Count == 0
            ? null
            : secrets.ToDictionary(
                pair => pair.Key,
                pair => $"{pair.Value}@{Version(pair.Value)}",
                StringComparer.Ordinal
            );

    private string? Find(string name) =>
        given.GetValueOrDefault(name) ?? Environment.GetEnvironmentVariable(VariableOf(name));

    private string Version(string name)
    {
        lock (_gate)
        {
            if (!_versions.TryGetValue(name, out var version))
            {
                var value = Encoding.UTF8.GetBytes(name + "\n" + Value(name));
                version = Convert.ToHexStringLower(
                    Rfc2898DeriveBytes.Pbkdf2(value, Salt(), Rounds, HashAlgorithmName.SHA256, VersionBytes)
                );
                _versions.Add(name, version);
            }
            return version;
        }
    }

    // One for the folder, so that versions can be compared between runs; whichever process writes it first.
    private byte[] Salt()
    {
        var path = Path.Combine(folder, SaltFile);
        FileOnce.Make(path, RandomNumberGenerator.GetBytes(SaltBytes));
        return File.ReadAllBytes(path);
    }
}
