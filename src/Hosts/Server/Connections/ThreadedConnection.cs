using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Rondo.Server.Connections;

/// <summary>
/// A connection with a thread that waits for what arrives and hands it on. Whoever reads the requests is called on this thread, and
/// mostly answers there. What is sent goes out at once, on the thread that wrote it; where the client does not take it, it
/// is sent later by the runtime, and who writes waits for that without a thread.
/// </summary>
internal sealed class ThreadedConnection : DefaultConnectionContext, IMemoryPoolFeature
{
    private const int UnreadBytesMax = 1024 * 1024;
    private const int UnsentBytesMax = 64 * 1024;
    private const int ReadBytesMin = 2048;

    private readonly Socket _socket;
    private readonly PipeWriter _received;
    private readonly PipeReader _toSend;
    private readonly CancellationTokenSource _closed = new();
    private readonly TaskCompletionSource _receiving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _shutdown = new();
    private Task _sending = Task.CompletedTask;
    private volatile Exception? _end;
    private volatile bool _aborted;
    private bool _mayHaveMore;

    private ThreadedConnection(Socket socket, MemoryPool<byte> memory)
        : base($"{socket.RemoteEndPoint}")
    {
        _socket = socket;
        MemoryPool = memory;
        var input = new Pipe(OptionsOf(memory, UnreadBytesMax));
        var output = new Pipe(OptionsOf(memory, UnsentBytesMax));
        (_received, _toSend) = (input.Writer, output.Reader);
        Transport = new Duplex(input.Reader, output.Writer);
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        Features.Set<IMemoryPoolFeature>(this);
    }

    public MemoryPool<byte> MemoryPool { get; }

    /// <summary>Null where all threads are taken; the socket is as it was then, but that it never waits.</summary>
    /// <param name="socket">A connected one; the connection disposes it.</param>
    /// <param name="memory">Where what arrives and what is sent are kept.</param>
    public static ThreadedConnection? TryStart(Socket socket, MemoryPool<byte> memory, ConnectionThreads threads)
    {
        // So a wait is one for the socket alone, and reading and sending never wait in a call.
        socket.Blocking = false;
        var connection = new ThreadedConnection(socket, memory);
        if (!threads.TryRun(connection.ReceiveAll))
        {
            return null;
        }

        connection._sending = connection.SendAllAsync();
        return connection;
    }

    public override void Abort(ConnectionAbortedException abortReason)
    {
        _aborted = true;
        Shutdown(abortReason);
        _toSend.CancelPendingRead();
    }

    public override async ValueTask DisposeAsync()
    {
        Transport.Input.Complete();
        Transport.Output.Complete();
        await _sending;
        await _receiving.Task;

        // A client that is still sending would else try to for minutes.
        _socket.Close(_aborted ? 0 : -1);
        _closed.Dispose();
        await base.DisposeAsync();
    }

    private static PipeOptions OptionsOf(MemoryPool<byte> memory, int bytesMax) =>
        new(
            memory,
            PipeScheduler.Inline,
            PipeScheduler.Inline,
            bytesMax,
            bytesMax / 2,
            useSynchronizationContext: false
        );

    private void ReceiveAll()
    {
        Exception? error = null;
        try
        {
            while (Receive()) { }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            error = _end ?? new ConnectionResetException(e.Message, e);
        }
        finally
        {
            _received.Complete(_end ?? error);
            _ = TellClosedAsync();
        }
    }

    /// <summary>Whether more may come.</summary>
    private bool Receive()
    {
        if (!_mayHaveMore)
        {
            _socket.Poll(Timeout.Infinite, SelectMode.SelectRead);
        }

        // What is left unread then lets the system tell the client that nobody will read it.
        if (_end is not null)
        {
            return false;
        }

        var room = _received.GetMemory(ReadBytesMin);
        var count = _socket.Receive(room.Span, SocketFlags.None, out var error);
        _mayHaveMore = count == room.Length;
        if (error == SocketError.WouldBlock)
        {
            return true;
        }

        if (error != SocketError.Success)
        {
            throw new SocketException((int)error);
        }

        if (count == 0)
        {
            return false;
        }

        _received.Advance(count);
        var flush = _received.FlushAsync();

        // Who reads has enough for now: the thread waits until it has read, and the client's own buffers fill.
        var result = flush.IsCompletedSuccessfully ? flush.Result : flush.AsTask().GetAwaiter().GetResult();
        return !result.IsCompleted && !result.IsCanceled;
    }

    private async Task TellClosedAsync()
    {
        try
        {
            await _closed.CancelAsync();
        }
        finally
        {
            _receiving.SetResult();
        }
    }

    private async Task SendAllAsync()
    {
        Exception? error = null;
        try
        {
            var read = await _toSend.ReadAsync();
            while (!read.IsCanceled)
            {
                await SendAsync(read.Buffer);
                _toSend.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }

                read = await _toSend.ReadAsync();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            error = new ConnectionResetException(e.Message, e);
        }
        finally
        {
            Shutdown(error);
            _toSend.Complete();
        }
    }

    private async ValueTask SendAsync(ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsSingleSegment)
        {
            if (bytes.IsEmpty)
            {
                return;
            }

            await _socket.SendAsync(bytes.First, SocketFlags.None);
            return;
        }

        var parts = new List<ArraySegment<byte>>();
        foreach (var part in bytes)
        {
            parts.Add(MemoryMarshal.TryGetArray(part, out var array) ? array : new ArraySegment<byte>(part.ToArray()));
        }

        await _socket.SendAsync(parts, SocketFlags.None);
    }

    /// <summary>Ends both directions, once; the thread wakes by this, whether it waits for the socket or for who reads.</summary>
    private void Shutdown(Exception? reason)
    {
        lock (_shutdown)
        {
            if (_end is not null)
            {
                return;
            }

            _end = reason ?? new ConnectionAbortedException("The server has answered, and closed the connection.");
        }

        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The client has ended it already.
        }

        _received.CancelPendingFlush();
    }

    private sealed class Duplex(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
