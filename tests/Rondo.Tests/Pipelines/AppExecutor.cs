using System.Collections.Concurrent;
using Rondo.Pipelines;
using Rondo.Pipelines.Executors;
using Rondo.Sdk;
using Rondo.Sdk.Wire;

namespace Rondo.Tests.Pipelines;

/// <summary>Runs attempts of a declared system in this process, as a worker does in its own.</summary>
internal sealed class AppExecutor(MlApp app, TimeProvider time) : IExecutor
{
    private readonly ExecutorRoom _room = new(new PipelinesOptions { LocalAttemptsMax = 4, LocalCores = 4 });

    public int Capacity => 4;

    /// <summary>Whether an attempt is lost: nobody ever hears of it.</summary>
    public Func<StepRequest, bool> IsLost { get; set; } = _ => false;

    public ConcurrentQueue<StepRequest> Calls { get; } = [];

    public IDisposable? TryReserve(ResourcesManifest? resources) => _room.TryReserve(resources);

    public void Require(ResourcesManifest? resources) => _room.Require(resources);

    public Task<StepResult> RunAsync(StepAttempt attempt, IAttemptLog log, CancellationToken cancellation)
    {
        Calls.Enqueue(attempt.Request);
        return IsLost(attempt.Request)
            ? throw new StorageException(new IOException("The place is full."), null)
            : new StepRunner(app, time, TextWriter.Null).RunAsync(attempt.Request, cancellation);
    }
}
