using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Rondo.Sdk;

/// <summary>
/// Takes what a program tells in memory, and writes it to the spool in groups on a thread of the pool, fifty times a second at most: a call that
/// woke a thread each time would cost the loop that makes it microseconds. Where more waits than may, the caller writes a group itself:
/// memory is bounded, and nothing is lost.
/// </summary>
internal sealed class SpoolQueue : IDisposable
{
    private const int WaitingMax = 65_536;
    private const int ChunkBytes = 256 * 1024;

    // What a broken disk has not taken waits in memory, up to here. It is written in pieces: room comes back little by little.
    private const int HeldBytesMax = 4 * 1024 * 1024;
    private const int PieceBytes = 32 * 1024;

    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_tryAgain = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Lock _writing = new();
    private readonly ArrayBufferWriter<byte> _buffer = new(ChunkBytes);
    private readonly SpoolFile _file;
    private readonly TrackingSettings _settings;
    private readonly Action _written;
    private readonly ITimer _timer;
    private List<SpoolOperation> _waiting = [];
    private List<SpoolOperation> _spare = [];
    private bool _scheduled;
    private bool _closed;
    private long _dropped;
    private int _inBuffer;
    private bool _warnedFull;
    private bool _warnedBroken;
    private bool _broken;

    public SpoolQueue(SpoolFile file, TrackingSettings settings, Action written)
    {
        _file = file;
        _settings = settings;
        _written = written;
        _timer = settings.Time.CreateTimer(
            _ => WriteGathered(),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>How many operations were not kept.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Whether something waits in memory that the disk has not taken.</summary>
    public bool HoldsUnwritten
    {
        get
        {
            lock (_writing)
            {
                return _inBuffer > 0;
            }
        }
    }

    /// <summary>Whether what comes after the end is forgotten, and no error.</summary>
    public bool ForgetsWhatComesLate { get; set; }

    /// <summary>Takes an operation; returns at once.</summary>
    public void Add(in SpoolOperation operation)
    {
        bool start;
        bool full;
        lock (_gate)
        {
            if (_closed && ForgetsWhatComesLate)
            {
                return;
            }

            ObjectDisposedException.ThrowIf(_closed, typeof(TrackedRun));
            _waiting.Add(operation);
            start = !_scheduled;
            _scheduled = true;
            full = _waiting.Count >= WaitingMax;
        }

        if (start)
        {
            _timer.Change(s_gather, Timeout.InfiniteTimeSpan);
        }

        if (full)
        {
            WriteGroup();
        }
    }

    /// <summary>Takes the last operations and no more after them; all are written when this returns, or among the lines that it returns.</summary>
    public ReadOnlyMemory<byte> Close(params ReadOnlySpan<SpoolOperation> last)
    {
        lock (_gate)
        {
            _closed = true;
            _waiting.AddRange(last);
        }

        WriteGroup();
        lock (_writing)
        {
            // A copy: the timer may have its last turn while it is sent.
            var unwritten = _buffer.WrittenSpan.ToArray();
            _buffer.ResetWrittenCount();
            _inBuffer = 0;
            return unwritten;
        }
    }

    /// <summary>Writes what waits now.</summary>
    public void WriteGroup()
    {
        lock (_writing)
        {
            List<SpoolOperation> group;
            lock (_gate)
            {
                group = _waiting;
                _waiting = _spare;
            }

            Write(group);
            group.Clear();
            _spare = group;
        }

        _written();
    }

    /// <summary>Counts what could not be kept before it came here.</summary>
    public void Drop(string what)
    {
        Interlocked.Increment(ref _dropped);
        _settings.Warn(what);
    }

    /// <summary>Counts lines that neither the disk nor the server has taken by the end.</summary>
    public int Lose(ReadOnlyMemory<byte> lines)
    {
        var count = lines.Span.Count((byte)'\n');
        Interlocked.Add(ref _dropped, count);
        return count;
    }

    /// <summary>Says that there is no room.</summary>
    public string FullWords =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the spool is full: it may keep {Math.Max(0, _file.BytesMax)} bytes of this run ({nameof(TrackingSettings.SpoolBytesMax)} less what other runs keep in {Path.GetDirectoryName(_file.Location)})"
        );

    public void Dispose() => _timer.Dispose();

    private void WriteGathered()
    {
        WriteGroup();
        var holds = HoldsUnwritten;
        lock (_gate)
        {
            _scheduled = !_closed && (holds || _waiting.Count > 0);
            if (_scheduled)
            {
                _timer.Change(holds ? s_tryAgain : s_gather, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Write(List<SpoolOperation> group)
    {
        using var json = new Utf8JsonWriter(_buffer);
        foreach (ref readonly var operation in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(group))
        {
            if (!operation.IsKeptAlways && !HasRoom())
            {
                Interlocked.Increment(ref _dropped);
                continue;
            }

            operation.Write(_buffer, json);
            _inBuffer++;
            if (_buffer.WrittenCount >= ChunkBytes && !_broken)
            {
                Flush();
            }
        }

        Flush();
    }

    // In the spool, and in memory where the disk is broken.
    private bool HasRoom()
    {
        if (!_file.HasRoom(_buffer.WrittenCount + 1))
        {
            if (!_warnedFull)
            {
                _warnedFull = true;
                _settings.Warn(FullWords + ". What is logged until there is room again is dropped and counted.");
            }

            return false;
        }

        return !_broken || _buffer.WrittenCount < HeldBytesMax;
    }

    private void Flush()
    {
        var written = 0;
        try
        {
            while (written < _buffer.WrittenCount)
            {
                var piece = PieceAfter(written);
                _file.Append(piece);
                written += piece.Length;
                _inBuffer -= piece.Count((byte)'\n');
            }

            _broken = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _broken = true;
            Tell(e);
        }

        // What was not written is the next to be.
        var rest = _buffer.WrittenSpan[written..].ToArray();
        _buffer.ResetWrittenCount();
        _buffer.Write(rest);
    }

    // Whole lines, at least one.
    private ReadOnlySpan<byte> PieceAfter(int written)
    {
        var rest = _buffer.WrittenSpan[written..];
        if (!_broken || rest.Length <= PieceBytes)
        {
            return rest;
        }

        var end = rest[..PieceBytes].LastIndexOf((byte)'\n') + 1;
        return rest[..(end > 0 ? end : rest.IndexOf((byte)'\n') + 1)];
    }

    private void Tell(Exception e)
    {
        if (!_warnedBroken)
        {
            _warnedBroken = true;
            _settings.Warn(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_file.Location} cannot be written: {e.Message.TrimEnd('.')}. What is logged until it can is kept in memory, up to {HeldBytesMax / 1024 / 1024} MB; what comes beyond that is dropped and counted."
                )
            );
        }
    }
}
