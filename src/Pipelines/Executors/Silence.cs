namespace Rondo.Pipelines.Executors;

/// <summary>
/// Hears for how long nothing has been said. It counts moments, not time: when the whole machine stood still, that is one moment, and no
/// reason to take the other for dead.
/// </summary>
internal sealed class Silence : IDisposable
{
    private const int Moments = 4;

    private readonly CancellationTokenSource _over = new();
    private readonly ITimer _timer;
    private int _passed;

    public Silence(TimeSpan limit, TimeProvider time) =>
        _timer = time.CreateTimer(static state => ((Silence)state!).Pass(), this, limit / Moments, limit / Moments);

    /// <summary>Cancelled when it has lasted too long.</summary>
    public CancellationToken Token => _over.Token;

    /// <summary>Something was said.</summary>
    public void Break() => Volatile.Write(ref _passed, 0);

    public void Dispose()
    {
        _timer.Dispose();
        _over.Dispose();
    }

    private void Pass()
    {
        if (Interlocked.Increment(ref _passed) != Moments)
        {
            return;
        }

        try
        {
            _over.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // Nobody listens any more.
        }
    }
}
