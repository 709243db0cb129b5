using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Orchestration;
using Rondo.Retention;

namespace Rondo.Pipelines.Cleaning;

/// <summary>
/// Folders of attempts that are over: their server died before it could remove them. An attempt is in the table before its folder
/// exists, so a folder without an attempt that runs belongs to none.
/// </summary>
internal sealed class StagingLitter(Database database, AttemptFolders attempts, ServerPaths paths) : ILitter
{
    public string Name => "staging";

    public bool Local => true;

    public async Task<Swept> SweepAsync(Sweep sweep, CancellationToken cancellation)
    {
        var before = (sweep.Now - sweep.Keep.Grace).UtcDateTime;
        var folders = Attempts().Where(folder => folder.LastWriteTimeUtc < before).Take(sweep.Limit).ToList();
        var running = await RunningAsync(cancellation);
        var over = folders.Where(folder => !running.Contains(folder.FullName)).ToList();
        long bytes = 0;
        foreach (var folder in over)
        {
            cancellation.ThrowIfCancellationRequested();
            bytes += FolderSize.Of(folder);
            if (!sweep.DryRun)
            {
                attempts.Delete(folder.FullName);
            }
        }

        // Folders of attempts that run are looked at again the next time: more of those alone is no reason to go on now.
        var more = over.Count > 0 && folders.Count == sweep.Limit;
        return new Swept(over.Count, bytes, [.. over.Take(Swept.ExamplesMax).Select(Short)], more);
    }

    // Folders of attempts, and idle ones of servers that are gone. Whatever else lies there is another module's.
    private IEnumerable<DirectoryInfo> Attempts()
    {
        var root = new DirectoryInfo(Path.GetFullPath(paths.StagingFolder));
        return root.Exists
            ? root.EnumerateDirectories("run_*")
                .Concat(root.EnumerateDirectories(AttemptFolders.IdlePrefix + "*"))
                .Where(folder => !attempts.Keeps(folder.FullName))
            : [];
    }

    private async Task<HashSet<string>> RunningAsync(CancellationToken cancellation)
    {
        var running = await database.ReadAsync(
            async session =>
                await session.QueryAsync<(string RunId, string NodeId, long Attempt)>(
                    "select run_id, node_id, attempt from pipelines_step where state = 'running' and attempt > 0"
                ),
            cancellation
        );
        return running
            .Select(step => attempts.Of(step.RunId, step.NodeId, step.Attempt))
            .ToHashSet(StringComparer.Ordinal);
    }

    private string Short(DirectoryInfo folder) => Path.GetRelativePath(paths.StagingFolder, folder.FullName);
}
