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

    // One letter is a disk of Windows.
    [GeneratedRegex(
        @"^[a-z][a-z0-9+.\-]+:",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex SchemePattern();
}
