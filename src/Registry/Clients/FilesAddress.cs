using System.Text.RegularExpressions;
using Rondo.Mlflow.Transfer;

namespace Rondo.Registry.Clients;

/// <summary>
/// Addresses of files in one way to write them: clients tell those that a server keeps with its name, as an address of the web, with letters
/// written as their numbers, or plainly. What is below an address begins with it. Who keeps more than he needs to loses nothing: the name of the
/// server does not count.
/// </summary>
internal static partial class FilesAddress
{
    private const int DecodingsMax = 4;

    // An index takes no longer ones. Of two that are the same so far, each counts as below the other.
    private const int CharsMax = 512;

    /// <summary>The address in the one way, with a slash at its end.</summary>
    public static string Of(string address)
    {
        var plain = Plain(address) + "/";
        return plain.Length <= CharsMax
            ? plain
            : plain[..(CharsMax - (char.IsHighSurrogate(plain[CharsMax - 1]) ? 1 : 0))];
    }

    /// <summary>The range of all that are at an address or below it: from the first one on, and before the second.</summary>
    public static (string From, string To) Below(string address)
    {
        var from = Of(address);
        // '0' is the character after '/'; nothing is longer than what was cut.
        return (from, from.EndsWith('/') ? from[..^1] + '0' : from + '\u0001');
    }

    private static string Plain(string address)
    {
        if (TransferAddress.PathBehindProxy(address) is { } kept)
        {
            return $"{TransferAddress.Proxy}/{Path(Decoded(kept.Split('?', '#')[0]))}";
        }

        if (NamedPattern().Match(address) is { Success: true } named)
        {
            return $"{named.Groups["scheme"].Value.ToLowerInvariant()}:/{Path(named.Groups["path"].Value)}";
        }

        if (TransferAddress.IsLocal(address))
        {
            return "file:/"
                + Path(
                    address.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? Decoded(address[5..]) : address
                );
        }

        var scheme = address.IndexOf(':', StringComparison.Ordinal);
        return (address[..scheme].ToLowerInvariant() + address[scheme..]).TrimEnd('/');
    }

    private static string Path(string path) => string.Join('/', path.Split('/').Where(part => part is not ("" or ".")));

    private static string Decoded(string path)
    {
        for (var i = 0; i < DecodingsMax; i++)
        {
            path = Uri.UnescapeDataString(path);
        }

        return path;
    }

    [GeneratedRegex(
        "^(?<scheme>runs|models):(?<path>.*)$",
        RegexOptions.IgnoreCase
            | RegexOptions.CultureInvariant
            | RegexOptions.ExplicitCapture
            | RegexOptions.Singleline,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex NamedPattern();
}
