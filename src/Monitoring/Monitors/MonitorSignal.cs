using Rondo.Monitoring.Predictions;

namespace Rondo.Monitoring.Monitors;

/// <summary>Tells the reconciler of this server whether there is anything new to look at: idle, it asks the database nothing.</summary>
internal sealed class MonitorSignal(PredictionLog log)
{
    private long _raised = 1;

    /// <summary>Grows with every batch of predictions, every delivery of truth, and every declaration.</summary>
    public long Count => log.Written + Interlocked.Read(ref _raised);

    public void Raise() => Interlocked.Increment(ref _raised);
}
