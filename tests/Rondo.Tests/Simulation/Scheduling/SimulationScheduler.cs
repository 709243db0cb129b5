namespace Rondo.Tests.Simulation.Scheduling;

/// <summary>How a seed orders what could run.</summary>
/// <param name="Disorder">How often the next piece of work is any of those that could run, and not the oldest.</param>
/// <param name="Leap">How often time passes while there is work: a slow machine.</param>
/// <param name="LeapMsMax">How much of it.</param>
internal sealed record Ordering(double Disorder, double Leap, int LeapMsMax);

/// <summary>
/// Runs every continuation of several processes on one thread, in an order that the seed decides. Time passes when nothing can run,
/// and sometimes when something could.
/// </summary>
internal sealed class SimulationScheduler(Random random, Ordering ordering, Trace trace)
{
    private readonly List<WorkItem> _ready = [];
    private readonly PriorityQueue<TimerEntry, (long DueMs, long Order)> _timers = new();
    private readonly List<SimulatedProcess> _processes = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private volatile bool _over;
    private volatile Exception? _failure;
    private long _order;

    public Trace Trace => trace;

    /// <summary>Milliseconds since the simulation began.</summary>
    public long NowMs { get; private set; }

    /// <summary>Pieces of work that have run.</summary>
    public long Steps { get; private set; }

    /// <summary>Whether time still passes while there is work.</summary>
    public bool Calm { get; set; }

    public IReadOnlyList<SimulatedProcess> Processes => _processes;

    public SimulatedProcess NewProcess(string name)
    {
        var process = new SimulatedProcess(this, _processes.Count, name);
        _processes.Add(process);
        return process;
    }

    /// <summary>Turns until the task has ended, or something must not have happened.</summary>
    public void Run(Task until, long timeMsMax, long stepsMax)
    {
        var before = SynchronizationContext.Current;
        try
        {
            while (!until.IsCompleted)
            {
                Turn(timeMsMax, stepsMax);
            }
        }
        finally
        {
            _over = true;
            SynchronizationContext.SetSynchronizationContext(before);
            _ready.Clear();
            _timers.Clear();
        }
    }

    /// <summary>Ends the simulation: the seed has failed.</summary>
    public void Fail(Exception failure) => _failure ??= failure;

    /// <summary>Ends the simulation, whoever catches what is thrown.</summary>
    public Violation Violate(string what)
    {
        var violation = new Violation(what);
        Fail(violation);
        return violation;
    }

    public void Enqueue(SimulatedProcess process, SendOrPostCallback callback, object? state)
    {
        if (process.Dead || _over)
        {
            return;
        }

        if (!OnItsThread($"{process} goes on"))
        {
            return;
        }

        _ready.Add(new WorkItem(process, callback, state));
    }

    public void Set(SimulatedTimer timer, long delayMs)
    {
        if (!timer.Process.Dead && !_over && OnItsThread($"A timer of {timer.Process} is set"))
        {
            var entry = new TimerEntry(timer, timer.Version);
            _timers.Enqueue(entry, (NowMs + Math.Max(0, delayMs), _order++));
        }
    }

    /// <summary>Makes sure that time comes to this point although no timer waits for it.</summary>
    public void WakeAt(long ms) => _timers.Enqueue(new TimerEntry(null, 0), (ms, _order++));

    public void Forget(SimulatedProcess process) => _ready.RemoveAll(item => item.Process == process);

    /// <summary>False, and the seed has failed, on any thread but that of the simulation.</summary>
    public bool OnItsThread(string what)
    {
        if (Environment.CurrentManagedThreadId == _thread)
        {
            return true;
        }

        Fail(new Violation($"{what} on a thread that the simulation does not order:\n{Environment.StackTrace}"));
        return false;
    }

    private void Turn(long timeMsMax, long stepsMax)
    {
        if (_failure is { } failure)
        {
            throw failure is Violation ? failure : new Violation(failure.ToString());
        }

        if (!Calm && ordering.Leap > 0 && random.NextDouble() < ordering.Leap)
        {
            PassTo(NowMs + 1 + random.Next(ordering.LeapMsMax));
        }

        if (!TryTake(out var item))
        {
            PassToNextTimer();
            if (NowMs > timeMsMax)
            {
                throw new Violation($"It does not end within {timeMsMax} ms of simulated time.");
            }

            return;
        }

        if (++Steps > stepsMax)
        {
            throw new Violation($"It does not end within {stepsMax} pieces of work.");
        }

        trace.Add(item.Process, Happening.Step);
        if (trace.Verbose)
        {
            trace.Say(item.Process, $"· {WorkNames.Of(item.Callback, item.State)}");
        }

        SynchronizationContext.SetSynchronizationContext(item.Process);
        item.Callback(item.State);
    }

    private bool TryTake(out WorkItem item)
    {
        var first = -1;
        var runnable = 0;
        for (var i = 0; i < _ready.Count; i++)
        {
            if (_ready[i].Process.PausedUntilMs <= NowMs)
            {
                first = first < 0 ? i : first;
                runnable++;
            }
        }

        item = default;
        if (runnable == 0)
        {
            return false;
        }

        var chosen = first;
        if (runnable > 1 && random.NextDouble() < ordering.Disorder)
        {
            var skip = random.Next(runnable);
            for (; skip > 0; skip--)
            {
                do
                {
                    chosen++;
                } while (_ready[chosen].Process.PausedUntilMs > NowMs);
            }
        }

        item = _ready[chosen];
        _ready.RemoveAt(chosen);
        return true;
    }

    private void PassToNextTimer()
    {
        if (!_timers.TryPeek(out _, out var next))
        {
            throw new Violation(
                "Nothing can run, and no timer is set: everybody waits for something that will not come."
            );
        }

        PassTo(Math.Max(NowMs, next.DueMs));
    }

    private void PassTo(long ms)
    {
        NowMs = ms;
        while (_timers.TryPeek(out var entry, out var due) && due.DueMs <= ms)
        {
            _timers.Dequeue();
            if (entry.Timer is { } timer && timer.Version == entry.Version)
            {
                timer.Ring();
            }
        }
    }

    private readonly record struct WorkItem(SimulatedProcess Process, SendOrPostCallback Callback, object? State);

    private readonly record struct TimerEntry(SimulatedTimer? Timer, long Version);
}
