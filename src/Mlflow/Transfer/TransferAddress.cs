using System.Text.RegularExpressions;

namespace Rondo.Mlflow.Transfer;

/// <summary>Addresses of files, by who keeps them.</summary>
internal static partial class TransferAddress
{
    public const string Proxy = "mlflow-artifacts:";

    /// <summary>Whether the files stand behind a server's artifact proxy.</summary>
    public static bool IsProxied(string address) => address.StartsWith(Proxy, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the address is a path on some disk.</summary>
    public static bool IsLocal(string address) =>
        address.StartsWith("file:", StringComparison.OrdinalIgnoreCase) || !SchemePattern().IsMatch(address);

    /// <summary>Whether the files stand in a store that both sides reach: their address stays.</summary>
    public static bool IsElsewhere(string? address) =>
        !string.IsNullOrEmpty(address) && !IsProxied(address) && !IsLocal(address);

    /// <summary>
    /// The path that an address means behind the artifact proxy of any server, as it is written there, this one or another: one server has many
    /// names. Null where the files stand behind none.
    /// </summary>
    public static string? PathBehindProxy(string address) =>
        ProxyPattern().Match(address) is { Success: true } match ? match.Groups["path"].Value : null;

    [GeneratedRegex(
        "^(mlflow-artifacts:(//[^/]*)?|https?://[^?#]*?/mlflow-artifacts/artifacts)(/(?<path>.*))?$",
        RegexOptions.IgnoreCase
            | RegexOptions.CultureInvariant
            | RegexOptions.ExplicitCapture
            | RegexOptions.Singleline,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex ProxyPattern();

    // One letter is a disk of Windows.
    [GeneratedRegex(
        @"^[a-z][a-z0-9+.\-]+:",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex SchemePattern();
}
