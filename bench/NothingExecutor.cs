using Rondo.Pipelines;
using Rondo.Sdk.Wire;

namespace Rondo.Benchmarks;

/// <summary>Ends each attempt at once, or never: what is left is the orchestrator's own work.</summary>
internal sealed class NothingExecutor(int capacity) : IExecutor, IDisposable
{
    private static readonly StepResult s_done = new(
        StepOutcome.Succeeded,
        new Dictionary<string, ProducedArtifact>(StringComparer.Ordinal),
        new Dictionary<string, double>(StringComparer.Ordinal),
        null,
        null,
        null
    );

    private readonly CancellationTokenSource _gone = new();
    private int _begun;

    public int Capacity => capacity;

    /// <summary>Whether attempts hang until the executor is gone.</summary>
    public bool Hangs { get; init; }

    /// <summary>Waits until so many attempts have begun.</summary>
    public async Task BegunAsync(int count)
    {
        while (Volatile.Read(ref _begun) < count)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    public IDisposable? TryReserve(ResourcesManifest? resources) => new Nothing();

    public void Require(ResourcesManifest? resources) { }

    public async Task<StepResult> RunAsync(StepAttempt attempt, IAttemptLog log, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _begun);
        if (Hangs)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _gone.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, either.Token);
        }

        return s_done;
    }

    public void Dispose() => _gone.Dispose();

    private sealed class Nothing : IDisposable
    {
        public void Dispose() { }
    }
}
