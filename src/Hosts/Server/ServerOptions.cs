using System.Globalization;
using System.Net;

namespace Rondo.Server;

/// <summary>What a server is told when it starts.</summary>
public sealed record ServerOptions
{
    /// <summary>The address that <c>rondo up</c> listens on unless told otherwise.</summary>
    public const string DefaultListen = "http://127.0.0.1:7860";

    private const int LeaseSecondsMin = 1;
    private const int LeaseSecondsMax = 3600;

    /// <summary>Where the server keeps everything.</summary>
    public required string DataFolder { get; init; }

    /// <summary>The folder with the packages of Rondo's own Sdk, from which builds restore them.</summary>
    public required string FeedFolder { get; init; }

    /// <summary>The environment variable that names the database: unlike an argument, it is not shown to everybody on the machine.</summary>
    public const string DatabaseVariable = "RONDO_DATABASE";

    /// <summary>
    /// A PostgreSQL database, as <c>postgres://USER:PASSWORD@HOST/DATABASE</c> or a connection string; null for the embedded one
    /// in the data folder.
    /// </summary>
    public string? Database { get; init; }

    /// <summary>What all servers on one database use together: blobs, staged outputs, repositories. Null: the data folder.</summary>
    public string? SharedFolder { get; init; }

    /// <summary>How long a server may be silent before the others take up its work.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

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

    /// <summary>Reads a lease; the limits keep a short pause of a server from looking like its death, and a death from staying unseen.</summary>
    public static TimeSpan ParseLease(string seconds) =>
        int.TryParse(seconds, CultureInfo.InvariantCulture, out var value)
        && value is >= LeaseSecondsMin and <= LeaseSecondsMax
            ? TimeSpan.FromSeconds(value)
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"'{seconds}' is not a lease in seconds.",
                $"Write a whole number from {LeaseSecondsMin} to {LeaseSecondsMax}."
            );

    /// <summary>Whether only this machine can reach the server.</summary>
    public bool LoopbackOnly => ListenUri.IsLoopback;
}
