using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Rondo.Sdk;

/// <summary>
/// Takes what a program tells in memory, and writes it to the spool in groups on a thread of the pool. Where more waits than may, the caller
/// writes a group itself: memory is bounded, and nothing is lost.
/// </summary>
internal sealed class SpoolQueue(SpoolFile file, Action<string> warn, Action written) : IThreadPoolWorkItem
{
    private const int WaitingMax = 65_536;
    private const int ChunkBytes = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly Lock _writing = new();
    private readonly ArrayBufferWriter<byte> _buffer = new(ChunkBytes);
    private List<SpoolOperation> _waiting = [];
    private List<SpoolOperation> _spare = [];
    private bool _scheduled;
    private bool _closed;
    private long _dropped;
    private int _inBuffer;
    private bool _warnedFull;
    private bool _warnedBroken;

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
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        if (full)
        {
            WriteGroup();
        }
    }

    /// <summary>Takes the last operations and no more after them; all are written when this returns.</summary>
    public void Close(params ReadOnlySpan<SpoolOperation> last)
    {
        lock (_gate)
        {
            _closed = true;
            _waiting.AddRange(last);
        }

        WriteGroup();
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

        written();
    }

    /// <summary>Counts what could not be kept before it came here.</summary>
    public void Drop(string what)
    {
        Interlocked.Increment(ref _dropped);
        warn(what);
    }

    /// <summary>Says that there is no room.</summary>
    public string FullWords =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"the spool is full: it may keep {file.BytesMax} more bytes for this run ({nameof(TrackingSettings.SpoolBytesMax)} less what other runs keep in {Path.GetDirectoryName(file.Location)})"
        );

    void IThreadPoolWorkItem.Execute()
    {
        while (true)
        {
            WriteGroup();
            lock (_gate)
            {
                if (_waiting.Count == 0)
                {
                    _scheduled = false;
                    return;
                }
            }
        }
    }

    private void Write(List<SpoolOperation> group)
    {
        using var json = new Utf8JsonWriter(_buffer);
        foreach (ref readonly var operation in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(group))
        {
            if (file.BytesKept + _buffer.WrittenCount >= file.BytesMax && !operation.IsKeptAlways)
            {
                Interlocked.Increment(ref _dropped);
                if (!_warnedFull)
                {
                    _warnedFull = true;
                    warn(FullWords + ". What is logged until there is room again is dropped and counted.");
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
                file.Append(_buffer.WrittenSpan);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Interlocked.Add(ref _dropped, _inBuffer);
            if (!_warnedBroken)
            {
                _warnedBroken = true;
                warn(
                    $"{file.Location} cannot be written: {e.Message} What is logged until it can is dropped and counted."
                );
            }
        }

        _buffer.ResetWrittenCount();
        _inBuffer = 0;
    }
}
