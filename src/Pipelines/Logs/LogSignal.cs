namespace Rondo.Pipelines.Logs;

/// <summary>Wakes those who wait for lines. Only a hint: whoever wakes reads.</summary>
internal sealed class LogSignal
{
    private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Take it before reading, so that nothing is missed in between.</summary>
    public Task Next => _next.Task;

    public void Raise()
    {
        var waiting = Interlocked.Exchange(
            ref _next,
            new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
        );
        waiting.TrySetResult();
    }

    public async Task WaitAsync(Task next, TimeSpan atMost, TimeProvider time, CancellationToken cancellation)
    {
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
