namespace Rondo.Tests.Simulation.Scheduling;

/// <summary>
/// A process of the simulation, with a clock of its own: everything that continues in it continues through the scheduler. Killed, it
/// never goes on; paused, it goes on later and does not know.
/// </summary>
internal sealed class SimulatedProcess : SynchronizationContext
{
    private volatile bool _dead;

    public SimulatedProcess(SimulationScheduler scheduler, int number, string name)
    {
        Scheduler = scheduler;
        Number = number;
        Name = name;
        Clock = new SimulatedClock(this);
    }

    public SimulationScheduler Scheduler { get; }

    public int Number { get; }

    public string Name { get; }

    public SimulatedClock Clock { get; }

    public bool Dead => _dead;

    /// <summary>Until when nothing of it runs.</summary>
    public long PausedUntilMs { get; private set; }

    /// <summary>A task that never ends: what a dead process waits for.</summary>
    public static Task Never { get; } = new TaskCompletionSource().Task;

    public void Kill(string place)
    {
        if (!_dead)
        {
            _dead = true;
            Scheduler.Trace.Add(this, Happening.Killed);
            Scheduler.Trace.Say(this, $"is killed {place}");
            Scheduler.Forget(this);
        }
    }

    /// <summary>Kills the process from within: what runs now is unwound.</summary>
    public KilledException Die(string place)
    {
        Kill(place);
        return new KilledException(place);
    }

    public void Pause(long ms)
    {
        PausedUntilMs = Math.Max(PausedUntilMs, Scheduler.NowMs + ms);
        Scheduler.Trace.Add(this, Happening.Paused, ms);
        Scheduler.Trace.Say(this, $"stands still for {ms} ms");
        Scheduler.WakeAt(PausedUntilMs);
    }

    /// <summary>Starts something in the process; when it throws, the seed has failed.</summary>
    public Task Start(Func<Task> work)
    {
        var ended = new TaskCompletionSource();
        Post(
            async _ =>
            {
                try
                {
                    await work();
                    ended.TrySetResult();
                }
                catch (KilledException)
                {
                    // The process is dead.
                }
                catch (Exception e)
                {
                    Scheduler.Fail(e);
                }
            },
            null
        );
        return ended.Task;
    }

    public override void Post(SendOrPostCallback d, object? state) => Scheduler.Enqueue(this, d, state);

    public override void Send(SendOrPostCallback d, object? state) =>
        throw new Violation("Something blocks until another piece of work has run.");

    public override SynchronizationContext CreateCopy() => this;

    public override string ToString() => Name;
}
