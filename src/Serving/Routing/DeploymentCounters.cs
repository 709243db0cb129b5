namespace Rondo.Serving.Routing;

/// <summary>What one deployment has done since this server loaded it.</summary>
internal sealed class DeploymentCounters
{
    private readonly LatencyHistogram _latency = new();
    private long _requests;
    private long _errors;
    private long _refused;
    private long _dropped;
    private long _unexpected;

    /// <summary>An answered request and how long the answer took.</summary>
    public void CountAnswer(TimeSpan duration)
    {
        Interlocked.Increment(ref _requests);
        _latency.Add(duration);
    }

    /// <summary>A request that the model failed on.</summary>
    public void CountError(TimeSpan duration)
    {
        Interlocked.Increment(ref _errors);
        CountAnswer(duration);
    }

    /// <summary>A request that did not fit the signature: the client's fault, and no request to the model.</summary>
    public void CountRefused() => Interlocked.Increment(ref _refused);

    /// <summary>A prediction that the log did not take.</summary>
    public void CountDropped() => Interlocked.Increment(ref _dropped);

    /// <summary>A request with values that the schema does not expect, answered or refused.</summary>
    public void CountUnexpected() => Interlocked.Increment(ref _unexpected);

    public CounterSnapshot Snapshot() =>
        new(
            Interlocked.Read(ref _requests),
            Interlocked.Read(ref _errors),
            Interlocked.Read(ref _refused),
            Interlocked.Read(ref _dropped),
            Interlocked.Read(ref _unexpected),
            _latency.Snapshot()
        );
}

/// <summary>Counters at one moment.</summary>
internal sealed record CounterSnapshot(
    long Requests,
    long Errors,
    long Refused,
    long Dropped,
    long Unexpected,
    long[] Latency
);
