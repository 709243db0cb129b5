namespace Rondo.Testing;

/// <summary>
/// Lets the waits of a run take no time: the clock is put forward to the earliest of them. A clock of the test's own is put forward only
/// while no step runs, since the time limits of steps go by it.
/// </summary>
internal sealed class TestWaits(TimeProvider time, Action<TimeSpan> jump, bool whenIdle)
{
    private readonly Lock _gate = new();
    private readonly List<(DateTimeOffset Due, TaskCompletionSource Over)> _waiting = [];
    private int _running;

    public void StepBegins()
    {
        lock (_gate)
        {
            _running++;
        }
    }

    public void StepEnds()
    {
        lock (_gate)
        {
            _running--;
            Jump();
        }
    }

    public Task WaitAsync(TimeSpan wait, CancellationToken cancellation)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Add((time.GetUtcNow() + wait, over));
            Jump();
        }
        return over.Task.WaitAsync(cancellation);
    }

    private void Jump()
    {
        if (_waiting.Count == 0 || (whenIdle && _running > 0))
        {
            return;
        }
        var due = _waiting.Min(waiting => waiting.Due);
        if (due > time.GetUtcNow())
        {
            jump(due - time.GetUtcNow());
        }
        foreach (var waiting in _waiting.Where(waiting => waiting.Due <= due).ToList())
        {
            _waiting.Remove(waiting);
            waiting.Over.SetResult();
        }
    }
}
