using Rondo.Kernel.Events;

namespace Rondo.Lineage.Graph;

/// <summary>Follows the causes of runs back through the log, all of them one event further with each statement: the trigger that fired, the alert that made it fire.</summary>
internal static class LineageCauses
{
    public static IReadOnlyDictionary<long, LoggedEvent> None { get; } = new Dictionary<long, LoggedEvent>();

    public static async Task<IReadOnlyDictionary<long, LoggedEvent>> ReadAsync(
        EventLog log,
        IReadOnlyList<LineageRun> runs
    )
    {
        var found = new Dictionary<long, LoggedEvent>();
        var wanted = runs.Select(run => run.Cause).OfType<long>().Distinct().ToList();
        for (var depth = 0; depth < LineageLimits.CausesMax && wanted.Count > 0; depth++)
        {
            foreach (var e in await log.FindAsync(wanted))
            {
                found[e.Position] = e;
            }

            wanted =
            [
                .. wanted
                    .Select(position => found.GetValueOrDefault(position)?.Cause)
                    .OfType<long>()
                    .Distinct()
                    .Where(position => !found.ContainsKey(position)),
            ];
        }

        return found;
    }
}
