using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Rondo.Server.Connections;

/// <summary>
/// Listens as the web server's own transport does, but gives each of the first <see cref="ConnectionThreads.Max"/> connections a
/// thread that waits for it: a request is answered where it arrives, and no thread is woken for it by another one. All further
/// connections are the library's. For Linux: elsewhere it is not known whether a thread that waits for a socket wakes when the socket
/// is shut down.
/// </summary>
internal sealed class ThreadedTransport(
    IOptions<SocketTransportOptions> options,
    IMemoryPoolFactory<byte> memory,
    ILoggerFactory loggers
) : IConnectionListenerFactory
{
    private readonly ConnectionThreads _threads = new();

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = Bind(endpoint);
        socket.Listen(options.Value.Backlog);
        var others = new SocketConnectionContextFactory(
            new SocketConnectionFactoryOptions
            {
                UnsafePreferInlineScheduling = options.Value.UnsafePreferInlineScheduling,
            },
            loggers.CreateLogger<SocketConnectionContextFactory>()
        );
        return ValueTask.FromResult<IConnectionListener>(
            new ThreadedListener(socket, _threads, others, memory.Create())
        );
    }

    private Socket Bind(EndPoint endpoint)
    {
        try
        {
            return options.Value.CreateBoundListenSocket(endpoint);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            // Of a name with two addresses the server listens on one, where the other cannot be had; but not where somebody else listens there.
            throw new AddressInUseException(e.Message, e);
        }
    }
}
