using Rondo.Kernel.Ids;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Executors;

/// <summary>
/// Runs attempts on this machine in warm worker processes: the second step of a package costs milliseconds, not the start of a
/// process. At most as many processes as attempts; idle ones are ended after a while, or when another package needs the place.
/// </summary>
internal sealed class LocalExecutor(PackageFolders packages, IdSource ids, PipelinesOptions options, TimeProvider time)
    : IExecutor,
        IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<WorkerProcess> _idle = [];
    private readonly ExecutorRoom _room = new(options);
    private int _busy;
    private bool _stopping;

    public int Capacity => options.LocalAttemptsMax;

    public IDisposable? TryReserve(ResourcesManifest? resources) => _room.TryReserve(resources);

    public void Require(ResourcesManifest? resources) => _room.Require(resources);

    public async Task<StepResult> RunAsync(StepAttempt attempt, IAttemptLog log, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _busy);
        WorkerProcess? worker = null;
        try
        {
            worker = await TakeAsync(attempt.Package, cancellation);
            var result = await worker.RunAsync(attempt, log, cancellation);
            worker = GiveBack(worker);
            return result;
        }
        finally
        {
            Interlocked.Decrement(ref _busy);
            if (worker is not null)
            {
                await worker.DisposeAsync();
            }
        }
    }

    /// <summary>Ends workers that have been idle for long.</summary>
    public Task EndIdleAsync() => EndAsync(worker => time.GetUtcNow() - worker.IdleSince > options.WorkerIdle);

    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _stopping = true;
        }

        await EndAsync(_ => true);
    }

    private async Task<WorkerProcess> TakeAsync(string package, CancellationToken cancellation)
    {
        WorkerProcess? found;
        var surplus = new List<WorkerProcess>();
        lock (_lock)
        {
            surplus.AddRange(_idle.Where(worker => worker.HasExited));
            _idle.RemoveAll(surplus.Contains);
            found = _idle.FindLast(worker => worker.Package == package);
            if (found is not null)
            {
                _idle.Remove(found);
            }

            while (_idle.Count > 0 && _idle.Count + _busy > Capacity)
            {
                surplus.Add(_idle[0]);
                _idle.RemoveAt(0);
            }
        }

        foreach (var worker in surplus)
        {
            await worker.DisposeAsync();
        }

        if (found is not null)
        {
            return found;
        }

        var entry = await packages.EntryAsync(package, cancellation);
        var start = new WorkerStart(package, entry, ids.New("rondo"), options.WorkerStart);
        return await WorkerProcess.StartAsync(start, time, cancellation);
    }

    /// <summary>Null when the worker is kept; else it is to be ended.</summary>
    private WorkerProcess? GiveBack(WorkerProcess worker)
    {
        lock (_lock)
        {
            if (_stopping || worker.HasExited)
            {
                return worker;
            }

            _idle.Add(worker);
            return null;
        }
    }

    private async Task EndAsync(Func<WorkerProcess, bool> which)
    {
        List<WorkerProcess> ended;
        lock (_lock)
        {
            ended = [.. _idle.Where(which)];
            _idle.RemoveAll(ended.Contains);
        }

        foreach (var worker in ended)
        {
            await worker.DisposeAsync();
        }
    }
}
