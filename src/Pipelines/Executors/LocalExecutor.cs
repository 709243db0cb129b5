using System.Globalization;
using Rondo.Kernel.Ids;
using Rondo.Sdk;
using Rondo.Sdk.Processes;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Executors;

/// <summary>
/// Runs attempts on this machine in warm worker processes: the second step of a package costs milliseconds, not the start of a
/// process. At most as many processes as attempts; idle ones are ended after a while, or when another package needs the place. An
/// isolated attempt has a process of its own, which is held to the limits of the step and ended with it.
/// </summary>
internal sealed class LocalExecutor(PackageFolders packages, IdSource ids, PipelinesOptions options, TimeProvider time)
    : IExecutor,
        IAsyncDisposable
{
    // The collector keeps the heap below the limit: it works harder before the limit is broken, and an exception tells of the rest.
    private const double HeapOfMemory = 0.75;

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
        var redactor = SecretRedactor.Of(attempt.Secrets.Values);
        if (redactor is null)
        {
            return await RunInWorkerAsync(attempt, log, cancellation);
        }

        var redacted = new RedactedLog(log, redactor);
        try
        {
            return redactor.Redact(await RunInWorkerAsync(attempt, redacted, cancellation));
        }
        catch (RondoException e)
        {
            throw new RondoException(e.Code, redactor.Redact(e.What), e.Mend is null ? null : redactor.Redact(e.Mend));
        }
        finally
        {
            redacted.End();
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

    private async Task<StepResult> RunInWorkerAsync(
        StepAttempt attempt,
        IAttemptLog log,
        CancellationToken cancellation
    )
    {
        Interlocked.Increment(ref _busy);
        WorkerProcess? worker = null;
        try
        {
            worker = attempt.Isolated
                ? await StartIsolatedAsync(attempt, log, cancellation)
                : await TakeAsync(KeyOf(attempt), cancellation);
            var result = await worker.RunAsync(attempt, log, cancellation);
            worker = attempt.Isolated ? worker : GiveBack(worker);
            return result;
        }
        catch (WorkerKilledException e)
        {
            return WorkerProcess.Crashed(e);
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

    private async Task<WorkerProcess> TakeAsync(WorkerKey key, CancellationToken cancellation)
    {
        WorkerProcess? found;
        var surplus = new List<WorkerProcess>();
        lock (_lock)
        {
            surplus.AddRange(_idle.Where(worker => worker.IsOver));
            _idle.RemoveAll(surplus.Contains);
            found = _idle.FindLast(worker => worker.Key == key);
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

        return found ?? await WorkerProcess.StartAsync(await StartOfAsync(key, cancellation), time, cancellation);
    }

    private async Task<WorkerProcess> StartIsolatedAsync(
        StepAttempt attempt,
        IAttemptLog log,
        CancellationToken cancellation
    )
    {
        var resources = attempt.Request.Resources ?? new(0, 0, null, 0);
        var limits = new ProcessLimits
        {
            MemoryBytes = resources.MemoryBytes,
            Processes = resources.ProcessesMax,
            DiskBytes = resources.DiskBytes,
            DiskFolder = attempt.Request.StagingFolder,
        };
        foreach (var line in ProcessRoom.Current.NotHeld(limits))
        {
            log.Write("rondo", line);
        }

        var start = await StartOfAsync(KeyOf(attempt), cancellation);
        var environment = new Dictionary<string, string>(start.Environment, StringComparer.Ordinal);
        if (resources.MemoryBytes > 0)
        {
            var heapBytes = (long)(resources.MemoryBytes * HeapOfMemory);
            environment["DOTNET_GCHeapHardLimit"] = heapBytes.ToString("X", CultureInfo.InvariantCulture);
        }

        if (resources.Cpu > 0)
        {
            var cores = (long)Math.Ceiling(resources.Cpu);
            environment["DOTNET_PROCESSOR_COUNT"] = cores.ToString("X", CultureInfo.InvariantCulture);
        }

        start = start with { Environment = environment, Limits = limits };
        return await WorkerProcess.StartAsync(start, time, cancellation);
    }

    private async Task<WorkerStart> StartOfAsync(WorkerKey key, CancellationToken cancellation)
    {
        var environment = ProgramEnvironment.Allowed(options.PassedEnvironment);
        // Threads of a native trainer that spin while they wait take the cores away from everything else.
        environment["OMP_WAIT_POLICY"] = "passive";
        environment["DOTNET_NOLOGO"] = "1";
        var entry = await packages.EntryAsync(key.Package, cancellation);
        return new WorkerStart(key, entry, ids.New("rondo"), options.WorkerStart, options.WorkerSilence)
        {
            Environment = environment,
        };
    }

    /// <summary>Null when the worker is kept; else it is to be ended.</summary>
    private WorkerProcess? GiveBack(WorkerProcess worker)
    {
        lock (_lock)
        {
            if (_stopping || worker.IsOver)
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

    private static WorkerKey KeyOf(StepAttempt attempt) =>
        new(attempt.Package, attempt.Request.Project, attempt.Request.Environment);
}
