namespace Rondo.Kernel.Events;

/// <summary>Wakes those on this server who wait for something to change. Only a hint: whoever wakes looks at the state.</summary>
internal sealed class EventSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
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
        TaskCompletionSource waiting;
        lock (_lock)
        {
            _beat++;
            waiting = _next;
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiting.TrySetResult();
    }

    public async Task WaitAsync(long seen, TimeSpan atMost, TimeProvider time, CancellationToken cancellation)
    {
        Task next;
        lock (_lock)
        {
            if (_beat != seen)
            {
                return;
            }

            next = _next.Task;
        }

        try
        {
            await next.WaitAsync(atMost, time, cancellation);
        }
        catch (TimeoutException)
        {
            // The time is up: the caller looks anyway.
        }
    }
}
