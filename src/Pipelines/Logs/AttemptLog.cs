using System.Threading.Channels;

namespace Rondo.Pipelines.Logs;

/// <summary>
/// Takes the lines of one attempt without ever blocking it, and stores them in chunks a few times a second. Bounded in lines,
/// in bytes and in what may wait; what does not fit is counted, and the count is the last line.
/// </summary>
internal sealed class AttemptLog : IAttemptLog, IAsyncDisposable
{
    private const int LinesMax = 20_000;
    private const int LineCharsMax = 8 * 1024;
    private const int LinesWaitingMax = 4096;
    private const int LinesPerChunkMax = 500;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly Func<IReadOnlyList<StoredLine>, Task> _store;
    private readonly TimeProvider _time;
    private readonly Channel<StoredLine> _lines = Channel.CreateBounded<StoredLine>(LinesWaitingMax);
    private readonly TaskCompletionSource _closed = new();
    private readonly Lazy<Task> _storing;
    private int _taken;
    private int _dropped;

    public AttemptLog(Func<IReadOnlyList<StoredLine>, Task> store, TimeProvider time)
    {
        _store = store;
        _time = time;
        _storing = new Lazy<Task>(StoreAsync);
    }

    public void Write(string stream, string line)
    {
        var text = line.Length <= LineCharsMax ? line : line[..LineCharsMax] + "…";
        var stored = new StoredLine(_time.GetUtcNow().ToUnixTimeMilliseconds(), stream, text);
        if (Interlocked.Increment(ref _taken) > LinesMax || !_lines.Writer.TryWrite(stored))
        {
            Interlocked.Increment(ref _dropped);
            return;
        }

        // Most attempts say nothing. What comes when the log is closed begins nothing any more.
        _ = _storing.Value;
    }

    /// <summary>Stores what is left. Lines that come later are lost.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        _closed.TrySetResult();
        if (_storing.IsValueCreated)
        {
            await _storing.Value;
        }
    }

    private async Task StoreAsync()
    {
        // Whoever opens the log does not wait for it.
        await Task.Yield();
        try
        {
            while (await _lines.Reader.WaitToReadAsync())
            {
                await StoreChunkAsync();
                await Task.WhenAny(_closed.Task, Task.Delay(s_pause, _time, CancellationToken.None));
            }

            if (Volatile.Read(ref _dropped) is > 0 and var dropped)
            {
                var at = _time.GetUtcNow().ToUnixTimeMilliseconds();
                await _store([new StoredLine(at, "rondo", $"{dropped} lines were too many, and are not kept.")]);
            }
        }
        catch (RondoException)
        {
            // The database cannot be written. A log must not fail the attempt that it tells of.
        }
    }

    private async Task StoreChunkAsync()
    {
        var chunk = new List<StoredLine>(LinesPerChunkMax);
        while (chunk.Count < LinesPerChunkMax && _lines.Reader.TryRead(out var line))
        {
            chunk.Add(line);
        }

        if (chunk.Count > 0)
        {
            await _store(chunk);
        }
    }
}
