using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rondo.Tests.Hosts.Server;

/// <summary>A client that sends what it is told byte by byte, and reads answers that tell their length.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationToken _cancellation;
    private readonly List<byte> _read = [];

    private RawClient(CancellationToken cancellation) => _cancellation = cancellation;

    public static async Task<RawClient> ConnectAsync(int port, CancellationToken cancellation)
    {
        var client = new RawClient(cancellation);
        try
        {
            await client._socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.ASCII.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await _socket.SendAsync(bytes, _cancellation)..];
        }
    }

    /// <summary>Sends as much as the server takes.</summary>
    public async Task TrySendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await SendAsync(bytes);
        }
        catch (SocketException)
        {
            // It has ended the connection.
        }
    }

    public async Task<(int Status, string Body)> AskAsync(string request)
    {
        await SendAsync(request);
        return await AnswerAsync();
    }

    public async Task<(int Status, string Body)> AnswerAsync()
    {
        int end;
        while ((end = Text().IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
        {
            Assert.True(await ReadAsync(), $"The server ended the connection after '{Text()}'.");
        }

        var lines = Text()[..end].Split("\r\n");
        var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        var length = lines
            .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            .Select(line => int.Parse(line.Split(':')[1], CultureInfo.InvariantCulture))
            .FirstOrDefault();
        var chunked = lines.Contains("Transfer-Encoding: chunked");
        while (chunked ? !Text().EndsWith("0\r\n\r\n", StringComparison.Ordinal) : _read.Count < end + 4 + length)
        {
            Assert.True(await ReadAsync(), "The server ended the connection within an answer.");
        }

        var body = chunked ? Text()[(end + 4)..].Split("\r\n")[1] : Text().Substring(end + 4, length);
        _read.RemoveRange(0, chunked ? _read.Count : end + 4 + length);
        return (status, body);
    }

    /// <summary>All that comes until the server ends the connection, in whichever way.</summary>
    public async Task<byte[]> ToEndAsync()
    {
        try
        {
            while (await ReadAsync()) { }
        }
        catch (SocketException)
        {
            // Ended hard.
        }

        return [.. _read];
    }

    /// <summary>Ends this side; the server's may go on.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the connection as a process does that is killed with unread answers.</summary>
    public void Reset() => _socket.Close(0);

    public void Dispose() => _socket.Dispose();

    private string Text() => Encoding.Latin1.GetString([.. _read]);

    private async Task<bool> ReadAsync()
    {
        var bytes = new byte[65536];
        var count = await _socket.ReceiveAsync(bytes, _cancellation);
        _read.AddRange(bytes.AsSpan(0, count));
        return count > 0;
    }
}
