namespace Rondo.Pipelines.Executors;

/// <summary>
/// What a worker prints goes to the attempt that it runs; the last lines are kept, to be shown when it dies. Lines still in the
/// pipe when an attempt says that it is done belong to that attempt: see <see cref="QuietAsync"/>.
/// </summary>
internal sealed class TailLog
{
    private const int TailLines = 20;
    private const int RoundsMax = 40;

    private readonly Lock _lock = new();
    private readonly Queue<string> _tail = new();
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);

    private IAttemptLog? _current;
    private long _written;

    /// <summary>The last lines, as one text.</summary>
    public string Tail
    {
        get
        {
            lock (_lock)
            {
                return string.Join('\n', _tail);
            }
        }
    }

    public IDisposable Attach(IAttemptLog log)
    {
        lock (_lock)
        {
            _tail.Clear();
            _current = log;
        }

        return new Attachment(this);
    }

    /// <summary>Waits until no line has come for a moment, or too many moments have passed.</summary>
    public async Task QuietAsync(TimeProvider time)
    {
        for (var round = 0; round < RoundsMax; round++)
        {
            var before = Interlocked.Read(ref _written);
            await Task.Delay(s_pause, time, CancellationToken.None);
            if (Interlocked.Read(ref _written) == before)
            {
                return;
            }
        }
    }

    public void Write(string stream, string line)
    {
        lock (_lock)
        {
            if (_tail.Count == TailLines)
            {
                _tail.Dequeue();
            }

            _tail.Enqueue(line);
            _written++;
            _current?.Write(stream, line);
        }
    }

    private sealed class Attachment(TailLog owner) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._current = null;
            }
        }
    }
}
