namespace Rondo.Sdk.Processes;

/// <summary>What is left below this process when its one task has ended.</summary>
internal sealed class LeftOvers(ProcessEntry self, ProcessRoom room)
{
    private const int RoundsMax = 200;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    public async Task EndAsync(TimeProvider time)
    {
        for (var round = 0; round < RoundsMax && KillOnce() > 0; round++)
        {
            await Task.Delay(Pause, time, CancellationToken.None);
        }
    }

    private int KillOnce()
    {
        var alive = 0;
        foreach (var child in ProcessEntry.ChildrenOf(self.Id).Where(child => !room.HasStarted(child)))
        {
            if (ProcessEntry.Find(child) is { } entry)
            {
                alive += new ProcessTree(entry, room.Mark, room, group: null).Kill();
                if (!entry.IsAlive)
                {
                    room.LetGo(entry);
                }
            }
        }
        return alive;
    }
}
