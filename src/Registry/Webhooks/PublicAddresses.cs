using System.Net;
using System.Net.Sockets;
using Rondo.Mlflow.Wire;

namespace Rondo.Registry.Webhooks;

/// <summary>Keeps webhooks out of the network that the server stands in: by the text of an address, and by what its name means when it is called.</summary>
internal static class PublicAddresses
{
    private const int UrlCharsMax = 2048;

    /// <summary>The address, where it may be told.</summary>
    public static Uri Require(string url, WebhookOptions options)
    {
        Names.CheckLength(url, "url", UrlCharsMax);
        if (
            !Uri.TryCreate(url, UriKind.Absolute, out var address)
            || (address.Scheme != Uri.UriSchemeHttps && !(options.AllowPrivate && address.Scheme == Uri.UriSchemeHttp))
            || address.UserInfo.Length > 0
        )
        {
            throw Refusal.Value(
                Names.Json(url),
                "url",
                options.AllowPrivate
                    ? "The address of a webhook begins with https:// or http://, and holds no password."
                    : "The address of a webhook begins with https://, and holds no password."
            );
        }

        if (
            !options.AllowPrivate
            && (
                address.IsLoopback
                || (IPAddress.TryParse(address.IdnHost.Trim('[', ']'), out var literal) && !IsPublic(literal))
            )
        )
        {
            throw Refusal.Value(
                Names.Json(url),
                "url",
                "A webhook is not told at an address of the server's own network."
            );
        }

        return address;
    }

    /// <summary>Connects to the first public address that a name has now: what it had when it was registered says nothing.</summary>
    public static async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        WebhookOptions options,
        CancellationToken cancellation
    )
    {
        var endPoint = context.DnsEndPoint;
        var addresses = await Dns.GetHostAddressesAsync(endPoint.Host, cancellation);
        var allowed = addresses.Where(address => options.AllowPrivate || IsPublic(address)).ToArray();
        if (allowed.Length == 0)
        {
            throw new HttpRequestException(
                $"'{endPoint.Host}' has no address outside of the server's own network, and is not told."
            );
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, endPoint.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether an address is one of the internet, and not of a network, a machine or a group.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            return IsPublic(address.MapToIPv4());
        }

        if (IPAddress.IsLoopback(address))
        {
            return false;
        }

        var bytes = address.GetAddressBytes();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? IsPublic(bytes)
            : !(
                address.IsIPv6LinkLocal
                || address.IsIPv6SiteLocal
                || address.IsIPv6UniqueLocal
                || address.IsIPv6Multicast
                || address.Equals(IPAddress.IPv6Any)
                // Addresses that carry one of the fourth version inside: the network behind them may be any.
                || (bytes[0] == 0x00 && bytes[1] == 0x64 && bytes[2] == 0xff && bytes[3] == 0x9b)
                || (bytes[0] == 0x20 && bytes[1] == 0x02)
            );
    }

    private static bool IsPublic(byte[] ip) =>
        ip[0] switch
        {
            0 or 10 or 127 or >= 224 => false,
            100 => ip[1] is < 64 or > 127,
            169 => ip[1] != 254,
            172 => ip[1] is < 16 or > 31,
            192 => ip[1] != 168 && !(ip[1] == 0 && ip[2] is 0 or 2),
            198 => ip[1] is not (18 or 19) && !(ip[1] == 51 && ip[2] == 100),
            203 => !(ip[1] == 0 && ip[2] == 113),
            _ => true,
        };
}
