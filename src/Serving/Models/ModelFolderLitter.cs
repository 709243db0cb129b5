using Rondo.Kernel;
using Rondo.Retention;

namespace Rondo.Serving.Models;

/// <summary>Files of models that were loaded by a server which ended without letting go of them.</summary>
internal sealed class ModelFolderLitter(ModelLoader loader, ServerPaths paths) : ILitter
{
    public string Name => "models";

    public bool Local => true;

    public Task<Swept> SweepAsync(Sweep sweep, CancellationToken cancellation)
    {
        var root = new DirectoryInfo(ModelLoader.FolderOf(paths));
        if (!root.Exists)
        {
            return Task.FromResult(Swept.Nothing);
        }

        var before = (sweep.Now - sweep.Keep.Grace).UtcDateTime;
        var left = root.EnumerateDirectories()
            .Where(folder => folder.LastWriteTimeUtc < before && !loader.IsOwn(folder.Name))
            .Take(sweep.Limit)
            .ToList();
        var bytes = left.Sum(folder => folder.EnumerateFiles().Sum(file => file.Length));
        if (!sweep.DryRun)
        {
            left.ForEach(folder => folder.Delete(recursive: true));
        }

        var examples = left.Take(Swept.ExamplesMax).Select(folder => folder.Name);
        return Task.FromResult(new Swept(left.Count, bytes, [.. examples], left.Count == sweep.Limit));
    }
}
