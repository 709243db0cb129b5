namespace Rondo.Pipelines.Executors;

/// <summary>
/// What a worker prints goes to the attempt that it runs; the last lines are kept, to be shown when it dies. When the attempt has ended,
/// the worker prints a mark on both of its outputs: what stands before it belongs to the attempt.
/// </summary>
internal sealed class TailLog
{
    private const int TailLines = 20;
    private const int TailChars = 8000;

    private readonly Lock _lock = new();
    private readonly Queue<string> _tail = new();
    private readonly Stream _out = new("out");
    private readonly Stream _err = new("err");

    private IAttemptLog? _current;
    private string? _mark;
    private TaskCompletionSource _marked = new();
    private int _unmarked;

    /// <summary>The last lines, as one text.</summary>
    public string Tail
    {
        get
        {
            lock (_lock)
            {
                var tail = string.Join('\n', _tail);
                return tail.Length <= TailChars ? tail : "…" + tail[^TailChars..];
            }
        }
    }

    /// <summary>Gives lines to an attempt until disposed.</summary>
    public IDisposable Attach(IAttemptLog log, string mark)
    {
        lock (_lock)
        {
            _tail.Clear();
            _current = log;
            _mark = mark;
            _unmarked = 2;
            _out.Reset();
            _err.Reset();
            _marked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return new Attachment(this);
    }

    /// <summary>Waits until both outputs have been read up to the mark. A step may have closed them: not without end.</summary>
    public async ValueTask EndAsync(TimeSpan atMost, TimeProvider time)
    {
        if (_marked.Task.IsCompleted)
        {
            return;
        }

        try
        {
            await _marked.Task.WaitAsync(atMost, time);
        }
        catch (TimeoutException)
        {
            // What comes later belongs to nobody.
        }
    }

    public void WriteOutput(string line) => Write(_out, line);

    public void WriteError(string line) => Write(_err, line);

    // The mark stands behind a line feed of its own, which is an empty line where the step ended its last line itself.
    private void Write(Stream stream, string line)
    {
        lock (_lock)
        {
            if (_mark is not null && line == _mark)
            {
                stream.Blank = false;
                if (!stream.Marked && --_unmarked == 0)
                {
                    _marked.TrySetResult();
                }

                stream.Marked = true;
                return;
            }

            if (stream.Blank)
            {
                Keep(stream, "");
            }

            stream.Blank = line.Length == 0;
            if (!stream.Blank)
            {
                Keep(stream, line);
            }
        }
    }

    private void Keep(Stream stream, string line)
    {
        if (_tail.Count == TailLines)
        {
            _tail.Dequeue();
        }

        _tail.Enqueue(line);
        _current?.Write(stream.Name, line);
    }

    private sealed class Stream(string name)
    {
        public string Name => name;

        /// <summary>Whether an empty line waits to be followed by another one or the mark.</summary>
        public bool Blank { get; set; }

        public bool Marked { get; set; }

        public void Reset() => Blank = Marked = false;
    }

    private sealed class Attachment(TailLog owner) : IDisposable
    {
        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._current = null;
                owner._mark = null;
            }
        }
    }
}
