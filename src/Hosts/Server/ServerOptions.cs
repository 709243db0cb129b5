using System.Net;

namespace Rondo.Server;

/// <summary>What a server is told when it starts.</summary>
public sealed record ServerOptions
{
    /// <summary>The address that <c>rondo up</c> listens on unless told otherwise.</summary>
    public const string DefaultListen = "http://127.0.0.1:7860";

    /// <summary>Where the server keeps everything.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The folder with the packages of Rondo's own Sdk, from which builds restore them.</summary>
    public required string FeedFolder { get; init; }

    /// <summary>One URL, such as <c>http://127.0.0.1:7860</c>; port 0 takes a free one.</summary>
    public string Listen { get; init; } = DefaultListen;

    /// <summary>Whether the log also goes to the console.</summary>
    public bool Verbose { get; init; }

    /// <summary>The address as a URI; anything but a plain <c>http://address:port</c> is refused.</summary>
    public Uri ListenUri =>
        Uri.TryCreate(Listen, UriKind.Absolute, out var uri)
        && uri.Scheme == Uri.UriSchemeHttp
        && uri.AbsolutePath == "/"
        && (uri.IsLoopback || IPAddress.TryParse(uri.Host.Trim('[', ']'), out _))
            ? uri
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{Listen}' is not an address to listen on.",
                "Write http://ADDRESS:PORT with a numeric address, for example http://127.0.0.1:7860."
            );

    /// <summary>Whether only this machine can reach the server.</summary>
    public bool LoopbackOnly => ListenUri.IsLoopback;
}
