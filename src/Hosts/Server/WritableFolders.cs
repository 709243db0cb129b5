using Rondo.Kernel;

namespace Rondo.Server;

/// <summary>A server that may not write where it must does not start, rather than to fail half-way into the first run.</summary>
internal static class WritableFolders
{
    public static void Check(ServerPaths paths)
    {
        foreach (var folder in (string[])[paths.BlobsFolder, paths.StagingFolder, paths.RepositoriesFolder])
        {
            Check(folder);
        }
    }

    public static void Check(string folder)
    {
        if (StorageFaults.InFolder(folder) is { } e)
        {
            throw new RondoException(
                ErrorCode.PermissionDenied,
                $"The folder {folder} cannot be written: {e.Message.TrimEnd('.')}.",
                "Choose another with --data or --shared, or check its free space, its permissions and how it is mounted.",
                e
            );
        }
    }
}
