namespace Rondo.Sdk;

/// <summary>How a run ends. The first that decides it has decided it; what has not begun then is left out, and what runs is called off.</summary>
internal sealed class LocalEnding(bool failsFast, CancellationToken person) : IDisposable
{
    private readonly CancellationTokenSource _over = CancellationTokenSource.CreateLinkedTokenSource(person);
    private readonly Lock _gate = new();
    private LocalState? _state;
    private string? _reason;
    private int _failures;

    /// <summary>Cancelled when nothing more is to begin.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>The node that failed first, or that decided the end.</summary>
    public string? FailedNode { get; private set; }

    public void Failed(LocalNode node)
    {
        lock (_gate)
        {
            _failures++;
            FailedNode ??= node.Id;
            _reason ??= $"Step '{node.Id}' failed: {node.Message}";
            if (failsFast)
            {
                _state ??= LocalState.Failed;
            }
        }
        EndIfDecided();
    }

    public void Stopped(LocalNode node)
    {
        lock (_gate)
        {
            if (_state is null)
            {
                (_state, _reason, FailedNode) = (LocalState.Stopped, node.Message, node.Id);
            }
        }
        EndIfDecided();
    }

    /// <summary>Something is wrong with the runner itself: nothing may go on.</summary>
    public void Broken() => _over.Cancel();

    /// <summary>Everything has come to its end, in whatever way.</summary>
    public (LocalState State, string? Reason) Decide()
    {
        lock (_gate)
        {
            return (_state, person.IsCancellationRequested, _failures) switch
            {
                ({ } decided, _, _) => (decided, _reason),
                (null, true, _) => (LocalState.Cancelled, "It was cancelled."),
                (null, false, 0) => (LocalState.Succeeded, null),
                (null, false, 1) => (LocalState.Failed, _reason),
                (null, false, var failures) => (LocalState.Failed, $"{_reason} {failures - 1} more failed."),
            };
        }
    }

    public void Dispose() => _over.Dispose();

    private void EndIfDecided()
    {
        if (_state is not null)
        {
            _over.Cancel();
        }
    }
}
