namespace Rondo.Tests.Simulation.Scheduling;

/// <summary>A timer that fires as a piece of work of its process.</summary>
internal sealed class SimulatedTimer(SimulatedProcess process, TimerCallback callback, object? state) : ITimer
{
    private static readonly SendOrPostCallback s_fire = timer => ((SimulatedTimer)timer!).Fire();

    private volatile bool _disposed;
    private TimeSpan _period;

    /// <summary>Grows with each change: an entry of the queue of timers with an earlier one means nothing.</summary>
    public long Version { get; private set; }

    public SimulatedProcess Process => process;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (_disposed)
        {
            return false;
        }

        Version++;
        _period = period;
        if (dueTime != Timeout.InfiniteTimeSpan)
        {
            process.Scheduler.Set(this, DelayMs(dueTime));
        }

        return true;
    }

    /// <summary>Its time has come: it is put among the work of its process.</summary>
    public void Ring()
    {
        if (_disposed || process.Dead)
        {
            return;
        }

        Version++;
        if (_period > TimeSpan.Zero)
        {
            process.Scheduler.Set(this, DelayMs(_period));
        }

        process.Scheduler.Enqueue(process, s_fire, this);
    }

    // The collector also comes here, on a thread of its own, when it finds what a dead process has left.
    public void Dispose() => _disposed = true;

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private void Fire()
    {
        if (!_disposed)
        {
            callback(state);
        }
    }

    private static long DelayMs(TimeSpan delay) => (long)Math.Ceiling(delay.TotalMilliseconds);
}
