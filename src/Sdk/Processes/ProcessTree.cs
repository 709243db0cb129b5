namespace Rondo.Sdk.Processes;

/// <summary>
/// The processes below one that was started: its children, theirs, and those who left them, by losing their parent (they have become
/// children of this process), their session or their name. A process is known by its ancestry, by having been seen before, by the mark
/// in its environment, or by its control group. Linux only.
/// </summary>
internal sealed class ProcessTree(ProcessEntry root, string mark, ProcessRoom room, ControlGroup? group)
{
    // Of more than that, the rest is seen in the next round: to list what multiplies takes time in which it multiplies.
    private const int MembersMax = 1000;

    private readonly HashSet<(int Id, long StartTime)> _seen = [(root.Id, root.StartTime)];

    /// <summary>All of them, dead ones that nobody has waited for included.</summary>
    public IReadOnlyList<ProcessEntry> Members()
    {
        var found = new Dictionary<int, ProcessEntry>();
        Add(root.Id, found);
        foreach (var orphan in ProcessEntry.ChildrenOf(Environment.ProcessId))
        {
            if (!found.ContainsKey(orphan) && !room.HasStarted(orphan) && IsOurs(orphan))
            {
                Add(orphan, found);
            }
        }
        foreach (var id in group?.Processes() ?? [])
        {
            Add(id, found);
        }
        return [.. found.Values];
    }

    /// <summary>Sends those that are alive the signal that ends them, and lets go of those that are dead. How many were alive.</summary>
    public int Kill()
    {
        // All are listed before the first is ended: what has lost its parent and changed its environment could not be found later.
        var members = Members();
        var alive = members.Where(member => member.IsAlive).ToList();
        group?.Kill();
        foreach (var leader in alive.Select(member => member.Group).Distinct().Where(IsOwnGroup))
        {
            // A group is ended at once, before one of it can start another.
            NativeCalls.Signal(-leader, NativeCalls.Kill);
        }
        foreach (var member in alive)
        {
            NativeCalls.Signal(member.Id, NativeCalls.Kill);
        }
        foreach (var dead in members.Where(member => !member.IsAlive && member.Id != root.Id))
        {
            if (dead.Parent == Environment.ProcessId)
            {
                room.LetGo(dead);
            }
        }
        return alive.Count;

        bool IsOwnGroup(int leader) => members.Any(member => member.Id == leader && member.Group == leader);
    }

    private bool IsOurs(int id)
    {
        if (room.IsAlone)
        {
            return true;
        }
        if (ProcessEntry.Find(id) is not { } entry)
        {
            return false;
        }
        return _seen.Contains((id, entry.StartTime))
            || (
                ProcessEntry.MarkOf(id) is { } found
                    ? found.StartsWith(mark, StringComparison.Ordinal)
                    : room.IsStray(entry)
            );
    }

    private void Add(int id, Dictionary<int, ProcessEntry> found)
    {
        var open = new Stack<int>([id]);
        while (open.TryPop(out var next))
        {
            // Another process may have the root's number by now.
            if (
                found.Count >= MembersMax
                || ProcessEntry.Find(next) is not { } entry
                || (next == root.Id && entry.StartTime != root.StartTime)
                || !found.TryAdd(next, entry)
            )
            {
                continue;
            }
            _seen.Add((next, entry.StartTime));
            foreach (var child in ProcessEntry.ChildrenOf(next))
            {
                open.Push(child);
            }
        }
    }
}
