namespace Rondo.Kernel.Events;

/// <summary>
/// Wakes those who wait for something to change on this server. Only a hint: whoever wakes looks at the state. Who waits goes on
/// where it waited, never inside the raise.
/// </summary>
internal sealed class EventSignal
{
    private readonly Lock _lock = new();
    private List<TaskCompletionSource> _waiting = [];
    private long _beat;

    /// <summary>Grows with every raise: whoever reads it before looking at the state misses nothing that comes after.</summary>
    public long Beat
    {
        get
        {
            lock (_lock)
            {
                return _beat;
            }
        }
    }

    public void Raise()
    {
        List<TaskCompletionSource> waiting;
        lock (_lock)
        {
            _beat++;
            if (_waiting.Count == 0)
            {
                return;
            }

            waiting = _waiting;
            _waiting = [];
        }

        foreach (var one in waiting)
        {
            one.TrySetResult();
        }
    }

    public async Task WaitAsync(long seen, TimeSpan atMost, TimeProvider time, CancellationToken cancellation)
    {
        var woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_beat != seen)
            {
                return;
            }

            _waiting.Add(woken);
        }

        try
        {
            using var timer = time.CreateTimer(_ => woken.TrySetResult(), null, atMost, Timeout.InfiniteTimeSpan);
            using var stopped = cancellation.Register(() => woken.TrySetCanceled(cancellation));
            await woken.Task;
        }
        finally
        {
            lock (_lock)
            {
                _waiting.Remove(woken);
            }
        }
    }
}
