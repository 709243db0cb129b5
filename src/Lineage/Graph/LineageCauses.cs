using Rondo.Kernel.Events;

namespace Rondo.Lineage.Graph;

/// <summary>Follows a run's cause back through the log: the trigger that fired, the alert that made it fire.</summary>
internal static class LineageCauses
{
    private const int DepthMax = 8;
    private const int RunsMax = 50;

    public static IReadOnlyDictionary<long, LoggedEvent> None { get; } = new Dictionary<long, LoggedEvent>();

    public static async Task<IReadOnlyDictionary<long, LoggedEvent>> ReadAsync(
        EventLog log,
        IReadOnlyList<LineageRun> runs
    )
    {
        var found = new Dictionary<long, LoggedEvent>();
        foreach (var run in runs.Take(RunsMax))
        {
            var cause = run.Cause;
            for (var depth = 0; depth < DepthMax && cause is { } position && !found.ContainsKey(position); depth++)
            {
                var read = await log.ReadAsync(position - 1, 1, new EventFilter());
                if (read is not [var e] || e.Position != position)
                {
                    break;
                }

                found[position] = e;
                cause = e.Cause;
            }
        }

        return found;
    }
}
