namespace Rondo.Kernel.Events;

/// <summary>Wakes those who wait for the log to grow. Only a hint: whoever wakes reads the log.</summary>
internal sealed class EventSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _position;

    public void Raise(long position)
    {
        TaskCompletionSource waiting;
        lock (_lock)
        {
            _position = Math.Max(_position, position);
            waiting = _next;
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiting.TrySetResult();
    }

    public async Task WaitAsync(long after, TimeSpan atMost, TimeProvider time, CancellationToken cancellation)
    {
        Task next;
        lock (_lock)
        {
            if (_position > after)
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
