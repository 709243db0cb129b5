using System.Collections.Concurrent;
using Rondo.Sdk;

namespace Rondo.Testing;

/// <summary>
/// Counts how often steps are called, lets no wait take time, and kills the run where the test says so: from then on nothing of it gets
/// to the disk.
/// </summary>
internal sealed class TestProbe(TimeProvider time, TestWaits waits, IReadOnlyList<Crash> crashes) : LocalProbe(time)
{
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Crash, int> _reached = new();
    private readonly TaskCompletionSource _killed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override Task Killed => _killed.Task;

    /// <summary>Node → how often its code was called.</summary>
    public IReadOnlyDictionary<string, int> Calls => _calls;

    public override ValueTask ReachAsync(string line, LocalPlace place)
    {
        MustLive();
        Note(line, place);
        MustLive();
        return ValueTask.CompletedTask;
    }

    public override Task WaitAsync(string node, TimeSpan wait, CancellationToken cancellation) =>
        waits.WaitAsync(wait, cancellation);

    private void Note(string line, LocalPlace place)
    {
        if (line == Called)
        {
            _calls.AddOrUpdate(place.Id, 1, (_, count) => count + 1);
            waits.StepBegins();
        }
        else if (line == Returned)
        {
            waits.StepEnds();
        }
        foreach (var crash in crashes.Where(crash => crash.Fits(line, place)))
        {
            if (_reached.AddOrUpdate(crash, 1, (_, count) => count + 1) == crash.Time)
            {
                _killed.TrySetResult();
            }
        }
    }
}

/// <summary>Where a run is killed: the how-manieth time that a line is reached; null stands for any node.</summary>
internal sealed record Crash(string Line, string? Node, int Time)
{
    public bool Fits(string line, LocalPlace place) =>
        line == Line && (Node is null || Node == place.Id || Node == place.Node.Id);
}
