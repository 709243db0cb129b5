using Rondo.Delivery.Builds;
using Rondo.Kernel;
using Rondo.Retention;

namespace Rondo.Delivery.Cleaning;

/// <summary>Logs of builds that have ended long ago.</summary>
internal sealed class BuildLogLitter(BuildQueue queue, ServerPaths paths) : ILitter
{
    public string Name => "build-logs";

    public bool Local => true;

    public Task<Swept> SweepAsync(Sweep sweep, CancellationToken cancellation)
    {
        var root = new DirectoryInfo(Path.GetFullPath(paths.BuildLogsFolder));
        if (!root.Exists)
        {
            return Task.FromResult(Swept.Nothing);
        }

        var before = (sweep.Now - sweep.Keep.Logs).UtcDateTime;
        var old = root.EnumerateFiles("*.log")
            .Where(file =>
                file.LastWriteTimeUtc < before && queue.Find(Path.GetFileNameWithoutExtension(file.Name)) is null
            )
            .Take(sweep.Limit)
            .ToList();
        var bytes = old.Sum(file => file.Length);
        if (!sweep.DryRun)
        {
            old.ForEach(file => file.Delete());
        }

        var examples = old.Take(Swept.ExamplesMax).Select(file => file.Name);
        return Task.FromResult(new Swept(old.Count, bytes, [.. examples], old.Count == sweep.Limit));
    }
}
