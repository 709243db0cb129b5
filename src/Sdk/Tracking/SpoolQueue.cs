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
    private static readonly TimeSpan s_gather = TimeSpan.FromMilliseconds(20);

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
    private byte[] _unwritten = [];

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

    /// <summary>Takes an operation; returns at once.</summary>
    public void Add(in SpoolOperation operation)
    {
        bool start;
        bool full;
        lock (_gate)
        {
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
        return _unwritten;
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
        lock (_gate)
        {
            _scheduled = _waiting.Count > 0;
            if (_scheduled)
            {
                _timer.Change(s_gather, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Write(List<SpoolOperation> group)
    {
        using var json = new Utf8JsonWriter(_buffer);
        foreach (ref readonly var operation in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(group))
        {
            if (!operation.IsKeptAlways && !_file.HasRoom(_buffer.WrittenCount + 1))
            {
                Interlocked.Increment(ref _dropped);
                if (!_warnedFull)
                {
                    _warnedFull = true;
                    _settings.Warn(FullWords + ". What is logged until there is room again is dropped and counted.");
                }

                continue;
            }

            operation.Write(_buffer, json);
            _inBuffer++;
            if (_buffer.WrittenCount >= ChunkBytes)
            {
                Flush();
            }
        }

        Flush();
    }

    private void Flush()
    {
        try
        {
            if (_inBuffer > 0)
            {
                _file.Append(_buffer.WrittenSpan);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_closed)
            {
                _unwritten = [.. _unwritten, .. _buffer.WrittenSpan];
            }
            else
            {
                Interlocked.Add(ref _dropped, _inBuffer);
            }

            if (!_warnedBroken)
            {
                _warnedBroken = true;
                _settings.Warn(
                    $"{_file.Location} cannot be written: {e.Message} What is logged until it can is dropped and counted."
                );
            }
        }

        _buffer.ResetWrittenCount();
        _inBuffer = 0;
    }
}
