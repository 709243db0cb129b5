namespace Rondo.Kernel.Events;

/// <summary>
/// Hears what happens on this server, as far as it concerns somebody, from its making to its end. Only a hint: whoever hears something
/// looks at the state.
/// </summary>
public sealed class EventListener : IDisposable
{
    private readonly Lock _lock = new();
    private readonly EventSignal _signal;
    private readonly Func<string, bool> _concerns;
    private readonly TimeProvider _time;
    private TaskCompletionSource? _waiting;
    private bool _heard;

    internal EventListener(EventSignal signal, Func<string, bool> concerns, TimeProvider time)
    {
        _signal = signal;
        _concerns = concerns;
        _time = time;
        signal.Add(this);
    }

    /// <summary>Whether something was heard since it was last forgotten.</summary>
    public bool Heard
    {
        get
        {
            lock (_lock)
            {
                return _heard;
            }
        }
    }

    /// <summary>Forgets what was heard. Whoever does so before it looks at the state misses nothing that comes after.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _heard = false;
        }
    }

    /// <summary>Waits until something is heard, or the time is up. Who waits goes on where it waited, never inside the transaction that it hears of.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellation)
    {
        var woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_heard)
            {
                return;
            }

            _waiting = woken;
        }

        using var timer = _time.CreateTimer(_ => woken.TrySetResult(), null, atMost, Timeout.InfiniteTimeSpan);
        using var stopped = cancellation.Register(() => woken.TrySetCanceled(cancellation));
        await woken.Task;
    }

    public void Dispose() => _signal.Remove(this);

    /// <summary>Something of this kind has happened; null: nobody knows what.</summary>
    internal void Hear(string? kind)
    {
        if (kind is not null && !_concerns(kind))
        {
            return;
        }

        lock (_lock)
        {
            _heard = true;
            _waiting?.TrySetResult();
            _waiting = null;
        }
    }
}
