using Rondo.Kernel;
using Rondo.Kernel.Db;
using Rondo.Pipelines.Executors;
using Rondo.Retention;

namespace Rondo.Pipelines.Cleaning;

/// <summary>Unpacked packages that nothing deployed and no run under way needs, and that were not started for a while. The package itself may be kept: it is unpacked again when it is needed.</summary>
internal sealed class PackageLitter(Database database, PackageFolders packages, ServerPaths paths) : ILitter
{
    public string Name => "packages";

    public bool Local => true;

    public async Task<Swept> SweepAsync(Sweep sweep, CancellationToken cancellation)
    {
        var root = new DirectoryInfo(Path.GetFullPath(paths.PackagesFolder));
        if (!root.Exists)
        {
            return Swept.Nothing;
        }

        var before = sweep.Now - sweep.Keep.Grace;
        var folders = root.EnumerateDirectories()
            .Where(folder => folder.LastWriteTimeUtc < before.UtcDateTime)
            .ToList();
        var needed = await NeededAsync(cancellation);
        var unneeded = folders.Where(folder => !needed.Contains(folder.Name)).Take(sweep.Limit).ToList();
        var gone = new List<string>();
        long bytes = 0;
        foreach (var folder in unneeded)
        {
            var size = FolderSize.Of(folder);
            if (sweep.DryRun || await packages.RemoveAsync(folder.Name, before, cancellation))
            {
                gone.Add(folder.Name);
                bytes += size;
            }
        }

        return new Swept(gone.Count, bytes, [.. gone.Take(Swept.ExamplesMax)], gone.Count == sweep.Limit);
    }

    private async Task<HashSet<string>> NeededAsync(CancellationToken cancellation) =>
        (
            await database.ReadAsync(
                async session =>
                    await session.QueryAsync<string>(
                        """
                        select package from pipelines_pipeline
                        union select package from pipelines_run where finished_at is null
                        """
                    ),
                cancellation
            )
        ).ToHashSet(StringComparer.Ordinal);
}
