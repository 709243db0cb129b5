namespace Rondo.Sdk;

/// <summary>
/// The lines of a local run at which a process may be killed, by name, and the one place where it waits. A test lets a run end at one of
/// them, or lets no time pass.
/// </summary>
internal class LocalProbe(TimeProvider time)
{
    /// <summary>The step is next; it has done nothing.</summary>
    public const string BeforeStep = "step.before";

    /// <summary>The step's own code is called next. There is no killing here that <see cref="BeforeStep"/> is not.</summary>
    public const string Called = "step.called";

    /// <summary>The attempt is over, in whatever way.</summary>
    public const string Returned = "step.returned";

    /// <summary>The step's own code has run; none of its outputs is written.</summary>
    public const string InsideStep = "step.inside";

    /// <summary>Its outputs are in the staging folder.</summary>
    public const string Staged = "step.staged";

    /// <summary>Its outputs are in the store; the run does not know them yet.</summary>
    public const string Kept = "step.kept";

    /// <summary>The run knows them; the cache does not yet.</summary>
    public const string Published = "step.published";

    /// <summary>The step is done in every respect; the next one has not begun.</summary>
    public const string BetweenSteps = "step.done";

    /// <summary>Done when the run is dead: nothing of it may go on then.</summary>
    public virtual Task Killed { get; } = new TaskCompletionSource().Task;

    /// <summary>Nothing more of a dead run gets to the disk.</summary>
    /// <exception cref="RunKilledException">The run is dead.</exception>
    public void MustLive()
    {
        if (Killed.IsCompleted)
        {
            throw new RunKilledException();
        }
    }

    public virtual ValueTask ReachAsync(string line, LocalPlace place) => ValueTask.CompletedTask;

    /// <summary>Waits before the next attempt at a node.</summary>
    public virtual Task WaitAsync(string node, TimeSpan wait, CancellationToken cancellation) =>
        wait > TimeSpan.Zero ? Task.Delay(wait, time, cancellation) : Task.CompletedTask;
}

/// <summary>
/// Unwinds what a test has killed, so that this process can go on. On the way, nothing may be done that a killed process would not have
/// done.
/// </summary>
internal sealed class RunKilledException : Exception;
