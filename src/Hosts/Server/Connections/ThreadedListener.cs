using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Rondo.Server.Connections;

/// <summary>Takes what connects to a socket: with a thread of its own while there are some left, else as the library does.</summary>
internal sealed class ThreadedListener(
    Socket listening,
    ConnectionThreads threads,
    SocketConnectionContextFactory others,
    MemoryPool<byte> memory
) : IConnectionListener
{
    public EndPoint EndPoint { get; } = listening.LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                return Take(await listening.AcceptAsync(cancellationToken));
            }
            catch (Exception e) when (e is ObjectDisposedException || IsEnd(e))
            {
                return null;
            }
            catch (SocketException)
            {
                // Whoever wanted to connect has gone before it was taken: the next one, please.
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        listening.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        listening.Dispose();
        others.Dispose();
        memory.Dispose();
        return ValueTask.CompletedTask;
    }

    private ConnectionContext Take(Socket socket)
    {
        try
        {
            socket.NoDelay = socket.LocalEndPoint is IPEndPoint;
            return (ConnectionContext?)ThreadedConnection.TryStart(socket, memory, threads) ?? others.Create(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsEnd(Exception e) => e is SocketException { SocketErrorCode: SocketError.OperationAborted };
}
