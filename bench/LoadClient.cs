using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Rondo.Benchmarks;

/// <summary>What a load saw: answers, how long all of them took, and the time of each in microseconds, sorted.</summary>
internal sealed record LoadResult(int Answers, TimeSpan Duration, double[] Microseconds)
{
    public double PerSecond => Answers / Duration.TotalSeconds;

    public double Quantile(double quantile) =>
        Microseconds[Math.Min((int)(quantile * Microseconds.Length), Microseconds.Length - 1)];
}

/// <summary>
/// A closed loop: each connection sends one request, waits for its answer, and sends the next. Blocking sockets and prepared bytes,
/// so that the client takes as little as it can of the processors that it shares with the server.
/// </summary>
internal sealed class LoadClient
{
    public const int Connections = 8;

    private const int AnswerBytesMax = 64 * 1024;

    private readonly IPEndPoint _server;
    private readonly byte[] _request;
    private readonly int _idPlace;
    private static int s_lastId;

    /// <summary>A client of one path. The body holds <paramref name="id"/> once: its digits are replaced in each request.</summary>
    public LoadClient(Uri server, string path, byte[] body, string id)
    {
        _server = new IPEndPoint(IPAddress.Loopback, server.Port);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"POST {path} HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"
        );
        _request = [.. Encoding.ASCII.GetBytes(head), .. body];
        _idPlace = _request.AsSpan().IndexOf(Encoding.ASCII.GetBytes(id));
    }

    /// <summary>Keeps all connections busy until so many requests were answered. Any answer but 200 ends the benchmark.</summary>
    public LoadResult Run(int requests)
    {
        var clock = Stopwatch.StartNew();
        var left = requests;
        var times = new List<double>[Connections];
        var failures = new Exception?[Connections];
        var threads = Enumerable
            .Range(0, Connections)
            .Select(index => new Thread(() =>
            {
                try
                {
                    times[index] = Loop(ref left);
                }
                catch (Exception e)
                {
                    failures[index] = e;
                }
            }))
            .ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        if (failures.FirstOrDefault(failure => failure is not null) is { } first)
        {
            throw new InvalidOperationException(first.Message, first);
        }

        var duration = clock.Elapsed;
        double[] sorted = [.. times.SelectMany(of => of).Order()];
        return new LoadResult(sorted.Length, duration, sorted);
    }

    private List<double> Loop(ref int left)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = 30_000,
        };
        socket.Connect(_server);
        var request = _request.ToArray();
        var answer = new byte[AnswerBytesMax];
        var times = new List<double>();
        while (Interlocked.Decrement(ref left) >= 0)
        {
            Number(request.AsSpan(_idPlace, 8));
            var from = Stopwatch.GetTimestamp();
            Send(socket, request);
            Receive(socket, answer);
            times.Add(Stopwatch.GetElapsedTime(from).TotalMicroseconds);
        }

        return times;
    }

    private static void Number(Span<byte> place)
    {
        var id = Interlocked.Increment(ref s_lastId);
        for (var i = place.Length - 1; i >= 0; i--, id /= 10)
        {
            place[i] = (byte)('0' + (id % 10));
        }
    }

    private static void Send(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[socket.Send(bytes)..];
        }
    }

    private static void Receive(Socket socket, byte[] buffer)
    {
        var length = 0;
        var whole = int.MaxValue;
        while (length < whole)
        {
            var got = socket.Receive(buffer.AsSpan(length));
            if (got == 0)
            {
                throw new InvalidOperationException("The server closed the connection.");
            }

            length += got;
            if (whole == int.MaxValue)
            {
                whole = LengthOf(buffer.AsSpan(0, length));
            }
        }
    }

    private static int LengthOf(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return int.MaxValue;
        }

        var field = answer.IndexOf("Content-Length: "u8);
        if (!answer.StartsWith("HTTP/1.1 200"u8) || field < 0)
        {
            throw new InvalidOperationException(Encoding.UTF8.GetString(answer));
        }

        var digits = answer[(field + "Content-Length: ".Length)..];
        return end + 4 + int.Parse(digits[..digits.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
    }
}
